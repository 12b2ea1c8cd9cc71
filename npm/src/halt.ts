/** How work inside the package is aborted. */

/** What aborts work: an `AbortSignal`, or an object with this part of it that calls its listeners without arguments. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** Returns the halt of a caller's signal. It adds one listener for any number of calls: Node warns at eleven. */
export function halt(signal: AbortSignal | undefined): Halt {
  const known = signal && HALTS.get(signal);
  if (known) return known;
  const made = new Halt();
  if (signal) {
    HALTS.set(signal, made);
    const abort = (): void => made.abort(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
  }
  return made;
}

const HALTS = new WeakMap<AbortSignal, Halt>();

/** An `AbortController` and its signal in one: the platform's own would cost more than the rest of a call. */
export class Halt implements Signal {
  aborted = false;
  reason: unknown;
  readonly #listeners = new Set<() => void>();

  abort(reason?: unknown): void {
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
  }

  /** A listener added after the abort is called at once. */
  addEventListener(_: "abort", listener: () => void): void {
    if (this.aborted) listener();
    else this.#listeners.add(listener);
  }

  removeEventListener(_: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }
}
