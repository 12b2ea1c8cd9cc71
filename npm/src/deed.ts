/** Work that is awaited, and whose events can be looked at on the way. */

import type { Event } from "./types.js";

/** A promise of what the work comes to, and an async iterable of its events from the first up to that. */
export interface Deed<T> extends Promise<T>, AsyncIterable<Event> {}

/** Begins work that tells events. */
export function deed<T>(onEvent: ((event: Event) => void) | undefined, work: (tell: (event: Event) => void) => Promise<T>): Deed<T> {
  const events = new Events();
  const promise = begin(events, work, onEvent);
  return Object.assign(promise, { [Symbol.asyncIterator]: () => events.iterate(promise) });
}

/** Nothing is done with how it ends: a failure that nobody awaits must come to light as that of any promise. */
async function begin<T>(
  events: Events,
  work: (tell: (event: Event) => void) => Promise<T>,
  onEvent: ((event: Event) => void) | undefined,
): Promise<T> {
  try {
    return await work((event) => {
      events.push(event);
      onEvent?.(event);
    });
  } finally {
    events.end();
  }
}

/** The events so far, and those who look at them: each sees all. */
class Events {
  readonly #past = new Queue();
  readonly #readers = new Set<Queue>();

  push(event: Event): void {
    this.#past.push(event);
    for (const reader of this.#readers) reader.push(event);
  }

  end(): void {
    this.#past.end();
    for (const reader of this.#readers) reader.end();
  }

  iterate(promise: Promise<unknown>): AsyncGenerator<Event, void, undefined> {
    // Whoever looks at the events hears of the failure at their end.
    promise.catch(() => undefined);
    const reader = this.#past.copy();
    this.#readers.add(reader);
    return this.#read(reader, promise);
  }

  async *#read(reader: Queue, promise: Promise<unknown>): AsyncGenerator<Event, void, undefined> {
    try {
      for (let event = await reader.next(); event !== undefined; event = await reader.next()) yield event;
    } finally {
      this.#readers.delete(reader);
    }
    await promise;
  }
}

class Queue {
  #kept: Event[] = [];
  #hasEnded = false;
  #wakers: (() => void)[] = [];

  push(event: Event): void {
    // A display that is behind needs the newest figure, not all of them.
    const last = this.#kept.at(-1);
    if (event.event === "progress" && last?.event === "progress" && last.index === event.index) this.#kept.pop();
    if (this.#kept.length < MOST) this.#kept.push(event);
    this.#wake();
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  copy(): Queue {
    const copy = new Queue();
    copy.#kept = [...this.#kept];
    copy.#hasEnded = this.#hasEnded;
    return copy;
  }

  /** The next event; none at the end. */
  async next(): Promise<Event | undefined> {
    while (this.#kept.length === 0 && !this.#hasEnded) {
      await new Promise<void>((resolve) => this.#wakers.push(resolve));
    }
    return this.#kept.shift();
  }

  #wake(): void {
    for (const wake of this.#wakers.splice(0)) wake();
  }
}

/** Far more than anybody is behind. */
const MOST = 100_000;
