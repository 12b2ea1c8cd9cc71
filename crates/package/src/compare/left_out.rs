//! What is never compared, and why: all evidence that is not in the rules stands here.

/// Evidence that is not compared, and why.
pub(super) const TABLES: &[(&str, &str)] = &[
    ("security_events", EVENTS),
    ("logon_summary", EVENTS),
    ("other_events", EVENTS),
    ("defender_log", EVENTS),
    ("firewall_events", EVENTS),
    ("commands", "what the agent ran; what it collected is compared"),
    ("collector_log", "the agent's own log of the collection"),
    ("robocopy_totals", "robocopy's counts; the files are compared"),
    ("temp_folders", "counts of `dir`; the files are compared"),
    ("prefetch_runs", "the prefetch files are compared by their count of runs"),
    ("prefetch_files", "the prefetch files are compared by their count of runs"),
    ("prefetch_volumes", "the prefetch files are compared by their count of runs"),
];
const EVENTS: &str = "events and no state: search them, or read the timelines of both";

/// Columns of tables that are compared which are not, and why.
pub(super) const COLUMNS: &[(&str, &[&str], &str)] = &[
    ("system_info", &["depth"], "how far the line is indented"),
    ("system_info", &["time"], "the value, read as a time"),
    (
        "processes",
        &["process_id", "parent_process_id", "created"],
        "of several that are otherwise the same, one that was started anew by a parent of the same name is not told; \
         others are",
    ),
    (
        "processes",
        &[
            "priority",
            "thread_count",
            "handle_count",
            "working_set_bytes",
            "private_bytes",
            "virtual_bytes",
            "page_faults",
            "kernel_time_100ns",
            "user_time_100ns",
            "read_bytes",
            "write_bytes",
            "other_bytes",
        ],
        BY_ITSELF,
    ),
    ("processes", &["host", "os_name", "windows_version"], OF_DEVICE),
    (
        "services",
        &[
            "process_id",
            "started",
            "status",
            "exit_code",
            "service_specific_exit_code",
            "accept_pause",
            "accept_stop",
            "check_point",
            "wait_hint",
        ],
        "follow its state, or change by themselves",
    ),
    ("services", &["caption"], "the display name once more"),
    ("services", &["host"], OF_DEVICE),
    (
        "scheduled_tasks",
        &["next_run", "last_run", "last_result", "has_run", "status"],
        "change whenever it runs",
    ),
    ("scheduled_tasks", &["host"], OF_DEVICE),
    ("autoruns", &["entry", "user_sid"], OF_KEY),
    ("registry_values", &["number"], "the data, read as a number"),
    ("registry_values", &["user_sid"], OF_KEY),
    ("registry_keys", &["value_count"], "keys that have values are told by these"),
    ("registry_keys", &["user_sid"], OF_KEY),
    ("net_sockets", &["process_id"], BY_ITSELF),
    ("net_sockets", &["local_port"], "where something is at the other end, Windows chose it"),
    ("arp", &["interface_index"], BY_ITSELF),
    ("dns_cache", &["time_to_live_s"], BY_ITSELF),
    ("dns_cache", &["data_length"], "the data are compared"),
    ("temp_files", &["owner_may_be_cut"], "how the owner was read"),
    ("groups", &["member_count"], "the members are compared"),
    ("group_members", &["domain", "name"], "the account in parts"),
    ("sessions", &["session_id", "idle_time"], BY_ITSELF),
    ("robocopy_files", &["size_is_rounded"], "how the size was read"),
    (
        "prefetch",
        &["last_run", "files", "volumes", "version", "is_compressed"],
        "change whenever it runs, which the count of runs tells",
    ),
];
const BY_ITSELF: &str = "change by themselves";
const OF_DEVICE: &str = "the same in each row of a device";
const OF_KEY: &str = "parts of the key";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Budgets, Column, ColumnKind, ParseStatus, Precision, Stamp, TableSchema,
        compare::{
            differ::Difference,
            found::{Found, Reading},
            known::Known,
            rules::{RULES, Rule},
        },
        package::Context,
        table::{Cell, Origin, Rows},
    };

    fn context() -> Context {
        Context {
            package_id: String::new(),
            device: None,
            locale: None,
            oem: crate::text::CodePage::of_locale(None),
            clock: crate::clock::Clock::default(),
            host_times: crate::artifact::system_info::TIMES,
            collected: crate::package::Collected::default(),
            budgets: Budgets::default(),
            inflatable: 0,
        }
    }

    /// The value of a column, or another one.
    fn cell(column: &Column, is_other: bool) -> Cell<'static> {
        match column.kind {
            ColumnKind::Bool => is_other.into(),
            ColumnKind::Int => Cell::Int(if is_other { 8 } else { 7 }),
            ColumnKind::Text => if is_other { "other" } else { "one" }.into(),
            ColumnKind::Time => {
                let (utc, raw) = if is_other { (60_000_000, "00:01") } else { (0, "00:00") };
                Cell::Time(Stamp::utc(Some(utc), raw, Precision::Minute))
            }
        }
    }

    /// A row beside a second one, with one column changed, or with none.
    fn found(rule: &Rule, schema: &'static TableSchema, changed: Option<&str>) -> Found {
        let context = context();
        let mut rows = Rows::new(&context, schema);
        for changed in [changed, None] {
            let is_other = |column: &Column| changed == Some(column.name);
            let cells: Vec<_> = schema.columns.iter().map(|own| cell(own, is_other(own))).collect();
            rows.push(Origin::default(), ParseStatus::Clean, &cells).unwrap();
        }
        let (mut found, known) = (Found::default(), Known::default());
        for batch in rows.finish().unwrap() {
            found.take(
                rule,
                &batch,
                Reading { known: &known, is_timed: true, by_session: true, limit: u64::MAX },
            );
        }
        found
    }

    #[test]
    fn every_column_is_compared_or_said_not_to_be() {
        for rule in RULES {
            let schema = crate::package::schema(rule.table).unwrap();
            let said: Vec<_> = COLUMNS
                .iter()
                .filter(|(table, ..)| *table == rule.table)
                .flat_map(|(_, columns, _)| columns.iter().copied())
                .collect();
            let names: Vec<_> = schema.columns.iter().map(|column| column.name).collect();
            assert!(said.iter().all(|own| names.contains(own)), "{}: {said:?}", rule.table);
            for name in names {
                let one = found(rule, schema, None);
                let other = found(rule, schema, Some(name));
                let keys = one.things.keys().chain(other.things.keys());
                let is_told = |key: &Vec<String>| {
                    Difference::of(rule, one.things.get(key), other.things.get(key)).is_some()
                };
                let (is_told, is_said) = (keys.clone().any(is_told), said.contains(&name));
                assert!(
                    is_told ^ is_said,
                    "`{}.{name}`: told {is_told}, said not to be {is_said}",
                    rule.table
                );
            }
        }
        assert!(COLUMNS.iter().all(|(table, ..)| RULES.iter().any(|rule| rule.table == *table)));
    }
}
