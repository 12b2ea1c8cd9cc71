/** The whole client for Node: instantiates the wasm at once, and can write to folders. */

import { readFileSync } from "node:fs";

import { useFolders } from "./client.js";
import { openFolder } from "./stores/folder.js";
import { initializeSync } from "./wasm.js";

initializeSync(readFileSync(new URL("./wasm/mde_forensics_bg.wasm", import.meta.url)));
useFolders(openFolder);

export * from "./slim.js";
