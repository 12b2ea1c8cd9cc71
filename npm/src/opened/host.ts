/** The caller's side of the worker: one request at a time, and a new worker after one has ended. */

import { halt, type Signal } from "../halt.js";
import { raised } from "./errors.js";
import type { Answer, Message, Opening, Value, Verb } from "./protocol.js";

/** A worker on any host. */
export interface Port {
  post(message: Message): void;
  /** Whether the program may exit meanwhile. */
  idle(is: boolean): void;
  /** Ends the worker and removes its unfinished files from a folder. */
  end(folder: string | undefined): Promise<void>;
}

/** Starts a worker; its answers and failures go to the two functions. */
export type Start = (answer: (answer: Answer) => void, fail: (cause: unknown) => void) => Port;

/** The pending request. */
interface Waiting {
  label: string | undefined;
  /** Where the worker writes. */
  folder: string | undefined;
  resolve: (value: Value) => void;
  reject: (reason: unknown) => void;
}

/** The worker of one package. */
export class Host {
  readonly #start: Start;
  readonly #wasm: WebAssembly.Module | ArrayBuffer | undefined;
  /** The packages that the worker knows. */
  readonly #told = new Set<number>();
  #port: Port | undefined;
  #waiting: Waiting | undefined;
  #last = Promise.resolve();
  #ending: Promise<void> | undefined;
  /** The requests until the next close, and their common result after it. */
  #era: { over?: Promise<never> } = {};

  constructor(start: Start, wasm: WebAssembly.Module | ArrayBuffer | undefined) {
    this.#start = start;
    this.#wasm = wasm;
  }

  /** Sends a request about packages once the previous ones are done. Aborting ends the worker. */
  ask(openings: Opening[], verb: Verb, given: AbortSignal | undefined): Promise<Value> {
    const [era, signal] = [this.#era, halt(given)];
    return new Promise((resolve, reject) => {
      if (signal.aborted) throw signal.reason;
      const stop = async () => {
        // The same signal may end the running request: both reject at once, and neither is unhandled.
        await undefined;
        await this.#ending;
        reject(signal.reason);
      };
      signal.addEventListener("abort", stop);
      const begin = () => {
        signal.removeEventListener("abort", stop);
        return era.over ?? this.#ask(openings, verb, signal);
      };
      this.#last = this.#last.then(begin).then(resolve, reject);
    });
  }

  /** Makes the worker forget a package. */
  forget(key: number): void {
    this.#last = this.#last.then(() => {
      if (this.#told.delete(key)) this.#port?.post({ kind: "close", key });
    });
  }

  /** Ends the worker and all pending requests. The next request starts a new one. */
  async close(reason: unknown): Promise<void> {
    const [era, last] = [this.#era, this.#last];
    this.#era = {};
    era.over = this.#end(reason).then(() => Promise.reject(reason));
    // Rejects all of them now and not earlier: a caller awaiting this first would leave a rejection unhandled.
    await era.over.catch(() => last);
  }

  /** Ends the worker, then rejects its request: by then no unfinished file is left. */
  async #end(reason: unknown): Promise<void> {
    const [port, waiting] = [this.#port, this.#waiting];
    this.#port = this.#waiting = undefined;
    this.#told.clear();
    this.#ending = port?.end(waiting?.folder);
    await this.#ending;
    waiting?.reject(reason);
  }

  async #ask(openings: Opening[], verb: Verb, signal: Signal): Promise<Value> {
    if (signal.aborted) throw signal.reason;
    const port = (this.#port ??= this.#started());
    for (const opening of openings) {
      if (this.#told.has(opening.key)) continue;
      this.#told.add(opening.key);
      port.post({ kind: "open", opening });
    }
    const stop = () => void this.#end(signal.reason);
    signal.addEventListener("abort", stop);
    port.idle(false);
    try {
      return await new Promise<Value>((resolve, reject) => {
        const folder = "folder" in verb ? verb.folder : undefined;
        this.#waiting = { label: openings[1] ? undefined : openings[0]?.label, folder, resolve, reject };
        port.post({ kind: "request", keys: openings.map(({ key }) => key), verb });
      });
    } finally {
      port.idle(true);
      signal.removeEventListener("abort", stop);
    }
  }

  #started(): Port {
    const port = this.#start(
      (answer) => {
        const waiting = this.#waiting;
        if (this.#port !== port) return;
        this.#waiting = undefined;
        if ("value" in answer) waiting?.resolve(answer.value);
        else waiting?.reject(raised(answer.failure, waiting.label));
      },
      (cause) => {
        if (this.#port !== port) return;
        const message = `the package worker failed: ${cause instanceof Error ? cause.message : String(cause)}`;
        void this.#end(raised({ code: "internal", message }));
      },
    );
    port.post({ kind: "wasm", wasm: this.#wasm });
    return port;
  }
}
