/** An opened package and its tables. */

import { CollectionError } from "../errors.js";
import { no, text, texts } from "../guard.js";
import type { Host } from "./host.js";
import { callOf, EXPORT, formatOf, limitOf } from "./options.js";
import type { CallOptions, ExportOptions, ExtractOptions, SearchOptions } from "./options.js";
import type { Held, Opening, Value, Verb } from "./protocol.js";
import { type Row, rows, Table } from "./table.js";
import type {
  About,
  Collection,
  ComparisonSaid,
  Coverage,
  Extract,
  Finding,
  Issue,
  NotCompared,
  ProcessTree,
  Report,
  Search,
  TableSaid,
  TableSchema,
} from "./types.js";

/** What the worker says of an opened package. */
interface Said {
  about: About;
  schemas: TableSchema[];
}

/** A member of a package, or of an archive inside it: columns of the table `members`. */
export interface Member {
  /** The name as safe text. A member of an inner archive is prefixed with the archive's name and `!`. */
  name: string;
  /** The artifact it belongs to, or `known`, `archive` or `unrecognised`. */
  kind: string;
  /** The inflated size in bytes; if it could not be inflated, its declared size, which may be any number. */
  size: number | bigint | null;
  /** The SHA-256 of the inflated bytes, in lower-case hexadecimal; null if not all bytes could be read. */
  sha256: string | null;
  /** The result of checking it: `good` if every byte is as declared. */
  verdict: string;
  /** How its text is decoded; null if it is not text. */
  encoding: string | null;
}

/** The internals of each package, for comparisons. */
const INSIDE = new WeakMap<Package, { host: Host; opening: Opening }>();
/** Ends the worker of a package that is no longer referenced. */
const FORGOTTEN = new FinalizationRegistry<Host>((host) => void host.close(new DOMException("the package was released", "AbortError")));

/**
 * An opened investigation package. It is read by its own worker, and nothing is sent anywhere.
 *
 * A table is read on each call: keep the ones you need. Reading never fails because of the package's content: whatever is
 * damaged or too large results in a table that is `partial`, with an issue.
 */
export class Package {
  readonly #host: Host;
  readonly #opening: Opening;
  readonly #said: Said;
  #report: Report | undefined;

  /** @internal */
  constructor(host: Host, opening: Opening, said: string) {
    this.#host = host;
    this.#opening = opening;
    this.#said = kept(said);
    INSIDE.set(this, { host, opening });
    FORGOTTEN.register(this, host, this);
  }

  /** The collection's GUID; if the package has none, a digest of its members. */
  get id(): string {
    return this.#said.about.package_id;
  }

  /** The device's name, according to the package itself. */
  get device(): string | null {
    return this.#said.about.device;
  }

  /** When the package was collected, and how its local times are read. */
  get collection(): Collection {
    return this.#said.about.collection;
  }

  /** The size in bytes of the zip, or of the folder's files. */
  get size(): number {
    return this.#said.about.size;
  }

  /**
   * Whether the zip's structure and every CRC are right. Null if not every byte could be checked, as with encrypted members,
   * and for a folder, which has nothing to check against.
   */
  get whole(): boolean | null {
    return this.#said.about.whole;
  }

  /** What is remarkable in the zip itself. */
  get findings(): readonly Finding[] {
    return this.#said.about.findings;
  }

  /** Returns every table that a package can have, even if this one has no rows for it. */
  tables(): readonly TableSchema[] {
    return this.#said.schemas;
  }

  /**
   * Reads one table, as an Arrow IPC stream: `tableFromIPC((await package.table("processes")).arrow)`.
   *
   * @throws InvalidInputError `unknown_table`.
   */
  async table(name: string, options?: CallOptions): Promise<Table> {
    const value = await this.#ask({ name: "table", table: text(name, "name"), format: "arrow" }, options);
    return table(JSON.parse(value.json) as TableSaid, value);
  }

  /**
   * Returns the rows of one table as plain objects: strings, numbers (`bigint` beyond 2^53), booleans, and times as RFC 3339 in
   * UTC.
   *
   * @throws InvalidInputError `unknown_table`.
   */
  async rows(name: string, options?: CallOptions): Promise<Row[]> {
    const value = await this.#ask({ name: "table", table: text(name, "name"), format: "ndjson" }, options);
    return rows(value.bytes ?? new Uint8Array());
  }

  /** Reads everything with its own timestamp, in time order. */
  timeline(options?: CallOptions): Promise<Table> {
    return this.table("timeline", options);
  }

  /** Returns the members, including those of inner archives. */
  async members(options?: CallOptions): Promise<Member[]> {
    const own = ({ name, kind, size, sha256, verdict, encoding }: Row) => ({ name, kind, size, sha256, verdict, encoding });
    return (await this.rows("members", options)).map((row) => own(row) as unknown as Member);
  }

  /**
   * Returns the result of reading everything: row counts, coverage, issues. Reads the whole package, once; the result is
   * frozen.
   */
  async report(options?: CallOptions): Promise<Report> {
    if (this.#report !== undefined) return this.#report;
    const { json } = await this.#ask({ name: "report" }, options);
    return (this.#report ??= kept<Report>(json));
  }

  /**
   * Returns what the package has and lacks: per artifact, per command in the agent's own summary, and what is never collected.
   */
  async coverage(options?: CallOptions): Promise<readonly Coverage[]> {
    return (await this.report(options)).coverage;
  }

  /** Returns what to know before trusting the package. */
  async issues(options?: CallOptions): Promise<readonly Issue[]> {
    return (await this.report(options)).issues;
  }

  /** Returns the `count_mismatch` issues: a second, independent count differs from a table's rows. Empty if all agree. */
  async reconciliation(options?: CallOptions): Promise<Issue[]> {
    return (await this.issues(options)).filter(({ code }) => code === "count_mismatch");
  }

  /** Returns whether evidence is missing or in doubt in a way that a person should look at. */
  async needsALook(options?: CallOptions): Promise<boolean> {
    return (await this.report(options)).needs_a_look;
  }

  /**
   * Searches every text of every table, and every line that no table has, for indicators of compromise. Matches whole words,
   * ignoring case.
   *
   * @param indicators Hashes, addresses, domains and names: a string with one per line, or several strings. `#` starts a
   *   comment; `hxxp` and `[.]` are understood.
   * @returns The hits. No hits says nothing about what is in `not_searched`; `indicators` is what was searched for.
   * @throws InvalidInputError `invalid_option` if there is no indicator, or a line that cannot be searched for.
   */
  async search(indicators: string | Iterable<string>, options?: SearchOptions): Promise<Search> {
    const list = typeof indicators === "string" ? text(indicators, "indicators") : texts(indicators, "indicators").join("\n");
    const { limit = 10_000, signal } = callOf(options, { limit: "other" });
    return JSON.parse((await this.#ask({ name: "search", indicators: list, limit: limitOf(limit) }, { signal })).json) as Search;
  }

  /**
   * Returns the processes as `nodes`, each after its parent; a reused id makes no parent. Unreadable rows come last. Says
   * whether processes are missing, and why.
   */
  async tree(options?: CallOptions): Promise<ProcessTree> {
    return JSON.parse((await this.#ask({ name: "tree" }, options)).json) as ProcessTree;
  }

  /**
   * Returns the bytes of a member, by its `name` or its `sha256` in {@link members}.
   *
   * @throws PackageError `unreadable` if there is no such member, it is damaged, or several members of that name have different
   *   bytes; `over_budget` if it inflates to more than the budget `heldBytes`.
   */
  async read(member: string, options?: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
    const value = await this.#ask({ name: "read", member: text(member, "member") }, options);
    return value.bytes ?? new Uint8Array();
  }

  /**
   * Returns the bytes of a member of any size as a Blob, which a browser keeps on disk if it is large.
   *
   * @throws PackageError `unreadable`.
   */
  async blob(member: string, options?: CallOptions): Promise<Blob> {
    const value = await this.#ask({ name: "blob", member: text(member, "member") }, options);
    return value.files?.[0]?.blob ?? new Blob();
  }

  /**
   * Writes members as files named by their SHA-256. No file is ever named after a member.
   *
   * @param to A folder's path (Node), where `members.json` says which is which, including members extracted there earlier. By
   *   default, Blobs.
   * @returns For each member its position (`index`), its name (`member`), its `file`, `size` and `sha256`, and without a folder
   *   its `blob`. Members with missing bytes are left out.
   * @throws OutputError `write_failed` if a file cannot be written or does not match its name.
   * @throws PackageError `unreadable` if a member can no longer be read.
   */
  extract(to: string, options?: ExtractOptions): Promise<Extract[]>;
  extract(to?: undefined, options?: ExtractOptions): Promise<(Extract & { blob: Blob })[]>;
  async extract(to?: string, options?: ExtractOptions): Promise<Extract[]> {
    const { members = [], signal } = callOf(options, { members: "other" });
    const folder = to === undefined ? undefined : text(to, "to");
    const { json, files } = await this.#ask({ name: "extract", members: texts(members, "options.members"), folder }, { signal });
    const found = JSON.parse(json) as Extract[];
    if (to !== undefined) return found;
    const blobs = new Map(files?.map(({ name, blob }) => [name, blob]));
    return found.map((own) => ({ ...own, blob: blobs.get(own.file) ?? new Blob() }));
  }

  /**
   * Writes each table as a file, and `tables.json`, which says what was read.
   *
   * @param to A folder's path (Node), where files get their names once all are written. By default, Blobs.
   * @returns The paths, or the names and Blobs.
   * @throws InvalidInputError `unknown_table`; `no_place` if the format cannot hold a table that was named.
   * @throws OutputError `write_failed` if a file already exists or cannot be written.
   */
  export(to: string, options?: ExportOptions): Promise<string[]>;
  export(to?: undefined, options?: ExportOptions): Promise<Held[]>;
  async export(to?: string, options?: ExportOptions): Promise<string[] | Held[]> {
    const folder = to === undefined ? undefined : text(to, "to");
    const { format = "parquet", tables = [], redact = false, overwrite = false, signal } = callOf(options, EXPORT);
    const value = await this.#ask(
      { name: "export", format: formatOf(format), tables: texts(tables, "options.tables"), redact: redact as boolean, folder, overwrite: overwrite as boolean },
      { signal },
    );
    return value.paths ?? value.files ?? [];
  }

  /** Ends the worker, frees its memory, and rejects pending calls. A later call opens the package again. */
  close(): Promise<void> {
    return this.#host.close(new CollectionError("the package was closed", { code: "stopped", hint: "call again to reopen the package" }));
  }

  async #ask(verb: Verb, options: unknown): Promise<Value> {
    return this.#host.ask([this.#opening], verb, callOf(options).signal);
  }
}

/** What was added, removed and changed between two packages of a device. */
export interface Comparison {
  /** The id of the earlier package. */
  before: string;
  /** The id of the later package. */
  after: string;
  /** Whether the packages were given in reverse order and were swapped, according to their own times. */
  wasTurned: boolean;
  /** Whether both name the same device; null if one of them names none. */
  sameDevice: boolean | null;
  /** The number of differences without noise. */
  differences: number;
  /** The number of differences that are noise. */
  noise: number;
  /**
   * Every difference, noise included: `table`, `change` (`added`, `removed`, `changed`), `key`, `columns`, `before`, `after`.
   * `noise` says why a difference comes from the agent itself or from the passing of time, `note` what to keep in mind. A name
   * alone never makes a difference noise; if in doubt, it is not.
   */
  changes: Table;
  /** What could not be compared, or only in part, so that additions and removals there may be wrong. */
  notCompared: NotCompared[];
}

/**
 * Compares two packages of a device: what was added, removed and changed, with the agent's own noise marked. Both are read by
 * the worker of `after`; closing that package aborts the comparison.
 */
export async function compare(before: Package, after: Package, options?: CallOptions): Promise<Comparison> {
  const [one, other] = [inside(before, "before"), inside(after, "after")];
  const { signal } = callOf(options);
  const both = [one.opening, other.opening];
  try {
    // Opens each on its own first, so that an error is about the right one.
    for (const opening of both) await other.host.ask([opening], { name: "about" }, signal);
    const value = await other.host.ask(both, { name: "compare" }, signal);
    return comparison(value);
  } finally {
    if (one.opening.key !== other.opening.key) other.host.forget(one.opening.key);
  }
}

function comparison(value: Value): Comparison {
  const { was_turned, is_same_device, changes, not_compared, ...said } = JSON.parse(value.json) as ComparisonSaid;
  return { ...said, wasTurned: was_turned, sameDevice: is_same_device, changes: table(changes, value), notCompared: not_compared };
}

function inside(value: Package, name: string): { host: Host; opening: Opening } {
  const found = INSIDE.get(value);
  if (found === undefined) throw no(name, "a package that was opened", value);
  return found;
}

/** Freezes what is returned repeatedly, so that a caller's `sort` cannot change evidence. */
function kept<T>(json: string): T {
  return JSON.parse(json, (_, value: unknown) => Object.freeze(value)) as T;
}

function table(said: TableSaid, { bytes }: Value): Table {
  return new Table(said, bytes ?? new Uint8Array());
}
