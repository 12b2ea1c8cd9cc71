/** Values thrown by the caller's code, to be the `cause` of the resulting errors. */

/** Remembers thrown values by the message that the core receives. */
export class Causes {
  readonly #thrown = new Map<string, unknown>();

  /** Notes a thrown value and the message that the core receives. */
  note(message: string, thrown: unknown): void {
    this.#thrown.delete(message);
    this.#thrown.set(message, thrown);
    const [oldest] = this.#thrown.keys();
    if (this.#thrown.size > MOST) this.#thrown.delete(oldest as string);
  }

  /** The thrown value behind an error with this message, as options for an `Error`. */
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
