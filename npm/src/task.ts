/** Work that can be awaited, and whose events can be iterated meanwhile. */

import type { Event } from "./types.js";

/** A promise of the work's result, and an async iterable of all its events. */
export interface Task<T> extends Promise<T>, AsyncIterable<Event> {}

/** Starts work that reports events. */
export function task<T>(onEvent: ((event: Event) => unknown) | undefined, work: (tell: (event: Event) => unknown) => Promise<T>): Task<T> {
  const events = new Events();
  const promise = begin(events, work, onEvent);
  return Object.assign(promise, { [Symbol.asyncIterator]: () => events.iterate(promise) });
}

/** The promise is not handled here: an unhandled rejection must surface like that of any promise. */
async function begin<T>(
  events: Events,
  work: (tell: (event: Event) => unknown) => Promise<T>,
  onEvent: ((event: Event) => unknown) | undefined,
): Promise<T> {
  try {
    return await work((event) => {
      events.push(event);
      return onEvent?.(event);
    });
  } finally {
    events.end();
  }
}

/** The events so far and their readers; each reader sees all events. */
class Events {
  readonly #past = new Queue();
  readonly #queues = new Set([this.#past]);

  push(event: Event): void {
    for (const queue of this.#queues) queue.push(event);
  }

  end(): void {
    for (const queue of this.#queues) queue.end();
  }

  iterate(promise: Promise<unknown>): AsyncGenerator<Event, void, undefined> {
    // Readers of the events get the rejection at the end.
    promise.catch(() => undefined);
    const reader = this.#past.copy();
    this.#queues.add(reader);
    return this.#read(reader, promise);
  }

  async *#read(reader: Queue, promise: Promise<unknown>): AsyncGenerator<Event, void, undefined> {
    try {
      for (let event = await reader.next(); event !== undefined; event = await reader.next()) yield event;
    } finally {
      this.#queues.delete(reader);
    }
    await promise;
  }
}

/** Queued events. Of progress events only the newest per device is kept, which is all that a slow display needs. */
class Queue {
  #kept = new Set<Event>();
  #progress = new Map<number, Event>();
  #head = this.#kept.values();
  #hasEnded = false;
  #wake: () => void = () => undefined;

  push(event: Event): void {
    if (event.event === "progress" && event.index !== null) {
      const older = this.#progress.get(event.index);
      if (older !== undefined) this.#kept.delete(older);
      this.#progress.set(event.index, event);
    }
    this.#kept.add(event);
    this.#wake();
  }

  end(): void {
    this.#hasEnded = true;
    this.#wake();
  }

  copy(): Queue {
    const copy = new Queue();
    for (const event of this.#kept) copy.push(event);
    copy.#hasEnded = this.#hasEnded;
    return copy;
  }

  /** The next event; undefined at the end. */
  async next(): Promise<Event | undefined> {
    for (;;) {
      const { value, done } = this.#head.next();
      if (!done) {
        this.#kept.delete(value);
        return value;
      }
      if (this.#hasEnded) return undefined;
      this.#head = this.#kept.values();
      // There is only one reader at a time: a generator.
      if (this.#kept.size === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
