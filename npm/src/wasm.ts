/** The one instance of the wasm, and what becomes of it when it traps. */

import { InternalError, made, type MdeError } from "./errors.js";
import type { Causes } from "./causes.js";
import * as glue from "./glue.js";
import type { Raised } from "./types.js";

export type { Client as WasmClient, Operation as WasmOperation, Run } from "./glue.js";

/** What the wasm can be made from at once. */
export type WasmSource = WebAssembly.Module | BufferSource;

let isReady = false;
let isBroken = false;
let generation = 0;
/** Those who wait and would not hear of a trap. */
const waiting = new Set<() => void>();

/** Makes the instance from a compiled module or its bytes; once is enough. */
export function initializeSync(source: WasmSource): void {
  if (isReady) return;
  glue.initSync({ module: source });
  isReady = true;
}

/** Makes the instance from a URL, a response, a compiled module or its bytes; once is enough. */
export async function initialize(source: WasmSource | URL | string | Response | Promise<Response>): Promise<void> {
  if (isReady) return;
  let given = await source;
  if (typeof given === "string" || given instanceof URL) given = await fetch(given);
  if (given instanceof Response) {
    const whole = given.clone();
    // A server that does not call it `application/wasm` is no reason to fail.
    given = await WebAssembly.compileStreaming(given).catch(() => whole.arrayBuffer());
  }
  initializeSync(given instanceof WebAssembly.Module ? given : await WebAssembly.compile(given));
}

/** The wasm for something new: a fresh instance where the one before has trapped. */
export function fresh(): typeof glue {
  if (!isReady) throw new TypeError("the wasm is not there yet: call `initialize` of `mde-forensics/slim` first");
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

/**
 * Calls the wasm for what belongs to the instance of this number; throws what the wasm throws as our errors. Nothing of
 * the caller's may run in `work`: what it throws could be taken for a trap. `causes` are what the caller's code threw before.
 */
export function call<T>(of: number, work: () => T, causes?: Causes): T {
  if (isBroken || of !== generation) throw new InternalError("the wasm has trapped; make a new client");
  try {
    return work();
  } catch (thrown) {
    if (typeof thrown === "string") throw raised(thrown, causes);
    // A stack that is used up is a RangeError, and leaves what it worked on half done.
    if (!(thrown instanceof WebAssembly.RuntimeError || thrown instanceof RangeError)) throw thrown;
    isBroken = true;
    for (const wake of waiting) wake();
    throw new InternalError("the wasm has trapped; make a new client", {}, { cause: thrown });
  }
}

/** Calls `wake` when the instance traps, until what is given is called. */
export function onTrap(wake: () => void): () => void {
  waiting.add(wake);
  return () => void waiting.delete(wake);
}

/** Asks the core for what has no object of its own: see `crates/wasm/src/ask.rs`. */
export function ask(what: string, given: readonly unknown[] = [], body?: Uint8Array, wall = 0, mono = 0): string {
  const wasm = fresh();
  const texts = JSON.stringify(given.map(String));
  return call(generation, () => wasm.ask(what, texts, body, wall, mono));
}

/** The error of what the core says of it; its message tells which of the causes is its own. */
export function raised(json: string, causes?: Pick<Causes, "of">): MdeError {
  const said = JSON.parse(json) as Raised;
  return made(said, causes?.of(said.error.message));
}
