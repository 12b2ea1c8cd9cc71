/** Opens packages in a page: a worker reads parts of the file as needed, and nothing is sent anywhere. */

import { no } from "./guard.js";
import type { Start } from "./opened/host.js";
import { sourceOf, type Bounds, type PageInput } from "./opened/input.js";
import { open } from "./opened/open.js";
import type { OpenOptions } from "./opened/options.js";
import type { Package } from "./opened/package.js";
import type { Answer, Given } from "./opened/protocol.js";

export * from "./opened/exports.js";

/** A file, its bytes, the files of a folder (`<input webkitdirectory>`), a handle of either, or what `download` returned. */
export type PackageInput = PageInput;

/**
 * Opens a package: checks and hashes every member, in a worker. The first call loads the wasm.
 *
 * The file and its members are never in memory as a whole, except for the tables and bytes that are asked for. The worker's
 * memory is limited to 4 GiB.
 *
 * @param input A `File` or `Blob`, its bytes, the `File`s of a folder, or a handle of either. A single file without a folder is
 *   the zip.
 * @throws TypeError if an argument has the wrong type.
 * @throws PackageError `not_a_zip` or `truncated` if it is not a zip, or its end is missing; `wrong_password`;
 *   `several_packages` if the folder has more than one.
 * @throws OutputError `read_failed` if it cannot be read.
 */
export async function openPackage(input: PackageInput, options?: OpenOptions): Promise<Package> {
  return open((worker) => start((worker ?? beside) as () => Worker), (bounds) => source(input, bounds), options);
}

async function source(input: unknown, bounds: Bounds): Promise<Given> {
  const found = await sourceOf(input, (kept) => (kept instanceof Blob ? kept : new Blob([new Uint8Array(kept)])), bounds);
  if (found === undefined) throw no("input", "a File, a Blob, bytes, the Files of a folder, or a handle", input);
  return found;
}

/** Creates the worker beside this module; bundlers look for exactly this expression. */
function beside(): Worker {
  return new Worker(new URL("./opened/worker-browser.js", import.meta.url), { type: "module" });
}

function start(make: () => Worker): Start {
  return (answer, fail) => {
    const worker = make();
    worker.addEventListener("message", (event: MessageEvent<Answer>) => answer(event.data));
    worker.addEventListener("messageerror", () => fail("its answer cannot be read"));
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      fail(event.message || "its script could not be loaded: serve `opened/worker-browser.js` beside this module");
    });
    return {
      post: (message) => worker.postMessage(message),
      idle: () => undefined,
      end: async () => worker.terminate(),
    };
  };
}
