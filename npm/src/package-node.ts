/** Opens packages in Node: a worker thread reads the file, or shared memory. */

import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
// Webpack recognises the worker by this name, without `node:`.
import { Worker } from "worker_threads";

import { no, text } from "./guard.js";
import { raised } from "./opened/errors.js";
import type { Start } from "./opened/host.js";
import { goOn, property, sourceOf, type Bounds, type Keep, type PageInput } from "./opened/input.js";
import { open } from "./opened/open.js";
import type { OpenOptions } from "./opened/options.js";
import type { Package } from "./opened/package.js";
import type { Answer, Given } from "./opened/protocol.js";

export * from "./opened/exports.js";

/** The path or `file:` URL of a zip or of an extracted folder, what `download` returned, or what a page may give. */
export type PackageInput = string | URL | { path?: string } | PageInput;

/**
 * Opens a package: checks and hashes every member, in a worker thread. The first call loads the wasm.
 *
 * A file given by path, and its members, are never in memory as a whole, except for the tables and bytes that are asked for. A
 * Blob and bytes are copied to shared memory. The worker's own memory is limited to 4 GiB.
 *
 * @param input A path, a `file:` URL, a Blob, bytes, or the `File`s of a folder. A single file without a folder is the zip.
 * @throws TypeError if an argument has the wrong type.
 * @throws PackageError `not_a_zip` or `truncated` if it is not a zip, or its end is missing; `wrong_password`;
 *   `several_packages` if the folder has more than one.
 * @throws OutputError `read_failed` if it cannot be read; its `cause` has Node's own `code`.
 */
export async function openPackage(input: PackageInput, options?: OpenOptions): Promise<Package> {
  return open(() => start, (bounds) => source(input, bounds), options);
}

async function source(input: unknown, bounds: Bounds): Promise<Given> {
  if (typeof input === "string") return ofPath(text(input, "input"));
  if (input instanceof URL) {
    if (input.protocol !== "file:") throw no("input", "a `file:` URL", input);
    return ofPath(fileURLToPath(input));
  }
  const path = typeof input === "object" && input !== null ? property(input, "path") : undefined;
  if (typeof path === "string") return ofPath(text(path, "input.path"));
  const found = await sourceOf(input, sharing(bounds), bounds);
  if (found === undefined) throw no("input", "a path, a Blob, bytes, or the Files of a folder", input);
  return found;
}

function ofPath(path: string): Given {
  return { source: { kind: "path", path }, label: path };
}

/** Copies bytes to memory that the worker shares, up to the budget of all of them. */
function sharing({ signal, totalBytes }: Bounds): Keep {
  let left = totalBytes;
  return async (kept) => {
    // The platform's own size, whatever the object claims.
    const size = kept instanceof Uint8Array ? kept.length : Number(Reflect.get(Blob.prototype, "size", kept));
    left -= size;
    if (left < 0) throw raised({ code: "over_budget", message: `the input has more than ${totalBytes} bytes`, hint: "pass a path, or raise `budgets.totalBytes`" });
    const shared = new SharedArrayBuffer(size);
    const view = new Uint8Array(shared);
    if (kept instanceof Uint8Array) view.set(kept);
    else {
      let at = 0;
      for await (const part of kept.stream()) {
        goOn(signal);
        view.set(part, at);
        at += part.length;
      }
    }
    return shared;
  };
}

const start: Start = (answer, fail) => {
  const part = `.${crypto.randomUUID()}.part`;
  const worker = new Worker(new URL("./opened/worker-node.js", import.meta.url), { workerData: part });
  worker.on("message", (said: Answer) => answer(said));
  worker.on("error", fail);
  worker.on("messageerror", fail);
  worker.on("exit", (code) => fail(new Error(`it exited with ${code}`)));
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

/** Removes the unfinished files of a terminated worker. */
async function discard(folder: string, part: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) if (name.endsWith(part)) await rm(join(folder, name)).catch(() => undefined);
}
