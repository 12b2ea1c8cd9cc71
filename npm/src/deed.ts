/** Work that is awaited, and whose events can be looked at on the way. */

import type { Event } from "./types.js";

/** A promise of what the work comes to, and an async iterable of its events up to that. */
export interface Deed<T> extends Promise<T>, AsyncIterable<Event> {}

/** Begins work that tells events. */
export function deed<T>(onEvent: ((event: Event) => void) | undefined, work: (tell: (event: Event) => void) => Promise<T>): Deed<T> {
  const events = new Events();
  const promise = work((event) => {
    events.push(event);
    onEvent?.(event);
  });
  promise.then(
    () => events.end(),
    () => events.end(),
  );
  return Object.assign(promise, { [Symbol.asyncIterator]: () => events.iterate(promise) });
}

class Events {
  readonly #kept: Event[] = [];
  #hasEnded = false;
  #wake: (() => void) | undefined;

  push(event: Event): void {
    // A display that is behind needs the newest figure, not all of them.
    const last = this.#kept.at(-1);
    if (event.event === "progress" && last?.event === "progress" && last.index === event.index) this.#kept.pop();
    if (this.#kept.length < MOST) this.#kept.push(event);
    this.#wake?.();
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake?.();
  }

  async *iterate(promise: Promise<unknown>): AsyncGenerator<Event, void, undefined> {
    for (;;) {
      const event = this.#kept.shift();
      if (event !== undefined) yield event;
      else if (this.#hasEnded) break;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
    await promise;
  }
}

/** Far more than anybody is behind. */
const MOST = 100_000;
