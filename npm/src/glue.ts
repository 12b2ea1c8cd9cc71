// The types of what binds the wasm have `Symbol.dispose`, and a project's libraries need not.
/// <reference lib="esnext.disposable" preserve="true" />

/** What is used of what binds the wasm: this file alone is bundled, so that the rest of it goes to nobody. */

export { __wbg_reset_state, ask, Client, initSync, Operation, Run, Sha256 } from "./wasm/mde_forensics.js";
