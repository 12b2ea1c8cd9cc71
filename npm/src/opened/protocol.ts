/** The messages between a page or program and the worker that reads packages. */

import type { LeftOut, Refusal } from "./types.js";

/** Limits for reading a package; each has a default. */
export interface Budgets {
  /** The most nested archives, counting the package itself: 3. */
  depth?: number;
  /** The most members: 20,000. */
  entries?: number;
  /** The most findings, and issues, kept per kind: 1,000. */
  findingsPerKind?: number;
  /** The most bytes of one member in memory: 1 GiB. */
  heldBytes?: number;
  /** The most bytes of a line: 1 MiB. */
  lineBytes?: number;
  /** The most bytes of a member's name: 1,024. */
  nameBytes?: number;
  /** The inflated bytes of all members from which `ratio` applies to the package: 4 GiB. */
  packageRatioFromBytes?: number;
  /** The most inflated bytes per compressed byte: 200. */
  ratio?: number;
  /** The inflated bytes of a member from which `ratio` applies to it: 256 MiB. */
  ratioFromBytes?: number;
  /** The most bytes of a table's rows per byte of the members: 32, beyond the first 16 MiB. */
  rowRatio?: number;
  /** The most bytes of a table returned at once: 1 GiB. */
  tableBytes?: number;
  /** The most rows of a table: 50 million. */
  tableRows?: number;
  /** The most bytes of events sorted for the timeline: 256 MiB. */
  timelineBytes?: number;
  /** The most inflated bytes of all members: 64 GiB. */
  totalBytes?: number;
}

/** The budgets of a package, with those that also bound what is listed and copied before the wasm sees it. */
export type Limits = Budgets & Required<Pick<Budgets, "entries" | "totalBytes">>;

/** Bytes that a worker can read synchronously. */
export type Bytes = Blob | SharedArrayBuffer;

/** Where a package's bytes are: a zip, the files of a folder, or a path (Node) of either. */
export type Source =
  | { kind: "zip"; bytes: Bytes }
  | { kind: "folder"; files: { name: string; bytes: Bytes }[]; leftOut: LeftOut[] }
  | { kind: "path"; path: string };

/** A source, and what the caller calls it. */
export interface Given {
  source: Source;
  /** A path or a file's name, for errors. */
  label?: string | undefined;
}

/** A package to open. */
export interface Opening extends Given {
  /** Its number, the same in every worker. */
  key: number;
  budgets: Limits;
  password: Uint8Array | undefined;
  /** The work on a member, `WORK MEMBER`, at which the wasm traps: for tests. */
  trapAt: string | undefined;
}

/** A file format for tables. */
export type Format = "arrow" | "csv" | "ndjson" | "ocsf" | "parquet" | "timesketch";

/** What a request does with its packages. */
export type Verb =
  | { name: "about" }
  | { name: "compare" }
  | { name: "export"; format: Format; tables: string[]; redact: boolean; folder: string | undefined; overwrite: boolean }
  | { name: "blob"; member: string }
  | { name: "extract"; members: string[]; folder: string | undefined }
  | { name: "read"; member: string }
  | { name: "report" }
  | { name: "search"; indicators: string; limit: number }
  | { name: "table"; table: string; format: "arrow" | "ndjson" }
  | { name: "tree" };

/** A message to the worker. */
export type Message =
  | { kind: "wasm"; wasm: WebAssembly.Module | ArrayBuffer | undefined }
  | { kind: "open"; opening: Opening }
  | { kind: "close"; key: number }
  | { kind: "request"; keys: number[]; verb: Verb };

/** A file that was written to memory. */
export interface Held {
  name: string;
  blob: Blob;
}

/** The result of a request. */
export interface Value {
  /** The result as JSON. */
  json: string;
  bytes?: Uint8Array<ArrayBuffer>;
  files?: Held[];
  /** The paths that were written (Node). */
  paths?: string[];
}

/** Why a request failed. */
export interface Failure extends Refusal {
  /** What JavaScript threw, as text: errors lose the properties that Node adds on their way from a worker. */
  cause?: { name: string; message: string; code?: string } | undefined;
}

/** The worker's answer to its one request. */
export type Answer = { value: Value } | { failure: Failure };
