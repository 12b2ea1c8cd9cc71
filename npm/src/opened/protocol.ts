/** What is said between a page or program and the worker that reads packages. */

import type { LeftOut, Refusal } from "./types.js";

/** How much a package may cost; what is left out has its default. */
export interface Budgets {
  /** Archives inside one another, the package included: 3. */
  depth?: number;
  /** Members: 20,000. */
  entries?: number;
  /** What is noted of one kind: 1,000. */
  findingsPerKind?: number;
  /** Bytes of one member in memory: 1 GiB. */
  heldBytes?: number;
  /** Bytes of a line: 1 MiB. */
  lineBytes?: number;
  /** Bytes of a member's name: 1,024. */
  nameBytes?: number;
  /** From how many inflated bytes of all members on `ratio` counts: 4 GiB. */
  packageRatioFromBytes?: number;
  /** How many bytes one compressed byte inflates to: 200. */
  ratio?: number;
  /** From how many inflated bytes of a member on `ratio` counts: 256 MiB. */
  ratioFromBytes?: number;
  /** Bytes of rows, of one table, that a byte of the members comes to: 32, and 16 MiB are free. */
  rowRatio?: number;
  /** Bytes of a table that is given at once: 1 GiB. */
  tableBytes?: number;
  /** Rows of a table: 50 million. */
  tableRows?: number;
  /** Bytes of events that the timeline sorts: 256 MiB. */
  timelineBytes?: number;
  /** Bytes that all members inflate to: 64 GiB. */
  totalBytes?: number;
}

/** Bytes that a worker can read without waiting. */
export type Bytes = Blob | SharedArrayBuffer;

/** Where a package's bytes are: a zip, the files of a folder, or a path (Node) of either. */
export type Source =
  | { kind: "zip"; bytes: Bytes }
  | { kind: "folder"; files: { name: string; bytes: Bytes }[]; leftOut: LeftOut[] }
  | { kind: "path"; path: string };

/** A source, and how people call it. */
export interface Given {
  source: Source;
  /** A path or a file's name, for errors. */
  label?: string | undefined;
}

/** A package that is to be opened. */
export interface Opening extends Given {
  /** Its number, which is the same in every worker. */
  key: number;
  budgets: Budgets;
  password: Uint8Array | undefined;
  /** The work on a member, `WORK MEMBER`, at which the wasm shall trap: for tests. */
  trapAt: string | undefined;
}

/** A format of files for tables. */
export type Format = "arrow" | "csv" | "ndjson" | "ocsf" | "parquet" | "timesketch";

/** What is asked of the packages of a request. */
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

/** What a page or program says. */
export type Message =
  | { kind: "wasm"; wasm: WebAssembly.Module | ArrayBuffer | undefined }
  | { kind: "open"; opening: Opening }
  | { kind: "close"; key: number }
  | { kind: "request"; keys: number[]; verb: Verb };

/** A file that was written, where it is held. */
export interface Held {
  name: string;
  blob: Blob;
}

/** What a request gave. */
export interface Value {
  /** What is said, as JSON. */
  json: string;
  bytes?: Uint8Array<ArrayBuffer>;
  files?: Held[];
  /** The paths that were written (Node). */
  paths?: string[];
}

/** Why a request gave nothing. */
export interface Failure extends Refusal {
  /** What JavaScript itself said, in words: a worker's errors lose what Node adds to them on their way. */
  cause?: { name: string; message: string; code?: string } | undefined;
}

/** What a worker says of the one request that it has. */
export type Answer = { value: Value } | { failure: Failure };
