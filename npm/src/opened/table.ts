/** One table of a package. */

import type { Issue, TableSaid } from "./types.js";

/** A cell of a row: times are RFC 3339, whole numbers beyond 2^53 are `bigint`. */
export type Cell = string | number | bigint | boolean | null;

/** A row of a table. */
export type Row = Record<string, Cell>;

/**
 * One table of a package, as an Arrow IPC stream: `tableFromIPC(table.arrow)` of apache-arrow takes it, and so do
 * DuckDB-WASM and Arquero.
 *
 * Every row says where it comes from: `package_id`, `device`, `member`, `member_sha256`, `line`; how far it can be
 * trusted, `parse_status` (`clean`, `repaired`, `partial`); and the text as it stood, `raw`, which is null where a
 * member is no text (prefetch files, event logs) and where rows are made of others; `line` is then the number of the
 * record.
 */
export class Table {
  /** Its name, such as `processes`. */
  readonly name: string;
  /** What a row is, in one line. */
  readonly doc: string;
  /** The names of its columns. */
  readonly columns: readonly string[];
  /** How many rows it has. */
  readonly length: number;
  /** Whether rows are missing: a budget ran out, or a member is not there, damaged, emptied, or without its header. */
  readonly partial: boolean;
  /** What was remarkable while it was read. */
  readonly issues: readonly Issue[];
  /** Its rows, as an Arrow IPC stream. */
  readonly arrow: Uint8Array<ArrayBuffer>;

  /** @internal */
  constructor(said: TableSaid, arrow: Uint8Array<ArrayBuffer>) {
    this.name = said.name;
    this.doc = said.doc;
    this.columns = said.columns;
    this.length = said.rows;
    this.partial = said.partial;
    this.issues = said.issues;
    this.arrow = arrow;
  }
}

/** The rows of NDJSON. */
export function rows(ndjson: Uint8Array): Row[] {
  const found: Row[] = [];
  const decoder = new TextDecoder();
  for (let at = 0; at < ndjson.length; ) {
    const end = ndjson.indexOf(LINE_FEED, at);
    const stop = end === -1 ? ndjson.length : end;
    found.push(row(decoder.decode(ndjson.subarray(at, stop))));
    at = stop + 1;
  }
  return found;
}

/** A row whose whole numbers stay what they are. */
function row(line: string): Row {
  const parsed = JSON.parse(line) as Row;
  // Within a text no quote stands without a backslash before it, so that this finds values alone.
  for (const [, key, digits] of line.matchAll(LARGE)) {
    if (key !== undefined && digits !== undefined && !Number.isSafeInteger(Number(digits))) parsed[key] = BigInt(digits);
  }
  return parsed;
}

const LINE_FEED = 10;
const LARGE = /[{,]"(\w+)":(-?\d{16,})(?=[,}])/g;
