/**
 * Plain data of packages, as its Rust types serialise themselves. `cargo xtask npm --types` generates this file from them.
 */

/**
 * What a package says of itself, and whether its zip is whole: what every face tells of it first.
 */
export type About = { 
/**
 * The collection's GUID, or a digest of the members where the package does not say.
 */
package_id: string, 
/**
 * The device's name, as the package itself gives it.
 */
device: string | null, 
/**
 * When it was collected, and how its local times are read.
 */
collection: Collection, 
/**
 * Bytes of the zip, or of the files of the folder.
 */
size: number, 
/**
 * Whether structure and every CRC of the zip are right; `None` where not every byte could be checked, as of
 * encrypted members, and of a folder, which has nothing to be held against.
 */
whole: boolean | null, 
/**
 * What is remarkable about the zip itself.
 */
findings: Array<Finding>, };

/**
 * When a package was collected, and how its local times are read.
 */
export type Collection = { 
/**
 * The time of the first command, RFC 3339, UTC.
 */
started: string | null, 
/**
 * The time of the last command, RFC 3339, UTC.
 */
ended: string | null, 
/**
 * The time of the first command in milliseconds since 1970 UTC.
 */
started_ms: number | null, 
/**
 * The host's locale, such as `en-gb`.
 */
locale: string | null, 
/**
 * The code page that console programs write where they write no Unicode.
 */
oem_code_page: number, 
/**
 * The zone as the host names it.
 */
zone: string | null, 
/**
 * How far the host was ahead of UTC when the package was collected, such as `+05:30`.
 */
utc_offset: string | null, 
/**
 * How the offset was found: `robocopy_and_summary`, `newest_process_and_summary` or
 * `system_information`.
 */
utc_offset_source: string | null, 
/**
 * `day_month_year` or `month_day_year`.
 */
date_order: string | null, 
/**
 * How day and month were told apart.
 */
date_order_source: DateOrderSource, };

/**
 * What a package has of one thing that may be in it.
 */
export type Coverage = { 
/**
 * What kind of thing: `artifact`, `command`, `member`, or `never` for what is not collected.
 */
kind: string, 
/**
 * Its name.
 */
subject: string, 
/**
 * What the package has of it.
 */
status: CoverageStatus, 
/**
 * How many members it was read from.
 */
members: number, 
/**
 * How many rows it gave.
 */
rows: number, 
/**
 * What to know about it, in one line of safe text.
 */
detail: string, };

/**
 * What a package has of something.
 */
export type CoverageStatus = "empty" | "failed" | "missing" | "not_collected" | "present" | "unrecognised" | "windowed";

/**
 * How day and month of a date were told apart.
 */
export type DateOrderSource = "format" | "locale" | "other_date" | "process_list" | "unambiguous" | "unknown";

/**
 * One member that can be extracted.
 */
export type Extract = { 
/**
 * Its place in the table `members`, counted from 0: several members may have one name.
 */
index: number, 
/**
 * A name that is safe on every system: the SHA-256 of the bytes, and nothing of the member's name.
 */
file: string, 
/**
 * The member's name as safe text.
 */
member: string, 
/**
 * How many bytes it has.
 */
size: number, 
/**
 * The SHA-256 of its bytes, in lower-case hexadecimal digits.
 */
sha256: string, };

/**
 * One thing that is remarkable, dangerous or broken about a package.
 */
export type Finding = { 
/**
 * What it is.
 */
code: FindingKind, 
/**
 * How grave it is.
 */
severity: Severity, 
/**
 * The member it is about, by its place in the central directory, counted from 0.
 */
member: number | null, 
/**
 * Where in the package it is, in bytes from its start.
 */
offset: number | null, 
/**
 * What was seen, in one line of safe text.
 */
message: string, };

/**
 * Where an indicator was found.
 */
export type Hit = { 
/**
 * The indicator, as it was looked for.
 */
indicator: string, 
/**
 * What kind it is.
 */
kind: IndicatorKind, 
/**
 * The table that has it; `text` where it stands in a line of a member that no row has.
 */
table: string, 
/**
 * The column that has it.
 */
column: string, 
/**
 * The member that the row comes from.
 */
member: string, 
/**
 * The line or record of the member, counted from 1.
 */
line: number | null, 
/**
 * The value that has it, as safe text, cut.
 */
value: string, };

/**
 * Something to look for.
 */
export type Indicator = { 
/**
 * The text, with what made it harmless taken back.
 */
value: string, 
/**
 * What it is.
 */
kind: IndicatorKind, };

/**
 * What an indicator is.
 */
export type IndicatorKind = "address" | "domain" | "hash" | "name";

/**
 * One thing that a responder has to know about the content of a package.
 */
export type Issue = { 
/**
 * What it is.
 */
code: IssueKind, 
/**
 * The member it is about, as the column `member` names it.
 */
member: string | null, 
/**
 * The line or record of the member, counted from 1.
 */
line: number | null, 
/**
 * What was seen, in one line of safe text.
 */
message: string, };

/**
 * What an issue is about; each kind has a stable name.
 */
export type IssueKind = "bad_format" | "count_mismatch" | "damaged_member" | "encoding" | "hazard" | "left_out" | "missing" | "missing_member" | "nothing_recognised" | "over_budget" | "partial_row" | "reader_failed" | "several_packages" | "time" | "unrecognised" | "untimed";

/**
 * What was found; each kind has one severity and a stable name.
 *
 * Field names, flags and records are those of APPNOTE.TXT 6.3.10 (PKWARE, ".ZIP File Format
 * Specification"); names that are special on Windows are those of "Naming Files, Paths, and
 * Namespaces" (Microsoft).
 */
export type FindingKind = "absolute_name" | "ambiguous_end" | "backslash_name" | "bad_data" | "bidi_name" | "case_collision" | "comment" | "control_name" | "crc_mismatch" | "data_between_entries" | "descriptor_mismatch" | "device_entry" | "directory_damaged" | "directory_with_data" | "drive_name" | "duplicate_name" | "empty_archive" | "empty_name" | "encrypted" | "entry_count_mismatch" | "extra_field" | "invalid_utf8_name" | "local_header_differs" | "local_header_mismatch" | "local_header_missing" | "long_name" | "multi_disk" | "nested_archive" | "not_authentic" | "other_name" | "over_budget" | "overlap" | "prefix_data" | "ratio_bomb" | "reader_failed" | "reserved_name" | "size_mismatch" | "stream_name" | "symbolic_link" | "too_many_entries" | "trailing_data" | "trailing_dot_or_space" | "traversal_name" | "truncated" | "unlisted_entry" | "unmarked_utf8_name" | "unsupported_method" | "wrong_password" | "zip64_mismatch";

/**
 * Something of one package that could not be compared.
 */
export type NotCompared = { 
/**
 * Of which package: `before`, `after` or `both`.
 */
side: string, 
/**
 * The member, as the column `member` names it; none where it is the package.
 */
member: string | null, 
/**
 * Why, in one line of safe text.
 */
why: string, 
/**
 * Whether it is never compared, whatever the packages have, such as events.
 */
is_by_design: boolean, };

/**
 * A member or a table that was not searched, or not to its end.
 */
export type NotSearched = { 
/**
 * The member, as the column `member` names it; none where it is the package.
 */
member: string | null, 
/**
 * Why, in one line of safe text.
 */
why: string, };

/**
 * What became of a process's parent: what was started after its child is not its parent.
 */
export type ProcessParent = "found" | "gone" | "none" | "reused";

/**
 * One process in the tree of its host.
 */
export type ProcessNode = { 
/**
 * How deep it stands, counted from 0 for a root.
 */
depth: number, 
/**
 * Its process id; none where its row could not be read, which [`raw`](Self::raw) then has.
 */
process_id: number | null, 
/**
 * The process id of its parent, as it stands in the list.
 */
parent_process_id: number | null, 
/**
 * Its name.
 */
name: string, 
/**
 * Its command line, where the list has it.
 */
command_line: string | null, 
/**
 * When it was started, in microseconds since 1970 UTC.
 */
created: number | null, 
/**
 * What became of its parent.
 */
parent: ProcessParent, 
/**
 * The line of the list, counted from 1.
 */
line: number | null, 
/**
 * The text of a row that has no process id, as it stands in the list; none of others.
 */
raw: string | null, };

/**
 * The processes of a host, and what of them could not be told.
 */
export type ProcessTree = { 
/**
 * The processes, each after its parent; rows without a process id come last, as roots.
 */
nodes: Array<ProcessNode>, 
/**
 * What was remarkable about the list.
 */
issues: Array<Issue>, 
/**
 * Whether processes are missing: the list is not there, emptied or damaged, or a budget ran out.
 */
is_partial: boolean, };

/**
 * What reading a whole package came to.
 */
export type Report = { 
/**
 * How many rows each table has, also those that have none.
 */
tables: Array<TableCount>, 
/**
 * What the package has, and what it has not: per artifact, per command of the agent's summary,
 * and for what is never collected.
 */
coverage: Array<Coverage>, 
/**
 * What a responder has to know before trusting it.
 */
issues: Array<Issue>, 
/**
 * Whether evidence is missing or in doubt for a reason that somebody should look at.
 */
needs_a_look: boolean, };

/**
 * What looking for indicators came to.
 */
export type Search = { 
/**
 * Where they were found, up to the limit.
 */
hits: Array<Hit>, 
/**
 * How many hits there are, also beyond the limit.
 */
total: number, 
/**
 * What was looked for, as the lines of the list were understood.
 */
indicators: Array<Indicator>, 
/**
 * How many hits each of them has, in the same order, also beyond the limit.
 */
hits_per_indicator: Array<number>, 
/**
 * What was not searched, or not to its end: that nothing was found there proves nothing.
 */
not_searched: Array<NotSearched>, };

/**
 * How grave a finding is.
 */
export type Severity = "notice" | "hazard" | "unread" | "damage";

/**
 * The rows of one table.
 */
export type TableCount = { 
/**
 * The table's name.
 */
table: string, 
/**
 * How many rows it has.
 */
rows: number, 
/**
 * How many of them were read with the agent's damage undone.
 */
repaired: number, 
/**
 * How many of them were read in part.
 */
partial: number, 
/**
 * Whether rows are missing: a budget ran out, or a member is not there, damaged, emptied, or without its header.
 */
is_partial: boolean, };

/**
 * The differences between two packages, which are a table.
 */
export type ComparisonSaid = { 
/**
 * The id of the earlier package.
 */
before: string, 
/**
 * The id of the later one.
 */
after: string, 
/**
 * Whether the packages were given in the other order, and were turned round by their times.
 */
was_turned: boolean, 
/**
 * Whether both name the same device; null where one of them names none.
 */
is_same_device: boolean | null, 
/**
 * How many differences there are without what is noise.
 */
differences: number, 
/**
 * How many differences are noise: the agent's own doing, or what changes by itself.
 */
noise: number, 
/**
 * What is said of the table of every difference, noise included.
 */
changes: TableSaid, 
/**
 * What could not be compared, or not in full: what seems added or removed there may be neither.
 */
not_compared: Array<NotCompared>, };

/**
 * A file of a folder, or the zip.
 */
export type FileGiven = { 
/**
 * Its path below the folder, with slashes; of a zip it says nothing.
 */
name: string, 
/**
 * Bytes.
 */
size: number, };

/**
 * Something below a folder that is not read.
 */
export type LeftOut = { 
/**
 * Its path below the folder, with slashes.
 */
name: string, 
/**
 * Why: it lies too deep, it is a link, or it is something else than a file.
 */
kind: "deep" | "link" | "other", };

/**
 * Why something could not be done.
 */
export type Refusal = { 
/**
 * What it is, by a name that is the same in Rust, Python and JavaScript.
 */
code: string, 
/**
 * What happened, whose fault it was, and what to do about it.
 */
message: string, 
/**
 * What to do about it, where it is of the package reader.
 */
hint?: string, };

/**
 * What a table is.
 */
export type TableSchema = { 
/**
 * Its name, such as `processes`.
 */
name: string, 
/**
 * What a row of it is, in one line.
 */
doc: string, 
/**
 * The names of its columns, those of provenance included.
 */
columns: Array<string>, };

/**
 * What is said of a table that was read.
 */
export type TableSaid = { 
/**
 * How many rows it has.
 */
rows: number, 
/**
 * Whether rows are missing: a budget ran out, or a member is not there, damaged, emptied, or without its header.
 */
partial: boolean, 
/**
 * What was remarkable while it was read.
 */
issues: Array<Issue>, 
/**
 * Its name, such as `processes`.
 */
name: string, 
/**
 * What a row of it is, in one line.
 */
doc: string, 
/**
 * The names of its columns, those of provenance included.
 */
columns: Array<string>, };
