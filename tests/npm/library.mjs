/** The package under test: the one that was built. */

import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), "../..");
export const DIST = process.env.MDE_FORENSICS_DIST ?? join(ROOT, "npm/dist");

export const from = (file) => import(pathToFileURL(join(DIST, file)).href);

export const library = await from("node.js");
export const { openFolder } = await from("stores/folder.js");
export const { useFolders } = await from("stores/open.js");
export const internal = { wasm: await from("wasm.js"), errors: await from("errors.js") };
