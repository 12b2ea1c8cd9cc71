// The types of the wasm bindings use `Symbol.dispose`, which a project's libs may lack.
/// <reference lib="esnext.disposable" preserve="true" />

/** The part of the wasm bindings in use. Only this file is bundled, so the rest is dropped. */

export { __wbg_reset_state, ask, Client, initSync, Operation, Run, Sha256 } from "./wasm/mde_forensics.js";
