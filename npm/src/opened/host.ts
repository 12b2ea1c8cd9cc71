/** The worker as those see it who ask: one request at a time, and a new worker where one has ended. */

import { raised } from "./errors.js";
import type { Answer, Message, Opening, Value, Verb } from "./protocol.js";

/** A worker of any host. */
export interface Port {
  post(message: Message): void;
  /** Whether the program may end while it waits. */
  idle(is: boolean): void;
  end(): void;
}

/** Starts a worker; what it says and why it failed go to the two functions. */
export type Start = (answer: (answer: Answer) => void, fail: (cause: unknown) => void) => Port;

/** One package's worker. */
export class Host {
  readonly #start: Start;
  readonly #wasm: WebAssembly.Module | ArrayBuffer | undefined;
  /** What the worker has been told of. */
  readonly #told = new Set<number>();
  #port: Port | undefined;
  #waiting: { id: number; label: string | undefined; resolve: (value: Value) => void; reject: (reason: unknown) => void } | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;

  constructor(start: Start, wasm: WebAssembly.Module | ArrayBuffer | undefined) {
    this.#start = start;
    this.#wasm = wasm;
  }

  /** Asks for something of packages, once what was asked before has ended. A signal ends the worker. */
  ask(openings: Opening[], verb: Verb, signal: AbortSignal | undefined): Promise<Value> {
    const asked = this.#last.then(() => this.#ask(openings, verb, signal));
    this.#last = asked.catch(() => undefined);
    return signal === undefined ? asked : Promise.race([asked, aborted(signal, asked)]);
  }

  /** Lets the worker forget a package. */
  forget(key: number): void {
    this.#last = this.#last.then(() => {
      if (this.#told.delete(key)) this.#port?.post({ kind: "close", key });
    });
  }

  /** Ends the worker, and with it what is asked; the next request starts another. */
  end(reason: unknown): void {
    this.#port?.end();
    this.#port = undefined;
    this.#told.clear();
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.reject(reason);
  }

  async #ask(openings: Opening[], verb: Verb, signal: AbortSignal | undefined): Promise<Value> {
    signal?.throwIfAborted();
    const port = (this.#port ??= this.#started());
    for (const opening of openings) {
      if (this.#told.has(opening.key)) continue;
      this.#told.add(opening.key);
      port.post({ kind: "open", opening });
    }
    const stop = () => this.end(signal?.reason);
    signal?.addEventListener("abort", stop, { once: true });
    port.idle(false);
    try {
      return await new Promise<Value>((resolve, reject) => {
        const id = (this.#count += 1);
        this.#waiting = { id, label: openings.at(-1)?.label, resolve, reject };
        port.post({ kind: "request", id, keys: openings.map(({ key }) => key), verb });
      });
    } finally {
      port.idle(true);
      signal?.removeEventListener("abort", stop);
    }
  }

  #started(): Port {
    const port = this.#start(
      (answer) => {
        const waiting = this.#waiting;
        if (this.#port !== port || waiting?.id !== answer.id) return;
        this.#waiting = undefined;
        if ("value" in answer) waiting.resolve(answer.value);
        else waiting.reject(raised(answer.failure, waiting.label));
      },
      (cause) => {
        if (this.#port !== port) return;
        const message = `the worker that reads packages has failed: ${cause instanceof Error ? cause.message : String(cause)}`;
        this.end(raised({ code: "internal", message }));
      },
    );
    port.post({ kind: "wasm", wasm: this.#wasm });
    return port;
  }
}

/** Rejects at once where a request waits for another. */
function aborted(signal: AbortSignal, asked: Promise<unknown>): Promise<never> {
  return new Promise((_, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    const over = () => signal.removeEventListener("abort", stop);
    asked.then(over, over);
  });
}
