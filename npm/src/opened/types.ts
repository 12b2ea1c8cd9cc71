/**
 * Plain data of packages, as its Rust types serialise themselves. `cargo xtask npm --types` generates this file from them.
 */

/**
 * What a package says about itself, and whether its zip is whole.
 */
export type About = { 
/**
 * The collection's GUID, or a digest of the members if the package does not contain it.
 */
package_id: string, 
/**
 * The device's name, as the package itself gives it.
 */
device: string | null, 
/**
 * When it was collected, and how its local times are interpreted.
 */
collection: Collection, 
/**
 * The size of the zip, or of all files of the folder, in bytes.
 */
size: number, 
/**
 * Whether the structure and every CRC-32 of the zip are right. `None` if not every byte could
 * be checked, for example because members are encrypted; always `None` for a folder, which has
 * no checksums.
 */
whole: boolean | null, 
/**
 * The findings about the zip itself.
 */
findings: Array<Finding>, };

/**
 * When a package was collected, and how its local times are interpreted.
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
 * The code page in which console programs write text that is not Unicode.
 */
oem_code_page: number, 
/**
 * The time zone as the host names it.
 */
zone: string | null, 
/**
 * The host's UTC offset when the package was collected, such as `+05:30`.
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
 * How the order of day and month was determined.
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
 * How the order of day and month in a date was determined.
 */
export type DateOrderSource = "format" | "locale" | "other_date" | "process_list" | "unambiguous" | "unknown";

/**
 * A member that can be extracted.
 */
export type Extract = { 
/**
 * Its position in the table `members`, counted from 0. Several members may share a name.
 */
index: number, 
/**
 * A file name that is safe on every system: the SHA-256 of the bytes, without any part of the
 * member's name.
 */
file: string, 
/**
 * The member's name as safe text.
 */
member: string, 
/**
 * Its size in bytes.
 */
size: number, 
/**
 * The SHA-256 of its bytes.
 */
sha256: string, };

/**
 * Something unusual, dangerous or broken in a package.
 */
export type Finding = { 
/**
 * The kind of finding.
 */
code: FindingKind, 
/**
 * How serious it is.
 */
severity: Severity, 
/**
 * The member concerned, as its position in the central directory, counted from 0.
 */
member: number | null, 
/**
 * The offset in the package, in bytes.
 */
offset: number | null, 
/**
 * What was found, as one line of safe text.
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
 * Something to search for.
 */
export type Indicator = { 
/**
 * The text, without the changes that made it harmless to click on.
 */
value: string, 
/**
 * The kind of indicator.
 */
kind: IndicatorKind, };

/**
 * A kind of indicator.
 */
export type IndicatorKind = "address" | "domain" | "hash" | "name";

/**
 * One thing that a responder should know about the content of a package.
 */
export type Issue = { 
/**
 * The kind of issue.
 */
code: IssueKind, 
/**
 * The member concerned, as in the column `member`.
 */
member: string | null, 
/**
 * The line or record in the member, counted from 1.
 */
line: number | null, 
/**
 * What was found, as one line of safe text.
 */
message: string, };

/**
 * What an issue is about. Each kind has a stable name.
 */
export type IssueKind = "bad_format" | "count_mismatch" | "damaged_member" | "encoding" | "hazard" | "left_out" | "missing" | "missing_member" | "nothing_recognised" | "over_budget" | "partial_row" | "reader_failed" | "several_packages" | "time" | "unrecognised" | "untimed";

/**
 * What was found. Each kind has one severity and a stable name.
 *
 * Field names, flags and records are those of APPNOTE.TXT 6.3.10 (PKWARE, ".ZIP File Format
 * Specification"). Names that are special on Windows are those of "Naming Files, Paths, and
 * Namespaces" (Microsoft).
 */
export type FindingKind = "absolute_name" | "ambiguous_end" | "backslash_name" | "bad_data" | "bidi_name" | "case_collision" | "comment" | "control_name" | "crc_mismatch" | "data_between_entries" | "descriptor_mismatch" | "device_entry" | "directory_damaged" | "directory_with_data" | "drive_name" | "duplicate_name" | "empty_archive" | "empty_name" | "encrypted" | "entry_count_mismatch" | "extra_field" | "invalid_utf8_name" | "local_header_differs" | "local_header_mismatch" | "local_header_missing" | "long_name" | "multi_disk" | "nested_archive" | "not_authentic" | "other_name" | "over_budget" | "overlap" | "prefix_data" | "ratio_bomb" | "reader_failed" | "reserved_name" | "size_mismatch" | "stream_name" | "symbolic_link" | "too_many_entries" | "trailing_data" | "trailing_dot_or_space" | "traversal_name" | "truncated" | "unlisted_entry" | "unmarked_utf8_name" | "unsupported_method" | "wrong_password" | "zip64_mismatch";

/**
 * Part of a package that could not be compared.
 */
export type NotCompared = { 
/**
 * The package concerned: `before`, `after` or `both`.
 */
side: string, 
/**
 * The member, as in the column `member`; `None` if it is the package as a whole.
 */
member: string | null, 
/**
 * The reason, as one line of safe text.
 */
why: string, 
/**
 * Whether it is never compared, whatever the packages contain; events, for example.
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
 * What is known about a process's parent.
 */
export type ProcessParent = "found" | "gone" | "none" | "reused";

/**
 * One process in a tree.
 */
export type ProcessNode = { 
/**
 * Its depth; 0 for a root.
 */
depth: number, 
/**
 * Its process id; `None` if its row could not be read, which is then in [`raw`](Self::raw).
 */
process_id: number | null, 
/**
 * Its parent's process id, as in the list.
 */
parent_process_id: number | null, 
/**
 * Its name.
 */
name: string, 
/**
 * Its command line, if the list has it.
 */
command_line: string | null, 
/**
 * When it was started, in microseconds since 1970 UTC.
 */
created: number | null, 
/**
 * What is known about its parent.
 */
parent: ProcessParent, 
/**
 * Its line in the list, counted from 1.
 */
line: number | null, 
/**
 * The text of a row without a process id; `None` for other rows.
 */
raw: string | null, };

/**
 * The process tree of a host.
 */
export type ProcessTree = { 
/**
 * The processes, each after its parent. Rows without a process id come last, as roots.
 */
nodes: Array<ProcessNode>, 
/**
 * What was noticed while reading the list.
 */
issues: Array<Issue>, 
/**
 * Whether processes are missing: the list is absent, emptied or damaged, or a budget ran out.
 */
is_partial: boolean, };

/**
 * The result of reading a whole package.
 */
export type Report = { 
/**
 * The row counts of all tables, including empty ones.
 */
tables: Array<TableCount>, 
/**
 * What the package has and what it lacks: for each artifact, for each command in the agent's
 * summary, and for what is never collected.
 */
coverage: Array<Coverage>, 
/**
 * What a responder should know before trusting the package.
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
 * How serious a finding is.
 */
export type Severity = "notice" | "hazard" | "unread" | "damage";

/**
 * The row counts of one table.
 */
export type TableCount = { 
/**
 * The table's name.
 */
table: string, 
/**
 * The number of rows.
 */
rows: number, 
/**
 * How many of them were read after undoing the agent's damage.
 */
repaired: number, 
/**
 * How many of them were only partly read.
 */
partial: number, 
/**
 * Whether rows are missing: a budget ran out, or a member is absent, damaged, emptied or
 * without its header.
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
