/** Checks of what callers say of a package. */

import { InvalidInputError } from "../errors.js";
import { bytes, no, options as checked, read, text, type Kind } from "../guard.js";
import type { Budgets, Format } from "./protocol.js";

/** How a package is opened. */
export interface OpenOptions {
  /** Of evidence that somebody packed again, such as `infected`; a text counts as UTF-8. */
  password?: string | Uint8Array;
  /** How much it may cost. */
  budgets?: Budgets;
  /** Stops it, and ends the worker. */
  signal?: AbortSignal;
  /** The module, where it does not lie beside the worker: compiled, or its bytes. */
  wasm?: WebAssembly.Module | ArrayBuffer | Uint8Array;
  /** Makes the worker of a page, from `mde-forensics/package/worker`, where the bundler does not know `new Worker(new URL(…))`. */
  worker?: () => Worker;
}

/** What every call takes. */
export interface CallOptions {
  /** Stops the work, and ends the worker; the next call starts another. */
  signal?: AbortSignal;
}

/** How indicators are looked for. */
export interface SearchOptions extends CallOptions {
  /** How many hits are returned at most: 10,000. */
  limit?: number;
}

/** What is extracted. */
export interface ExtractOptions extends CallOptions {
  /** Only members whose name has one of these texts in it, in any case (default: all). */
  members?: Iterable<string>;
}

/** What is exported. */
export interface ExportOptions extends CallOptions {
  /** `parquet` (default), `ndjson`, `csv` (safe for spreadsheets), `arrow` (IPC stream), `timesketch` (the timeline) or `ocsf` (Live Evidence Info). */
  format?: Format;
  /** Only these tables (default: all). */
  tables?: Iterable<string>;
  /** Names that stand for them in place of the names of users and hosts, and of addresses. */
  redact?: boolean;
  /** Replaces files that are there. */
  overwrite?: boolean;
}

/** What opening takes. */
export const OPEN = { password: "other", budgets: "other", wasm: "other", worker: "function" } as const satisfies Record<keyof Omit<OpenOptions, "signal">, Kind>;

/** What exporting takes besides a signal. */
export const EXPORT = { format: "text", tables: "other", redact: "flag", overwrite: "flag" } as const satisfies Record<keyof Omit<ExportOptions, "signal">, Kind>;

/** The options of a call, checked: the signal, and more than that where the table says so. */
export function callOf(options: unknown, more: Record<string, Kind> = {}): { signal?: AbortSignal } & Record<string, unknown> {
  return checked(options, "options", { signal: "signal", ...more });
}

export function formatOf(format: unknown): Format {
  const found = FORMATS.find((own) => own === format);
  if (found === undefined) throw new InvalidInputError(`\`options.format\` must be one of ${FORMATS.join(", ")}`, { code: "invalid_option", fault: "build" });
  return found;
}

export function limitOf(limit: unknown): number {
  if (!Number.isSafeInteger(limit) || Number(limit) < 1) throw no("options.limit", "a whole number from 1", limit);
  return Number(limit);
}

export function passwordOf(password: unknown): Uint8Array | undefined {
  if (password === undefined) return undefined;
  if (typeof password === "string") return new TextEncoder().encode(text(password, "options.password"));
  return new Uint8Array(bytes(password, "options.password"));
}

export function budgetsOf(given: unknown = {}): Budgets {
  if (typeof given !== "object" || given === null) throw no("options.budgets", "an object", given);
  const budgets: Record<string, number> = {};
  for (const key of Object.keys(given)) {
    const name = `options.budgets.${key}`;
    const budget = read(given, key, name);
    if (budget === undefined) continue;
    if (!Number.isSafeInteger(budget)) throw no(name, "a whole number", budget);
    budgets[key] = Number(budget);
  }
  return budgets;
}

export function wasmOf(wasm: unknown): WebAssembly.Module | ArrayBuffer | undefined {
  if (wasm === undefined || wasm instanceof WebAssembly.Module) return wasm;
  return new Uint8Array(bytes(wasm, "options.wasm")).buffer;
}

const FORMATS: readonly Format[] = ["arrow", "csv", "ndjson", "ocsf", "parquet", "timesketch"];
