/** Checks of what callers say of a package. */

import { InvalidInputError } from "../errors.js";
import { bytes, known, no, read, text } from "../guard.js";
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

/** The options as an object; getters are called once each by {@link of}. */
export function object(value: unknown, name = "options"): object {
  if (value === undefined) return {};
  if (typeof value !== "object" || value === null) throw no(name, "an object", value);
  return value;
}

/** One option. */
export function of(options: object, key: string): unknown {
  return read(options, key, `options.${key}`);
}

/** The signal among the options; beside it there may be these, and no others. */
export function signalOf(options: object, ...others: string[]): AbortSignal | undefined {
  known(options, "options", ["signal", ...others]);
  const signal = of(options, "signal");
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw no("options.signal", "an AbortSignal", signal);
  return signal;
}

export function flagOf(options: object, key: string): boolean {
  const flag = of(options, key) ?? false;
  if (typeof flag !== "boolean") throw no(`options.${key}`, "true or false", flag);
  return flag;
}

export function formatOf(options: object): Format {
  const format = text(of(options, "format") ?? "parquet", "options.format");
  const found = FORMATS.find((own) => own === format);
  if (found === undefined) throw new InvalidInputError(`\`options.format\` must be one of ${FORMATS.join(", ")}`, { code: "invalid_option", fault: "build" });
  return found;
}

export function limitOf(options: object): number {
  const limit = of(options, "limit") ?? 10_000;
  if (typeof limit !== "number" || !Number.isSafeInteger(limit) || limit < 1) throw no("options.limit", "a whole number from 1", limit);
  return limit;
}

export function passwordOf(options: object): Uint8Array | undefined {
  const password = of(options, "password");
  if (password === undefined) return undefined;
  if (typeof password === "string") return new TextEncoder().encode(text(password, "options.password"));
  return new Uint8Array(bytes(password, "options.password"));
}

export function budgetsOf(options: object): Budgets {
  const given = object(of(options, "budgets"), "options.budgets");
  const budgets: Record<string, number> = {};
  for (const key of Object.keys(given)) {
    const name = `options.budgets.${key}`;
    const budget = read(given, key, name);
    if (budget === undefined) continue;
    if (typeof budget !== "number" || !Number.isSafeInteger(budget)) throw no(name, "a whole number", budget);
    budgets[key] = budget;
  }
  return budgets;
}

export function wasmOf(options: object): WebAssembly.Module | ArrayBuffer | undefined {
  const wasm = of(options, "wasm");
  if (wasm === undefined || wasm instanceof WebAssembly.Module) return wasm;
  return new Uint8Array(bytes(wasm, "options.wasm")).buffer;
}

const FORMATS: readonly Format[] = ["arrow", "csv", "ndjson", "ocsf", "parquet", "timesketch"];
