/** Endpoints and engine alone, for Node. */

import { readFileSync } from "node:fs";

import { initializeSync } from "./wasm.js";

initializeSync(readFileSync(new URL("./wasm/mde_forensics_bg.wasm", import.meta.url)));

export * from "./core.js";
export * from "./engine.js";
