/** Endpoints and engine alone, for browsers. */

import { initialize } from "./wasm.js";

await initialize(new URL("./wasm/mde_forensics_bg.wasm", import.meta.url));

export * from "./core.js";
export * from "./engine.js";
