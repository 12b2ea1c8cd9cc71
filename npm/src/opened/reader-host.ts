/** The worker's side of one package: what the wasm reads from, reports to, and writes to. */

import type { Opening } from "./protocol.js";
import type { FileGiven, LeftOut } from "./types.js";

/** The files of a package, read synchronously. */
export interface Shelf {
  isFolder: boolean;
  files: FileGiven[];
  leftOut: LeftOut[];
  /** Fills `buffer` from `offset` of a file and returns the number of bytes read. */
  read(file: number, offset: number, buffer: Uint8Array): number;
  close(): void;
}

/** Where output is written. */
export interface Sink {
  write(name: string, bytes: Uint8Array<ArrayBuffer>): void;
  /** The content of an existing file that may be replaced. */
  earlier?(name: string): Uint8Array | undefined;
  /** Removes an existing file. */
  remove?(name: string): void;
}

/** One package, as the wasm sees it. */
export class ReaderHost {
  readonly opening: Opening;
  readonly shelf: Shelf;
  /** Work that made the wasm trap and must not be tried again: `WORK MEMBER`. */
  readonly #refused = new Set<string>();
  #current: string | undefined;
  #sink: Sink | undefined;
  /** What JavaScript last threw while reading or writing. */
  fault: unknown;

  constructor(opening: Opening, shelf: Shelf) {
    this.opening = opening;
    this.shelf = shelf;
  }

  /** Sets where output goes from now on. */
  collect(sink: Sink | undefined): void {
    this.#sink = sink;
    this.#current = undefined;
    this.fault = undefined;
  }

  /** Refuses the current work from now on, after a trap; false if there was none. */
  refuse(): boolean {
    if (this.#current === undefined) return false;
    this.#refused.add(this.#current);
    this.#current = undefined;
    return true;
  }

  read(file: number, offset: number, buffer: Uint8Array): number {
    return this.#try(() => this.shelf.read(file, offset, buffer));
  }

  takeUp(work: string, member: string): number {
    const what = `${work} ${member}`;
    if (this.#refused.has(what)) return 0;
    this.#current = what;
    return what === this.opening.trapAt ? 2 : 1;
  }

  putDown(): void {
    this.#current = undefined;
  }

  write(name: string, bytes: Uint8Array): void {
    // Copied, since the bytes are in the wasm's memory and will change.
    this.#try(() => this.#sink?.write(name, new Uint8Array(bytes)));
  }

  earlier(name: string): Uint8Array | undefined {
    return this.#try(() => this.#sink?.earlier?.(name));
  }

  remove(name: string): void {
    this.#try(() => this.#sink?.remove?.(name));
  }

  /** Throws a string, which the wasm can take. */
  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (fault) {
      this.fault = fault;
      throw fault instanceof Error ? fault.message : String(fault);
    }
  }
}
