/** The one instance of the wasm, and what becomes of it when it traps. */

import * as glue from "./wasm/mde_forensics.js";
import { InternalError, made } from "./errors.js";

export type { Client as WasmClient, Engine as WasmEngine, Operation as WasmOperation, Run, Task } from "./wasm/mde_forensics.js";

/** What the wasm can be made from at once. */
export type WasmSource = WebAssembly.Module | BufferSource;

let isReady = false;
let isBroken = false;
let generation = 0;

/** Makes the instance from a compiled module or its bytes; once is enough. */
export function initializeSync(source: WasmSource): void {
  if (isReady) return;
  glue.initSync({ module: source });
  isReady = true;
}

/** Makes the instance from a URL, a response, a compiled module or its bytes; once is enough. */
export async function initialize(source: WasmSource | URL | string | Response | Promise<Response>): Promise<void> {
  if (isReady) return;
  await glue.default({ module_or_path: source });
  isReady = true;
}

/** The wasm for something new: a fresh instance where the one before has trapped. */
export function fresh(): typeof glue {
  if (!isReady) throw new InternalError("the wasm is not there yet: call `initialize` of `mde-forensics/slim` first");
  if (isBroken) {
    glue.__wbg_reset_state();
    isBroken = false;
    generation += 1;
  }
  return glue;
}

/** Which instance it is. */
export function instance(): number {
  return generation;
}

/** Calls the wasm for what belongs to the instance of this number; throws what the wasm throws as our errors. */
export function call<T>(of: number, work: () => T): T {
  if (isBroken || of !== generation) throw new InternalError("the instance has ended that this belongs to; make a new client");
  try {
    return work();
  } catch (thrown) {
    if (typeof thrown === "string") throw made(JSON.parse(thrown));
    isBroken = true;
    throw new InternalError("the wasm has trapped; make a new client", { cause: thrown });
  }
}
