/** For tests (Node): a local Defender, and a check of a caller's own `fetch`. */

export { Emulator, type EmulatorOptions } from "./emulator.js";
export { checkFetch } from "./conformance.js";
