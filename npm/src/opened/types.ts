/** Plain data of packages, with the names that the command and Python have for them. */

/** A cell of a row: times are RFC 3339, whole numbers beyond 2^53 are `bigint`. */
export type Cell = string | number | bigint | boolean | null;

/** A row of a table. */
export type Row = Record<string, Cell>;

/** What a table is. */
export interface TableSchema {
  name: string;
  /** What a row of it is, in one line. */
  doc: string;
  /** Those of provenance included. */
  columns: string[];
}

/** What the worker says of a table that was read. */
export interface TableSaid extends TableSchema {
  rows: number;
  partial: boolean;
  issues: Issue[];
}

/** What a responder has to know about a package's content before trusting it. */
export interface Issue {
  /** What it is, such as `damaged_member`. */
  code: string;
  /** The member it is about. */
  member: string | null;
  /** The line or record of the member, counted from 1. */
  line: number | null;
  message: string;
}

/** What is remarkable about the zip itself. */
export interface Finding {
  code: string;
  message: string;
  [field: string]: unknown;
}

/** When a package was collected, and how its local times are read. */
export interface Collection {
  started: string | null;
  ended: string | null;
  /** Milliseconds of the epoch. */
  started_ms: number | null;
  locale: string | null;
  oem_code_page: number;
  zone: string | null;
  utc_offset: string | null;
  utc_offset_source: string | null;
  date_order: string | null;
  date_order_source: string;
}

/** A member of a package, or of an archive in it. */
export interface Member {
  /** Its name as safe text; what lies in an inner archive has the archive's name and `!` before it. */
  name: string;
  /** The artifact that it belongs to, `known`, `archive` or `unrecognised`. */
  kind: string;
  /** Bytes that it inflates to. */
  size: number;
  /** Lower-case hexadecimal SHA-256 of its inflated bytes, if all of them could be had. */
  sha256: string | null;
  /** What checking it gave: `good` if every byte is as declared. */
  verdict: string;
  /** How its text is decoded, where it is text. */
  encoding: string | null;
}

/** What a package has, and has not, of one thing. */
export interface Coverage {
  kind: string;
  subject: string;
  /** `present`, `missing`, `empty`, `failed`, `windowed`, `not_collected` or `unrecognised`. */
  status: string;
  members: number | null;
  rows: number | null;
  detail: string | null;
  [field: string]: unknown;
}

/** The rows of one table. */
export interface TableCount {
  table: string;
  rows: number;
  repaired: number;
  partial: number;
  is_partial: boolean;
}

/** What reading a whole package came to. */
export interface Report {
  tables: TableCount[];
  coverage: Coverage[];
  issues: Issue[];
  needs_a_look: boolean;
}

/** Where an indicator was found. */
export interface Hit {
  indicator: string;
  /** `address`, `domain`, `hash` or `name`. */
  kind: string;
  /** The table; `text` for a line of a member of which no table has a row. */
  table: string;
  column: string;
  member: string;
  line: number | null;
  value: string;
}

/** What looking for indicators came to. */
export interface Search {
  hits: Hit[];
  /** How many hits there are, also beyond the limit. */
  total: number;
  /** What was not searched, or not to its end; a `member` of null is the package. */
  not_searched: { member: string | null; why: string }[];
}

/** One process in the tree of its host. */
export interface ProcessNode {
  depth: number;
  /** None for a row that could not be read, which comes last and has `raw`. */
  process_id: number | null;
  parent_process_id: number | null;
  name: string;
  command_line: string | null;
  /** Microseconds of the epoch. */
  created: number | null;
  /** `found`, `gone`, `none` or `reused`: what was started after its child is not its parent. */
  parent: string;
  line: number | null;
  /** The text of a row without `process_id`, as it stands in the list; null for others. */
  raw: string | null;
}

/** One member that can be extracted. */
export interface Extract {
  /** Its place in the table `members`, from 0: several members may have one name. */
  index: number;
  /** A name that is safe on every system: the SHA-256 of the bytes. */
  file: string;
  member: string;
  size: number;
  sha256: string;
}
