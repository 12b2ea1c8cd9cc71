/** The worker for Node: reads files, or shared memory. */

import { closeSync, fstatSync, openSync, readFileSync, readSync } from "node:fs";
import { parentPort, workerData } from "node:worker_threads";

import { initSync } from "../wasm/mde_forensics_package.js";
import type { Shelf } from "./reader-host.js";
import { NodeFolder, find, trying, type FoundFolder } from "./folder-node.js";
import type { Bytes, Message, Source } from "./protocol.js";
import { serve } from "./serve.js";

function shelf(source: Source, entries: number): Shelf {
  if (source.kind !== "path") return ofMemory(source);
  const found = find(source.path, entries);
  return found === undefined ? ofZip(source.path) : ofFolder(found);
}

function ofMemory(source: Exclude<Source, { kind: "path" }>): Shelf {
  const given = source.kind === "zip" ? [{ name: "", bytes: source.bytes }] : source.files;
  const held = given.map(({ bytes }) => view(bytes));
  return {
    isFolder: source.kind === "folder",
    leftOut: source.kind === "folder" ? source.leftOut : [],
    files: given.map(({ name }, at) => ({ name, size: held[at]?.length ?? 0 })),
    read(file, offset, buffer) {
      const part = held[file]?.subarray(offset, offset + buffer.length) ?? new Uint8Array();
      buffer.set(part);
      return part.length;
    },
    close: () => undefined,
  };
}

function ofZip(path: string): Shelf {
  const file = trying(path, () => openSync(path, "r"));
  return {
    isFolder: false,
    leftOut: [],
    files: [{ name: "", size: fstatSync(file).size }],
    read: (_, offset, buffer) => readSync(file, buffer, 0, buffer.length, offset),
    close: () => closeSync(file),
  };
}

/** A folder may have more files than a process may open: only the one read last is open. */
function ofFolder({ files, leftOut }: FoundFolder): Shelf {
  let open: { file: number; at: number } | undefined;
  const close = () => {
    if (open !== undefined) closeSync(open.file);
    open = undefined;
  };
  return {
    isFolder: true,
    leftOut,
    files: files.map(({ name, size }) => ({ name, size })),
    read(at, offset, buffer) {
      if (open?.at !== at) {
        close();
        open = { file: openSync(files[at]?.path ?? "", "r"), at };
      }
      return readSync(open.file, buffer, 0, buffer.length, offset);
    },
    close,
  };
}

function view(bytes: Bytes): Uint8Array {
  if (bytes instanceof SharedArrayBuffer) return new Uint8Array(bytes);
  throw new Error("Node shares its memory");
}

const answer = serve({
  async initialize(wasm) {
    initSync({ module: wasm ?? readFileSync(new URL("../wasm/mde_forensics_package_bg.wasm", import.meta.url)) });
  },
  shelf,
  folder: (path, overwrites) => new NodeFolder(path, overwrites, String(workerData)),
  post: (said, transfer) => parentPort?.postMessage(said, transfer),
});
parentPort?.on("message", (message: Message) => answer(message));
