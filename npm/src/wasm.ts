/** The one instance of the wasm, and its replacement after a trap. */

import { InternalError, made, type MdeError } from "./errors.js";
import type { Causes } from "./causes.js";
import * as glue from "./glue.js";
import type { Raised } from "./types.js";

export type { Client as WasmClient, Operation as WasmOperation, Run } from "./glue.js";

/** What the wasm can be instantiated from synchronously. */
export type WasmSource = WebAssembly.Module | BufferSource;

let isReady = false;
let isBroken = false;
let generation = 0;
/** Called on a trap; those who wait would not notice it otherwise. */
const waiting = new Set<() => void>();

/** Instantiates the wasm from a compiled module or its bytes. Further calls do nothing. */
export function initializeSync(source: WasmSource): void {
  if (isReady) return;
  glue.initSync({ module: source });
  isReady = true;
}

/** Instantiates the wasm from a URL, a response, a compiled module or its bytes. Further calls do nothing. */
export async function initialize(source: WasmSource | URL | string | Response | Promise<Response>): Promise<void> {
  if (isReady) return;
  let given = await source;
  if (typeof given === "string" || given instanceof URL) given = await fetch(given);
  if (given instanceof Response) {
    const whole = given.clone();
    // Also works if the server does not send `application/wasm`.
    given = await WebAssembly.compileStreaming(given).catch(() => whole.arrayBuffer());
  }
  initializeSync(given instanceof WebAssembly.Module ? given : await WebAssembly.compile(given));
}

/** Returns the wasm for new objects; after a trap, a fresh instance. */
export function fresh(): typeof glue {
  if (!isReady) throw new TypeError("the wasm is not loaded: call `initialize` of `mde-forensics/slim` first");
  if (isBroken) {
    glue.__wbg_reset_state();
    isBroken = false;
    generation += 1;
  }
  return glue;
}

/** Returns the number of the current instance. */
export function instance(): number {
  return generation;
}

/**
 * Calls the wasm on behalf of the instance with this number; throws the core's errors as ours. `work` must not run the caller's
 * code: an exception from it could be mistaken for a trap. `causes` holds what the caller's code threw earlier.
 */
export function call<T>(of: number, work: () => T, causes?: Causes): T {
  if (isBroken || of !== generation) throw new InternalError("the wasm trapped: make a new client");
  try {
    return work();
  } catch (thrown) {
    if (typeof thrown === "string") throw raised(thrown, causes);
    // Stack exhaustion is a RangeError, and leaves the wasm's work half done.
    if (!(thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError)) throw thrown;
    isBroken = true;
    for (const wake of waiting) wake();
    throw new InternalError("the wasm trapped: make a new client", {}, { cause: thrown });
  }
}

/** Calls `wake` when the instance traps, until the returned function is called. */
export function onTrap(wake: () => void): () => void {
  waiting.add(wake);
  return () => void waiting.delete(wake);
}

/** Calls a stateless function of the core: see `crates/wasm/src/ask.rs`. */
export function ask(what: string, given: readonly unknown[] = [], body?: Uint8Array, wall = 0, mono = 0): string {
  const wasm = fresh();
  const texts = JSON.stringify(given.map(String));
  return call(generation, () => wasm.ask(what, texts, body, wall, mono));
}

/** Returns the error that the core describes; its message identifies its cause. */
export function raised(json: string, causes?: Pick<Causes, "of">): MdeError {
  const said = JSON.parse(json) as Raised;
  return made(said, causes?.of(said.error.message));
}
