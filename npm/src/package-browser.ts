/** Opens packages in a page: a worker reads parts of the file as it needs them, and nothing is sent anywhere. */

import { no } from "./guard.js";
import type { Start } from "./opened/host.js";
import { sourceOf, type PageInput } from "./opened/input.js";
import { open } from "./opened/open.js";
import type { OpenOptions } from "./opened/options.js";
import type { Package } from "./opened/package.js";
import type { Answer, Given } from "./opened/protocol.js";

export * from "./opened/exports.js";

/** A file, its bytes, the files of a folder (`<input webkitdirectory>`), a handle of either, or what `download` gave. */
export type PackageInput = PageInput;

/**
 * Opens a package: checks and hashes every member, in a worker. The wasm is loaded by the first call, and not before.
 *
 * The file is never in memory as a whole, and neither is a member of it, but for the tables and bytes that are asked
 * for; all in all the worker's memory ends at 4 GiB.
 *
 * @param input A `File` or `Blob`, its bytes, the `File`s of a folder, or a handle of either. One file without a folder is the zip.
 * @throws TypeError if something is of the wrong type, which it names.
 * @throws PackageError `not_a_zip` or `truncated` if it is no zip, or its end is missing; `wrong_password`;
 * `several_packages` if the files of a folder are those of more than one.
 * @throws OutputError `read_failed` if it cannot be read.
 */
export async function openPackage(input: PackageInput, options?: OpenOptions): Promise<Package> {
  return open((worker) => start((worker ?? beside) as () => Worker), () => source(input), options);
}

async function source(input: unknown): Promise<Given> {
  const found = await sourceOf(input, (kept) => (kept instanceof Blob ? kept : new Blob([new Uint8Array(kept)])));
  if (found === undefined) throw no("input", "a File, a Blob, bytes, the Files of a folder, or a handle", input);
  return found;
}

/** The worker that lies beside this module; bundlers look for these very words. */
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
      fail(event.message || "its script could not be loaded; see that `opened/worker-browser.js` is served beside this module");
    });
    return {
      post: (message) => worker.postMessage(message),
      idle: () => undefined,
      end: async () => worker.terminate(),
    };
  };
}
