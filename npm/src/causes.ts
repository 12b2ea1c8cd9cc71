/** What was thrown on this side of the core, for the errors that come of it. */

/** Remembers what was thrown by what the core is told of it. */
export class Causes {
  readonly #thrown = new Map<string, unknown>();

  /** Notes what was thrown, and the message that the core gets. */
  note(message: string, thrown: unknown): void {
    this.#thrown.delete(message);
    this.#thrown.set(message, thrown);
    const [oldest] = this.#thrown.keys();
    if (this.#thrown.size > MOST) this.#thrown.delete(oldest as string);
  }

  /** The thrown value behind an error with this message, as the options of an `Error`. */
  of(message: string): ErrorOptions | undefined {
    let found: ErrorOptions | undefined;
    let longest = 0;
    for (const [said, cause] of this.#thrown) {
      if (message.includes(said) && said.length >= longest) [found, longest] = [{ cause }, said.length];
    }
    return found;
  }
}

/** Far more than the errors of one moment. */
const MOST = 256;
