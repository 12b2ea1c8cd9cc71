/** Opens packages in Node: a worker thread reads the file, or memory that is shared with it. */

import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
// Webpack knows the worker by this name, without `node:`.
import { Worker } from "worker_threads";

import { no, text } from "./guard.js";
import type { Start } from "./opened/host.js";
import { property, sourceOf, type PageInput } from "./opened/input.js";
import { open } from "./opened/open.js";
import type { OpenOptions } from "./opened/options.js";
import type { Package } from "./opened/package.js";
import type { Answer, Given } from "./opened/protocol.js";

export * from "./opened/exports.js";

/** The path or `file:` URL of a zip or of a folder that somebody extracted one to, what `download` gave, or what a page may give. */
export type PackageInput = string | URL | { path?: string } | PageInput;

/**
 * Opens a package: checks and hashes every member, in a worker thread. The wasm is loaded by the first call, and not before.
 *
 * A file that is given by its path is never in memory as a whole, and neither is a member of it, but for the tables and
 * bytes that are asked for; a Blob and bytes are copied to memory that the worker shares. All in all the worker's own
 * memory ends at 4 GiB.
 *
 * @param input A path, a `file:` URL, a Blob, bytes, or the `File`s of a folder. One file without a folder is the zip.
 * @throws TypeError if something is of the wrong type, which it names.
 * @throws PackageError `not_a_zip` or `truncated` if it is no zip, or its end is missing; `wrong_password`;
 * `several_packages` if the files of a folder are those of more than one.
 * @throws OutputError `read_failed` if it cannot be read; its `cause` has Node's own `code`.
 */
export async function openPackage(input: PackageInput, options?: OpenOptions): Promise<Package> {
  return open(() => start, () => source(input), options);
}

async function source(input: unknown): Promise<Given> {
  if (typeof input === "string") return ofPath(text(input, "input"));
  if (input instanceof URL) {
    if (input.protocol !== "file:") throw no("input", "a `file:` URL", input);
    return ofPath(fileURLToPath(input));
  }
  const path = typeof input === "object" && input !== null ? property(input, "path") : undefined;
  if (typeof path === "string") return ofPath(text(path, "input.path"));
  const found = await sourceOf(input, share);
  if (found === undefined) throw no("input", "a path, a Blob, bytes, or the Files of a folder", input);
  return found;
}

function ofPath(path: string): Given {
  return { source: { kind: "path", path }, label: path };
}

/** Bytes in memory that the worker shares. */
async function share(kept: Blob | Uint8Array): Promise<SharedArrayBuffer> {
  if (kept instanceof Uint8Array) {
    const shared = new SharedArrayBuffer(kept.length);
    new Uint8Array(shared).set(kept);
    return shared;
  }
  // Whatever an object says of its size, the platform knows it.
  const shared = new SharedArrayBuffer(Number(Reflect.get(Blob.prototype, "size", kept)));
  const view = new Uint8Array(shared);
  let at = 0;
  for await (const part of kept.stream()) {
    view.set(part, at);
    at += part.length;
  }
  return shared;
}

const start: Start = (answer, fail) => {
  const part = `.${crypto.randomUUID()}.part`;
  const worker = new Worker(new URL("./opened/worker-node.js", import.meta.url), { workerData: part });
  worker.on("message", (said: Answer) => answer(said));
  worker.on("error", fail);
  worker.on("messageerror", fail);
  worker.on("exit", (code) => fail(new Error(`it ended with ${code}`)));
  worker.unref();
  return {
    post: (message) => worker.postMessage(message),
    idle: (is) => (is ? worker.unref() : worker.ref()),
    async end(folder) {
      await worker.terminate();
      if (folder !== undefined) await discard(folder, part);
    },
  };
};

/** Removes what a worker leaves that is ended. */
async function discard(folder: string, part: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) if (name.endsWith(part)) await rm(join(folder, name)).catch(() => undefined);
}
