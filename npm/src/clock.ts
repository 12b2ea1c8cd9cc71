/** Time as the driver sees it. */

import { Halt, type Signal } from "./halt.js";

/** Time as the driver sees it: real, scaled for an emulator, or virtual in a test. */
export interface Clock {
  /** The time of day, in seconds since the epoch. */
  wall(): number;
  /** Seconds of a monotonic clock. */
  mono(): number;
  /** Resolves at this time of `mono`, or when the signal aborts. `busy` says that answers are pending that may abort it. */
  sleep(until: number, signal: Signal, busy: boolean): Promise<void>;
}

/** Reads a clock. It is the caller's code, so it must not be called during a call into the wasm. */
export function now(clock: Clock): [wall: number, mono: number] {
  const time: [number, number] = [clock.wall(), clock.mono()];
  if (!time.every(Number.isFinite)) throw new TypeError("`options.clock` must return numbers");
  return time;
}

/** A clock that runs `scale` times as fast as real time, starting at `start`, so that earlier calls precede it. */
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

/** Resolves after so many milliseconds of real time, or when the signal (an internal one) aborts. */
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

/** Waits for work to settle, for at most five seconds: the caller's stream or handle may hang. */
export async function bounded(work: Promise<unknown>): Promise<void> {
  const done = new Halt();
  void work.then(() => done.abort());
  await pause(5_000, done);
}

/** When other tasks last had a turn. */
let turn = 0;

/** Lets timers, aborts and the caller's code run. */
export async function pass(): Promise<void> {
  // Not a timer: a page in the background gets one only every second, or every minute.
  const { port1, port2 } = new MessageChannel();
  await new Promise((resolve) => {
    port1.onmessage = resolve;
    port2.postMessage(0);
  });
  port1.close();
  turn = performance.now();
}

/** Calls {@link pass} now and then: a body that yields immediately, again and again, would starve everything else. */
export async function breathe(): Promise<void> {
  if (performance.now() - turn > 50) await pass();
}

/** Longer timers fire at once. */
const LONGEST = 2 ** 31 - 1;
