/** Where output goes: to memory, or to Blobs, which a browser may keep on disk. */

import type { Sink } from "./reader-host.js";
import type { Failure, Held } from "./protocol.js";

/** One file in memory. */
export class MemorySink implements Sink {
  readonly #pieces: Uint8Array<ArrayBuffer>[] = [];

  write(_name: string, bytes: Uint8Array<ArrayBuffer>): void {
    this.#pieces.push(bytes);
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const [first, second] = this.#pieces;
    if (first !== undefined && second === undefined) return first;
    const whole = room(this.#pieces.reduce((sum, piece) => sum + piece.length, 0));
    let at = 0;
    for (let piece = this.#pieces.shift(); piece !== undefined; piece = this.#pieces.shift()) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  }
}

/** Files as Blobs, each made of parts. */
export class BlobSink implements Sink {
  readonly #files = new Map<string, { done: Blob[]; pieces: Uint8Array<ArrayBuffer>[]; size: number }>();

  write(name: string, bytes: Uint8Array<ArrayBuffer>): void {
    let file = this.#files.get(name);
    if (file === undefined) {
      file = { done: [], pieces: [], size: 0 };
      this.#files.set(name, file);
    }
    file.pieces.push(bytes);
    file.size += bytes.length;
    if (file.size >= PART) {
      file.done.push(new Blob(file.pieces));
      file.pieces = [];
      file.size = 0;
    }
  }

  files(): Held[] {
    const held = [...this.#files].map(([name, file]) => ({ name, blob: new Blob([...file.done, ...file.pieces]) }));
    return held.sort((one, other) => (one.name < other.name ? -1 : 1));
  }
}

function room(length: number): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch {
    const message = `no memory for ${length} bytes at once: export them, or lower the budget`;
    throw { code: "over_budget", message } satisfies Failure;
  }
}

/** The size in bytes at which a part becomes a Blob. */
const PART = 8 << 20;
