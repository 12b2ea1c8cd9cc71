/** How work inside of the package is called off. */

/** What calls work off: an `AbortSignal`, or what has this much of one and calls its listeners with nothing. */
export interface Signal {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: "abort", listener: () => void): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** What a caller's signal calls off. It has one listener of ours, however many calls it is given to: at eleven Node warns. */
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

/** An `AbortController` and its signal in one: those of the platform take longer than all else around a call. */
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

  /** A listener that comes too late is called at once. */
  addEventListener(_: "abort", listener: () => void): void {
    if (this.aborted) listener();
    else this.#listeners.add(listener);
  }

  removeEventListener(_: "abort", listener: () => void): void {
    this.#listeners.delete(listener);
  }
}
