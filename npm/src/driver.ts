/** Runs the engine: a loop that moves bytes and decides nothing. */

import { Causes } from "./causes.js";
import { bounded, now } from "./clock.js";
import { Halt, halt, type Signal } from "./halt.js";
import { EffectHandler, type Means } from "./effect-handler.js";
import type { Store } from "./stores/store.js";
import type { Effect, EffectResult, Event, Order, Row } from "./types.js";
import { call, onTrap, type Run, type WasmClient } from "./wasm.js";
import { failure } from "./failure.js";

/** The result of a run. */
export interface Done {
  rows: Row[];
  /** When to continue, if the budget ran out. */
  next: number | null;
  /** The values thrown meanwhile. */
  causes: Causes;
  /** The caller's signal, which may have stopped the run. */
  signal: AbortSignal | undefined;
  /** What `onEvent` threw, which stopped the run. */
  thrown?: { error: unknown };
}

/** What a run needs. */
export interface Work {
  run: Run;
  /** The wasm instance that the run belongs to. */
  instance: number;
  means: Means;
  store: Store | undefined;
  signal: AbortSignal | undefined;
  /** With a comment, an abort also cancels at the service. */
  stopComment: string | undefined;
  onEvent: (event: Event) => unknown;
}

/** Runs until the report. */
export async function drive(work: Work): Promise<Done> {
  const driver = new Driver(work);
  try {
    return await driver.run();
  } finally {
    await driver.end();
  }
}

class Driver {
  readonly #work: Work;
  readonly #halt: Halt;
  readonly #flights = new Map<number, { halt: Halt; landed: Promise<void>; isSeal: boolean }>();
  /** All work that has not finished, including aborted work. */
  readonly #under = new Set<Promise<void>>();
  #wake = new Halt();
  readonly #causes = new Causes();
  #trouble: { error: unknown } | undefined;
  #thrown: { error: unknown } | undefined;
  /** The results of the caller's `onEvent`, which may be promises. */
  #heard: Promise<unknown> = Promise.resolve();
  readonly #stop = (): void => this.#giveUp(this.#work.stopComment);
  readonly #rouse = (): void => this.#wake.abort();
  readonly #deaf = onTrap(this.#rouse);

  constructor(work: Work) {
    this.#work = work;
    this.#halt = halt(work.signal);
  }

  async run(): Promise<Done> {
    const { signal } = this.#work;
    this.#halt.addEventListener("abort", this.#stop);
    for (;;) {
      if (this.#wake.aborted) this.#wake = new Halt();
      const orders = JSON.parse(this.#call((run, wall, mono) => run.poll(wall, mono))) as Order[];
      for (const order of orders) {
        if (order.kind === "done") {
          const seals = Promise.all([...this.#flights.values()].filter((it) => it.isSeal).map((it) => it.landed));
          if (this.#work.store?.ledger) await seals;
          await bounded(Promise.all([this.#heard, seals]));
          return { ...order, causes: this.#causes, signal, ...(this.#thrown && { thrown: this.#thrown }) };
        }
        await this.#carryOut(order);
        if (this.#trouble !== undefined) throw this.#trouble.error;
      }
    }
  }

  /** Gives up work in progress. */
  async end(): Promise<void> {
    this.#halt.removeEventListener("abort", this.#stop);
    this.#deaf();
    for (const { halt } of this.#flights.values()) halt.abort();
    // The folder is closed after this: no work may be using it.
    await Promise.all(this.#under);
    try {
      this.#say("end");
      this.#work.run.free();
    } catch {
      // The instance has trapped, and its memory is lost.
    }
  }

  async #carryOut(order: Exclude<Order, { kind: "done" }>): Promise<void> {
    switch (order.kind) {
      case "event":
        return this.#tell(order.event);
      case "start":
        return this.#start(order.ticket, order.seal);
      case "abort":
        this.#flights.get(order.ticket)?.halt.abort();
        this.#flights.delete(order.ticket);
        return;
      case "append":
        return this.#append(order.text, order.sync);
      case "wait":
        return this.#wait(order.until);
    }
  }

  /**
   * An exception from the caller's code, or a later rejection, stops the run like an abort: what happened is still recorded.
   */
  #tell(event: Event): void {
    if (this.#thrown !== undefined) return;
    const heard = (async () => this.#work.onEvent(event))().catch((error: unknown) => {
      this.#thrown ??= { error };
      this.#giveUp();
    });
    this.#heard = Promise.all([this.#heard, heard]);
  }

  #giveUp(comment?: string): void {
    try {
      this.#say("stop", comment);
    } catch {
      // Thrown in a listener it would end the process; the next poll reports it to whoever awaits the run.
    }
    this.#rouse();
  }

  #start(ticket: number, isSeal: boolean): void {
    const halt = new Halt();
    const landed = this.#fly(ticket, halt).catch((error: unknown) => {
      this.#trouble ??= { error };
    });
    this.#flights.set(ticket, { halt, landed, isSeal });
    this.#under.add(landed);
    void landed.finally(() => {
      this.#under.delete(landed);
      if (this.#flights.get(ticket)?.halt === halt) this.#flights.delete(ticket);
      this.#rouse();
    });
  }

  async #fly(ticket: number, signal: Signal): Promise<void> {
    const { means, store } = this.#work;
    const handler = new EffectHandler({ means, store, signal, causes: this.#causes, tell: this.#rouse });
    await perform(handler, signal, (given, bytes) => {
      const effect = this.#call((run, wall, mono) => run.step(ticket, given, bytes, wall, mono));
      return effect === undefined ? undefined : (JSON.parse(effect) as Effect);
    });
  }

  async #append(text: string, sync: boolean): Promise<void> {
    let why: string | undefined;
    try {
      await this.#work.store?.ledger?.append(text, sync);
    } catch (error) {
      why = failure(error).message;
    }
    if (sync) this.#say("written", why);
  }

  async #wait(until: number | null): Promise<void> {
    if (this.#wake.aborted) return;
    await this.#work.means.clock.sleep(until ?? Infinity, this.#wake, this.#flights.size > 0);
  }

  #say(what: string, text?: string): void {
    this.#call((run, wall, mono) => run.tell(what, text, wall, mono));
  }

  #call<T>(work: (run: Run, wall: number, mono: number) => T): T {
    const { run, instance, means } = this.#work;
    const [wall, mono] = now(means.clock);
    return call(instance, () => work(run, wall, mono));
  }
}

/** Runs a single call to its result. */
export async function performCall(
  client: WasmClient,
  wanted: string[],
  of: number,
  means: Means,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const texts = JSON.stringify(wanted);
  const number = call(of, () => client.begin(texts));
  const given = halt(signal);
  const causes = new Causes();
  const handler = new EffectHandler({ means, store: undefined, signal: given, causes, tell: () => undefined });
  const goOn = (json: string, bytes?: Uint8Array): string => {
    const [wall, mono] = now(means.clock);
    return call(of, () => client.go_on(number, json, bytes, wall, mono), causes);
  };
  let value: unknown;
  try {
    await perform(handler, given, (json, bytes) => {
      const [effect, came] = JSON.parse(goOn(json, bytes)) as [Effect | null, unknown];
      value = came;
      return effect ?? undefined;
    });
    signal?.throwIfAborted();
    return value;
  } finally {
    try {
      // Releases what the call holds, such as a token renewal that others wait for.
      goOn("");
    } catch {
      // The instance has trapped, and its memory is lost.
    }
  }
}

async function perform(
  handler: EffectHandler,
  signal: Signal,
  step: (given: string, bytes: Uint8Array | undefined) => Effect | undefined,
): Promise<void> {
  try {
    let given: EffectResult = {};
    while (!signal.aborted) {
      const { bytes, ...plain } = given;
      const effect = step(JSON.stringify(plain), bytes);
      if (effect === undefined) return;
      given = await handler.carryOut(effect);
    }
  } finally {
    handler.end();
  }
}
