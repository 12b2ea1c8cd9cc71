/** A package, opened: what it holds, and its tables. */

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

/** What the worker says of a package that it has opened. */
interface Said {
  about: About;
  schemas: TableSchema[];
}

/** A member of a package, or of an archive in it: columns of the table `members`. */
export interface Member {
  /** Its name as safe text; what lies in an inner archive has the archive's name and `!` before it. */
  name: string;
  /** The artifact that it belongs to, `known`, `archive` or `unrecognised`. */
  kind: string;
  /** Bytes that it inflates to; where it could not be inflated what it says of itself, which may be any number. */
  size: number | bigint | null;
  /** Lower-case hexadecimal SHA-256 of its inflated bytes, if all of them could be had. */
  sha256: string | null;
  /** What checking it gave: `good` if every byte is as declared. */
  verdict: string;
  /** How its text is decoded, where it is text. */
  encoding: string | null;
}

/** What compares packages: what is behind each. */
const INSIDE = new WeakMap<Package, { host: Host; opening: Opening }>();
/** Ends the worker of a package that nobody holds any more. */
const FORGOTTEN = new FinalizationRegistry<Host>((host) => void host.close(new DOMException("the package was given up", "AbortError")));

/**
 * An investigation package, opened. A worker of its own reads it, and nothing is sent anywhere.
 *
 * Nothing of a table is read before it is asked for, and it is read anew each time; keep what you need. Reading one
 * never fails for what is in the package: what is damaged or too large gives a table that is `partial`, and an issue
 * that says so.
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

  /** The collection's GUID; a digest of the members where the package does not say. */
  get id(): string {
    return this.#said.about.package_id;
  }

  /** The device's name, as the package itself gives it. */
  get device(): string | null {
    return this.#said.about.device;
  }

  /** When it was collected, and how its local times are read. */
  get collection(): Collection {
    return this.#said.about.collection;
  }

  /** Bytes of the zip, or of the files of the folder. */
  get size(): number {
    return this.#said.about.size;
  }

  /**
   * Whether structure and every CRC of the zip are right; null where not every byte could be checked, as of encrypted
   * members, and of a folder, which has nothing to be held against.
   */
  get whole(): boolean | null {
    return this.#said.about.whole;
  }

  /** What is remarkable about the zip itself. */
  get findings(): readonly Finding[] {
    return this.#said.about.findings;
  }

  /** Every table that a package can have, whether this one has rows for it or not. */
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
   * The rows of one table as plain objects: texts, numbers (`bigint` beyond 2^53), booleans, and times as RFC 3339 in UTC.
   *
   * @throws InvalidInputError `unknown_table`.
   */
  async rows(name: string, options?: CallOptions): Promise<Row[]> {
    const value = await this.#ask({ name: "table", table: text(name, "name"), format: "ndjson" }, options);
    return rows(value.bytes ?? new Uint8Array());
  }

  /** What has a time of its own, in the order of time. */
  timeline(options?: CallOptions): Promise<Table> {
    return this.table("timeline", options);
  }

  /** The members, those of inner archives included. */
  async members(options?: CallOptions): Promise<Member[]> {
    const own = ({ name, kind, size, sha256, verdict, encoding }: Row) => ({ name, kind, size, sha256, verdict, encoding });
    return (await this.rows("members", options)).map((row) => own(row) as unknown as Member);
  }

  /** What reading everything came to: rows counted, coverage, issues. Reads the whole package, once; what it gives is frozen. */
  async report(options?: CallOptions): Promise<Report> {
    if (this.#report !== undefined) return this.#report;
    const { json } = await this.#ask({ name: "report" }, options);
    return (this.#report ??= kept<Report>(json));
  }

  /** What the package has and has not: per artifact, per command of the agent's own summary, and what is never collected. */
  async coverage(options?: CallOptions): Promise<readonly Coverage[]> {
    return (await this.report(options)).coverage;
  }

  /** What to know before trusting it. */
  async issues(options?: CallOptions): Promise<readonly Issue[]> {
    return (await this.report(options)).issues;
  }

  /** Where a second, independent count of an artifact differs from the rows of its table. Empty where all agree. */
  async reconciliation(options?: CallOptions): Promise<Issue[]> {
    return (await this.issues(options)).filter(({ code }) => code === "count_mismatch");
  }

  /** Whether evidence is missing or in doubt for a reason that somebody should look at. */
  async needsALook(options?: CallOptions): Promise<boolean> {
    return (await this.report(options)).needs_a_look;
  }

  /**
   * Looks for indicators of compromise in every text of every table, without case, as whole words.
   *
   * @param indicators Hashes, addresses, domains and names: a text with one per line, or several texts. `#` begins a
   * remark; `hxxp` and `[.]` are understood.
   * @returns The hits; that there are none says nothing of what is in `not_searched`. Its `indicators` are what was looked for.
   * @throws InvalidInputError `invalid_option` if there is not one indicator, or a line that cannot be looked for.
   */
  async search(indicators: string | Iterable<string>, options?: SearchOptions): Promise<Search> {
    const list = typeof indicators === "string" ? text(indicators, "indicators") : texts(indicators, "indicators").join("\n");
    const { limit = 10_000, signal } = callOf(options, { limit: "other" });
    return JSON.parse((await this.#ask({ name: "search", indicators: list, limit: limitOf(limit) }, { signal })).json) as Search;
  }

  /**
   * The processes as `nodes`, each after its parent; an id that was used again makes no parent. Rows that could not be read come
   * last; whether some are missing, and why, is said beside them.
   */
  async tree(options?: CallOptions): Promise<ProcessTree> {
    return JSON.parse((await this.#ask({ name: "tree" }, options)).json) as ProcessTree;
  }

  /**
   * The bytes of a member, by its `name` or its `sha256` in {@link members}.
   *
   * @throws PackageError `unreadable` if there is no such member, if it is damaged, or if several have that name and not the same
   * bytes; `over_budget` if it inflates to more
   * than the budget `heldBytes`.
   */
  async read(member: string, options?: CallOptions): Promise<Uint8Array<ArrayBuffer>> {
    const value = await this.#ask({ name: "read", member: text(member, "member") }, options);
    return value.bytes ?? new Uint8Array();
  }

  /**
   * The bytes of a member of any size, as a Blob, which a browser keeps on the disk where it is large.
   *
   * @throws PackageError `unreadable`.
   */
  async blob(member: string, options?: CallOptions): Promise<Blob> {
    const value = await this.#ask({ name: "blob", member: text(member, "member") }, options);
    return value.files?.[0]?.blob ?? new Blob();
  }

  /**
   * Writes members as files whose names are their SHA-256: nothing is ever written by a member's name.
   *
   * @param to A folder's path (Node), where `members.json` says which is which, of what was extracted there before too; left
   * out, Blobs.
   * @returns For each member its place (`index`), its name (`member`), its `file`, `size` and `sha256`, and without a folder its `blob`. Members
   * whose bytes are not whole are not among them.
   * @throws OutputError `write_failed` if a file cannot be written, or one is there and is not what its name says; PackageError `unreadable` if a member cannot be read any
   * more.
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
   * Writes tables as files, one for each, and `tables.json`, which says what was read.
   *
   * @param to A folder's path (Node), whose files get their names when all are written; left out, Blobs.
   * @returns The paths, or the names and Blobs.
   * @throws InvalidInputError `unknown_table`, and `no_place` if the format has none for a table that is named;
   *   OutputError `write_failed` if a file is there already or cannot be written.
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

  /** Ends the worker, frees its memory, and calls off what was asked until then. A later call opens the package again. */
  close(): Promise<void> {
    return this.#host.close(new CollectionError("the package was closed", { code: "stopped", hint: "call it again: the package is opened anew" }));
  }

  async #ask(verb: Verb, options: unknown): Promise<Value> {
    return this.#host.ask([this.#opening], verb, callOf(options).signal);
  }
}

/** What was added, removed and changed between two packages of a device. */
export interface Comparison {
  /** The id of the earlier package. */
  before: string;
  /** The id of the later one. */
  after: string;
  /** Whether the packages were given in the other order, and were turned round by their own times. */
  wasTurned: boolean;
  /** Whether both name the same device; null where one of them names none. */
  sameDevice: boolean | null;
  /** How many differences there are without what is noise. */
  differences: number;
  /** How many are noise. */
  noise: number;
  /**
   * Every difference, noise included: `table`, `change` (`added`, `removed`, `changed`), `key`, `columns`, `before`,
   * `after`; `noise` says why it is the agent's own doing or the passing of time, `note` what to keep in mind. A name alone
   * makes no noise: what is in doubt has none.
   */
  changes: Table;
  /** What could not be compared, or not in full: what seems added or removed there may be neither. */
  notCompared: NotCompared[];
}

/**
 * Says what was added, removed and changed between two packages of a device, the agent's own noise marked. It is the worker of
 * `after` that reads both: a close of that one calls it off.
 */
export async function compare(before: Package, after: Package, options?: CallOptions): Promise<Comparison> {
  const [one, other] = [inside(before, "before"), inside(after, "after")];
  const { signal } = callOf(options);
  const both = [one.opening, other.opening];
  try {
    // Each by itself first: what is wrong with one is not said of the other.
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

/** What is given again and again, frozen: no caller's `sort` changes evidence. */
function kept<T>(json: string): T {
  return JSON.parse(json, (_, value: unknown) => Object.freeze(value)) as T;
}

function table(said: TableSaid, { bytes }: Value): Table {
  return new Table(said, bytes ?? new Uint8Array());
}
