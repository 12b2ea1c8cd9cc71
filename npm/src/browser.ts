/** Everything, in a browser: the wasm is fetched beside this module. */

import { initialize } from "./wasm.js";

await initialize(new URL("./wasm/mde_forensics_bg.wasm", import.meta.url));

export * from "./slim.js";
