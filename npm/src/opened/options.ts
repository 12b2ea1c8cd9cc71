/** Checks of the options for packages. */

import { InvalidInputError } from "../errors.js";
import { bytes, no, options as checked, read, text, type Kind } from "../guard.js";
import type { Budgets, Format, Limits } from "./protocol.js";

/** Options for opening a package. */
export interface OpenOptions {
  /** For evidence that was packed again with a password, such as `infected`; a string is encoded as UTF-8. */
  password?: string | Uint8Array;
  /** Limits, in place of the defaults. */
  budgets?: Budgets;
  /** Aborts the call and ends the worker. */
  signal?: AbortSignal;
  /** The wasm module, compiled or as bytes, if it is not beside the worker. */
  wasm?: WebAssembly.Module | ArrayBuffer | Uint8Array;
  /** Creates a page's worker from `mde-forensics/package/worker`, for bundlers that do not know `new Worker(new URL(…))`. */
  worker?: () => Worker;
}

/** Options of every call. */
export interface CallOptions {
  /** Aborts the call and ends the worker; the next call starts another. */
  signal?: AbortSignal;
}

/** Options for searching. */
export interface SearchOptions extends CallOptions {
  /** The most hits to return (default: 10,000). */
  limit?: number;
}

/** Options for extracting. */
export interface ExtractOptions extends CallOptions {
  /** Only members whose name contains one of these texts, ignoring case (default: all). */
  members?: Iterable<string>;
}

/** Options for exporting. */
export interface ExportOptions extends CallOptions {
  /**
   * `parquet` (default), `ndjson`, `csv` (safe for spreadsheets), `arrow` (IPC stream), `timesketch` (the timeline) or `ocsf`
   * (Live Evidence Info).
   */
  format?: Format;
  /** Only these tables (default: all). */
  tables?: Iterable<string>;
  /** Replaces the names of users and hosts, and addresses, with stand-ins. */
  redact?: boolean;
  /** Replaces existing files. */
  overwrite?: boolean;
}

/** The options for opening. */
export const OPEN = { password: "other", budgets: "other", wasm: "other", worker: "function" } as const satisfies Record<keyof Omit<OpenOptions, "signal">, Kind>;

/** The options for exporting, except the signal. */
export const EXPORT = { format: "text", tables: "other", redact: "flag", overwrite: "flag" } as const satisfies Record<keyof Omit<ExportOptions, "signal">, Kind>;

/** Checks the options of a call: the signal, and those in the table. */
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

export function budgetsOf(given: unknown = {}): Limits {
  if (typeof given !== "object" || given === null) throw no("options.budgets", "an object", given);
  // The same defaults as in Rust.
  const budgets: Limits & Record<string, number> = { entries: 20_000, totalBytes: 64 * 2 ** 30 };
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
