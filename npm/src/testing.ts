/** For tests (Node): a local Defender, and what a caller's own `fetch` must keep. */

export { Emulator, type EmulatorOptions } from "./emulator.js";
export { checkFetch } from "./conformance.js";
