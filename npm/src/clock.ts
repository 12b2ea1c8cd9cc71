/** Time as the driver sees it. */

import { Halt, type Signal } from "./halt.js";

/** Time as the driver sees it: the world's, scaled against an emulator, or virtual in a test. */
export interface Clock {
  /** The time of day, in seconds of the epoch. */
  wall(): number;
  /** Seconds of a clock that never runs backwards. */
  mono(): number;
  /** Ends at this time of `mono`, or when the signal aborts; `busy` says that answers are awaited that may end it. */
  sleep(until: number, signal: Signal, busy: boolean): Promise<void>;
}

/** What a clock shows. It is the caller's code, and so nothing to call from within the wasm's calls. */
export function now(clock: Clock): [wall: number, mono: number] {
  const time: [number, number] = [clock.wall(), clock.mono()];
  if (!time.every(Number.isFinite)) throw new TypeError("`options.clock` gives no numbers");
  return time;
}

/** A clock that runs so many times as fast as the world, and begins at `start`, so that earlier calls lie before it. */
export class RealClock implements Clock {
  readonly #start: number;
  readonly #scale: number;
  readonly #wall = Date.now();
  readonly #origin = performance.now();

  constructor(start: number, scale: number) {
    this.#start = start;
    this.#scale = scale;
  }

  wall(): number {
    return this.#scale === 1 ? Date.now() / 1000 : this.#wall / 1000 + this.#elapsed();
  }

  mono(): number {
    return this.#start + this.#elapsed();
  }

  sleep(until: number, signal: Signal): Promise<void> {
    const wait = ((until - this.mono()) * 1000) / this.#scale;
    return pause(Math.ceil(Math.max(0, wait)), signal);
  }

  #elapsed(): number {
    return ((performance.now() - this.#origin) / 1000) * this.#scale;
  }
}

/** Ends after so many milliseconds of the world, or when the signal, which is one of ours, aborts. */
export function pause(milliseconds: number, signal: Signal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, Math.min(milliseconds, LONGEST));
    signal.addEventListener("abort", end);
    function end(): void {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      resolve();
    }
  });
}

/** Waits for what comes to its end, but no longer than some seconds: what the caller gave to write to may hang. */
export async function bounded(work: Promise<unknown>): Promise<void> {
  const done = new Halt();
  void work.then(() => done.abort());
  await pause(5_000, done);
}

/** When all others had their turn last. */
let turn = 0;

/** Lets timers, aborts and the caller's own code have their turn. */
export async function pass(): Promise<void> {
  // No timer, which a page in the background has but once a second, or once a minute.
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.onmessage = resolve;
    port2.postMessage(0);
  });
  port1.close();
  turn = performance.now();
}

/** The same, now and then: what a caller gives at once, again and again, would leave them none. */
export async function breathe(): Promise<void> {
  if (performance.now() - turn > 50) await pass();
}

/** Timers of more milliseconds end at once. */
const LONGEST = 2 ** 31 - 1;
