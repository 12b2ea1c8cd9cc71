/** One table of a package. */

import type { Issue, TableSaid } from "./types.js";

/** A cell of a row: times are RFC 3339, integers beyond 2^53 are `bigint`. */
export type Cell = string | number | bigint | boolean | null;

/** A row of a table. */
export type Row = Record<string, Cell>;

/**
 * One table of a package, as an Arrow IPC stream for `tableFromIPC(table.arrow)` of apache-arrow, DuckDB-WASM or Arquero.
 *
 * Every row has its source (`package_id`, `device`, `member`, `member_sha256`, `line`), how far it can be trusted
 * (`parse_status`: `clean`, `repaired` or `partial`), and its original text (`raw`). For members that are not text (prefetch
 * files, event logs), and for rows made from other rows, `raw` is null and `line` is the record's number.
 */
export class Table {
  /** The table's name, such as `processes`. */
  readonly name: string;
  /** What a row is, in one line. */
  readonly doc: string;
  /** The names of the columns. */
  readonly columns: readonly string[];
  /** The number of rows. */
  readonly length: number;
  /** Whether rows are missing: a budget ran out, or a member is absent, damaged, emptied or without header. */
  readonly partial: boolean;
  /** Issues found while reading. */
  readonly issues: readonly Issue[];
  /** The rows, as an Arrow IPC stream. */
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

/** Parses the rows of NDJSON. */
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

/** Parses a row without losing the precision of large integers. */
function row(line: string): Row {
  const parsed = JSON.parse(line) as Row;
  // Inside a JSON string every quote has a backslash before it, so this only matches values.
  for (const [, key, digits] of line.matchAll(LARGE)) {
    if (key !== undefined && digits !== undefined && !Number.isSafeInteger(Number(digits))) parsed[key] = BigInt(digits);
  }
  return parsed;
}

const LINE_FEED = 10;
const LARGE = /[{,]"(\w+)":(-?\d{16,})(?=[,}])/g;
