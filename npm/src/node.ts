/** Everything, in Node: the wasm's instance is made at once, and packages go to folders. */

import { readFileSync } from "node:fs";

import { useFolders } from "./client.js";
import { openFolder } from "./stores/folder.js";
import { initializeSync } from "./wasm.js";

initializeSync(readFileSync(new URL("./wasm/mde_forensics_bg.wasm", import.meta.url)));
useFolders(openFolder);

export * from "./slim.js";
