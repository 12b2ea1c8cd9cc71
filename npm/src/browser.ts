/** The whole client for browsers; fetches the wasm beside this module. */

import { initialize } from "./wasm.js";

await initialize(new URL("./wasm/mde_forensics_bg.wasm", import.meta.url));

export * from "./slim.js";
