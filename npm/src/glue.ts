/** What is used of what binds the wasm: this file alone is bundled, so that the rest of it goes to nobody. */

export {
  __wbg_reset_state,
  Client,
  codes,
  Engine,
  error,
  handles,
  initSync,
  Operation,
  operations,
  parse,
  Run,
  Sha256,
  Task,
  trap,
  version,
} from "./wasm/mde_forensics.js";
