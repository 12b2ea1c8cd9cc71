/** The worker's side of one package: the wasm reads from it, says what it takes up, and writes to it. */

import type { Opening } from "./protocol.js";
import type { FileGiven, LeftOut } from "./types.js";

/** The files of a package, which are read without waiting. */
export interface Shelf {
  isFolder: boolean;
  files: FileGiven[];
  leftOut: LeftOut[];
  /** Fills `buffer` from `offset` of a file, and gives how many bytes there were. */
  read(file: number, offset: number, buffer: Uint8Array): number;
  close(): void;
}

/** Where goes what is written. */
export interface Sink {
  write(name: string, bytes: Uint8Array<ArrayBuffer>): void;
  /** What a file has that is there already and may be replaced. */
  earlier?(name: string): Uint8Array | undefined;
  /** Removes a file that is there. */
  remove?(name: string): void;
}

/** One package, before the wasm. */
export class Desk {
  readonly opening: Opening;
  readonly shelf: Shelf;
  /** What must not be taken up again, since the wasm has trapped on it: `WORK MEMBER`. */
  readonly #refused = new Set<string>();
  #current: string | undefined;
  #sink: Sink | undefined;
  /** What JavaScript threw last while it read or wrote. */
  fault: unknown;

  constructor(opening: Opening, shelf: Shelf) {
    this.opening = opening;
    this.shelf = shelf;
  }

  /** Takes what is written from now on. */
  collect(sink: Sink | undefined): void {
    this.#sink = sink;
    this.#current = undefined;
    this.fault = undefined;
  }

  /** Never takes up again what was taken up when the wasm trapped; false where nothing was. */
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
    // The bytes lie in the wasm's memory, which goes on.
    this.#try(() => this.#sink?.write(name, new Uint8Array(bytes)));
  }

  earlier(name: string): Uint8Array | undefined {
    return this.#try(() => this.#sink?.earlier?.(name));
  }

  remove(name: string): void {
    this.#try(() => this.#sink?.remove?.(name));
  }

  /** What the wasm can take is a text. */
  #try<T>(work: () => T): T {
    try {
      return work();
    } catch (fault) {
      this.fault = fault;
      throw fault instanceof Error ? fault.message : String(fault);
    }
  }
}
