/** The worker for browsers: reads parts of Blobs as needed. */

import initialize from "../wasm/mde_forensics_package.js";
import type { Shelf } from "./reader-host.js";
import type { Answer, Bytes, Message, Source } from "./protocol.js";
import { serve } from "./serve.js";

/** Available in workers, but not in pages. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

interface Scope {
  postMessage(answer: Answer, transfer: ArrayBuffer[]): void;
  addEventListener(type: "message", listener: (event: MessageEvent<Message>) => void): void;
}

const scope = globalThis as unknown as Scope;
const reader = new FileReaderSync();

/** The parts of Blobs read last: each read is a round trip to another process. */
class Parts {
  readonly #parts = new Map<string, Uint8Array>();

  read(file: number, blob: Blob, offset: number, buffer: Uint8Array): number {
    let filled = 0;
    while (filled < buffer.length && offset + filled < blob.size) {
      const at = offset + filled;
      const from = at - (at % PART);
      const rest = this.#part(file, blob, from).subarray(at - from, at - from + buffer.length - filled);
      if (rest.length === 0) throw new Error("the file shrank while it was read");
      buffer.set(rest, filled);
      filled += rest.length;
    }
    return filled;
  }

  #part(file: number, blob: Blob, from: number): Uint8Array {
    const key = `${file} ${from}`;
    const part = this.#parts.get(key) ?? new Uint8Array(reader.readAsArrayBuffer(blob.slice(from, from + PART)));
    // A map keeps insertion order: the most recently used part is last.
    this.#parts.delete(key);
    this.#parts.set(key, part);
    for (const oldest of this.#parts.keys()) {
      if (this.#parts.size <= PARTS) break;
      this.#parts.delete(oldest);
    }
    return part;
  }
}

function shelf(source: Source): Shelf {
  if (source.kind === "path") throw new Error("a page has no paths");
  const files = source.kind === "zip" ? [{ name: "", bytes: source.bytes }] : source.files;
  const blobs = files.map(({ bytes }) => blob(bytes));
  const parts = new Parts();
  return {
    isFolder: source.kind === "folder",
    leftOut: source.kind === "folder" ? source.leftOut : [],
    files: files.map(({ name }, at) => ({ name, size: blobs[at]?.size ?? 0 })),
    read: (file, offset, buffer) => parts.read(file, blobs[file] ?? new Blob(), offset, buffer),
    close: () => undefined,
  };
}

function blob(bytes: Bytes): Blob {
  if (bytes instanceof Blob) return bytes;
  throw new Error("a page gives Blobs");
}

const answer = serve({
  async initialize(wasm) {
    await initialize({ module_or_path: wasm ?? new URL("../wasm/mde_forensics_package_bg.wasm", import.meta.url) });
  },
  shelf,
  folder() {
    throw new Error("a page has no folders: omit `to`");
  },
  post: (said, transfer) => scope.postMessage(said, transfer),
});
scope.addEventListener("message", (event) => answer(event.data));

const PART = 1 << 20;
/** How many parts of a package's files are kept. */
const PARTS = 8;
