use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;

use crate::{
    Column, DateOrderSource, Error, Issue, IssueKind, ParseStatus, Precision, Stamp, TableSchema,
    TzSource,
    artifact::scheduled_tasks::is_record,
    package::Context,
    table::{Cell, Origin, Rows, View},
};

pub(super) static TIMELINE: TableSchema = TableSchema::new(
    "timeline",
    "one event with a time of its own, of any table, in the order of time",
    &[Column::time("time"), Column::text("event"), Column::text("table"), Column::text("message")],
);

/// Which columns of a table make an event. A state at the time of collection is not an event: no
/// time is invented.
struct Event {
    table: &'static str,
    time: &'static str,
    name: &'static str,
    /// The columns that make the message.
    message: &'static [&'static str],
}

const EVENTS: &[Event] = &[
    Event {
        table: "prefetch_runs",
        time: "run",
        name: "program_ran",
        message: &["executable", "hash"],
    },
    Event {
        table: "security_events",
        time: "time_created",
        name: "security_event",
        message: &[
            "event_id",
            "outcome",
            "target_user_name",
            "subject_user_name",
            "logon_type",
            "ip_address",
            "new_process_name",
            "command_line",
            "service_name",
            "task_name",
        ],
    },
    Event {
        table: "other_events",
        time: "time_created",
        name: "event",
        message: &["provider", "event_id", "event_data"],
    },
    Event {
        table: "commands",
        time: "time",
        name: "collector_command",
        message: &["command_name", "command_line"],
    },
    Event {
        table: "processes",
        time: "created",
        name: "process_started",
        message: &["name", "process_id", "command_line"],
    },
    Event {
        table: "scheduled_tasks",
        time: "last_run",
        name: "task_ran",
        message: &["task_name", "task_to_run"],
    },
    Event {
        table: "temp_files",
        time: "modified",
        name: "temp_file_modified",
        message: &["folder", "name", "owner"],
    },
    Event {
        table: "sessions",
        time: "logon",
        name: "user_logged_on",
        message: &["user", "session_name"],
    },
    Event {
        table: "firewall_events",
        time: "time",
        name: "firewall",
        message: &[
            "action",
            "protocol",
            "source_address",
            "source_port",
            "destination_address",
            "destination_port",
        ],
    },
    Event { table: "system_info", time: "time", name: "host_time", message: &["name", "value"] },
    Event { table: "defender_log", time: "time", name: "defender_log", message: &["log", "text"] },
];

/// Whether rows of a table are events.
pub(super) fn has_events(table: &str) -> bool {
    EVENTS.iter().any(|event| event.table == table)
}

/// The events of all tables, up to a memory budget.
pub(crate) struct Timeline {
    events: Vec<Kept>,
    seen: BTreeSet<(i64, String)>,
    bytes: u64,
    limit: u64,
    /// The number of events.
    pub(super) count: u64,
    /// The number of rows of each table that have, or may have, a time but no value in UTC.
    untimed: BTreeMap<&'static str, u64>,
    /// Whether events are kept, or only counted and measured. Either way, the same events fit the
    /// budget.
    is_kept: bool,
}

struct Kept {
    utc: i64,
    event: &'static Event,
    message: String,
    raw: String,
    tz_source: TzSource,
    order_source: DateOrderSource,
    precision: Precision,
    dst_uncertain: bool,
    status: ParseStatus,
    member: String,
    sha256: Option<String>,
    line: Option<u64>,
}

impl Timeline {
    pub(super) fn new(limit: u64, is_kept: bool) -> Self {
        Self {
            events: Vec::new(),
            seen: BTreeSet::new(),
            bytes: 0,
            limit,
            count: 0,
            untimed: BTreeMap::new(),
            is_kept,
        }
    }

    /// Whether events are missing because the budget ran out.
    pub(super) fn is_cut(&self) -> bool {
        self.bytes > self.limit
    }

    /// One issue for each table with rows that are not in the timeline.
    pub(super) fn untimed(&self) -> Vec<Issue> {
        let issue = |(table, rows): (&&str, &u64)| {
            Issue::of_package(
                IssueKind::Untimed,
                match rows {
                    1 => format!("`{table}`: 1 row has no time in UTC, and is not in the timeline"),
                    _ => format!(
                        "`{table}`: {rows} rows have no time in UTC, and are not in the timeline"
                    ),
                },
            )
        };
        self.untimed.iter().map(issue).collect()
    }

    pub(super) fn see(&mut self, table: &'static TableSchema, view: View<'_>, rows: usize) {
        for event in EVENTS.iter().filter(|event| event.table == table.name) {
            for row in 0..rows {
                if self.is_cut() {
                    return;
                }
                self.take(event, view, row);
            }
        }
    }

    fn take(&mut self, event: &'static Event, view: View<'_>, row: usize) {
        let part = |suffix: &str| format!("{}_{suffix}", event.time);
        // A folder is named in itself and above.
        if event.table == "temp_files" && view.text("name", row) == Some("..") {
            return;
        }
        let Some(utc) = view.time(&part("utc"), row) else {
            if may_have_time(event, view, row) {
                *self.untimed.entry(event.table).or_default() += 1;
            }
            return;
        };
        // A task has a row for each trigger, and ran once.
        let has_twins = event.table == "scheduled_tasks";
        let words = event.message.iter().filter_map(|column| view.shown(column, row));
        let mut message = String::new();
        for word in words {
            if !message.is_empty() {
                message.push_str(" | ");
            }
            // The whole is in the table that the event comes from.
            let mut characters = word.chars();
            message.extend(characters.by_ref().take(MESSAGE));
            if characters.next().is_some() {
                message.push('…');
            }
        }
        let has_room = self.seen.len() < MOST_TWINS;
        if has_twins && has_room && !self.seen.insert((utc, message.clone())) {
            return;
        }
        self.count += 1;
        let raw_part = part("raw");
        let raw = view.text(&raw_part, row).unwrap_or_default();
        let member = view.text("member", row).unwrap_or_default();
        let bytes = message.len() + raw.len() + member.len() + size_of::<Kept>() + 64;
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if !self.is_kept {
            return;
        }
        self.events.push(Kept {
            utc,
            event,
            raw: raw.to_owned(),
            tz_source: tz_source(view.text(&part("tz_source"), row)),
            order_source: order_source(view.text(&part("order_source"), row)),
            precision: precision(view.text(&part("precision"), row)),
            dst_uncertain: view.bool(&part("dst_uncertain"), row).unwrap_or(true),
            status: match view.text("parse_status", row) {
                Some("clean") => ParseStatus::Clean,
                Some("repaired") => ParseStatus::Repaired,
                _ => ParseStatus::Partial,
            },
            member: member.to_owned(),
            sha256: view.text("member_sha256", row).map(str::to_owned),
            line: view.int("line", row).and_then(|line| u64::try_from(line).ok()),
            message,
        });
    }

    /// The rows in order of time.
    pub(super) fn rows(&self, context: &Context) -> Result<Vec<RecordBatch>, Error> {
        let mut order: Vec<_> = self.events.iter().collect();
        order.sort_by_key(|kept| kept.utc);
        let mut rows = Rows::new(context, &TIMELINE);
        for kept in order {
            let stamp = Stamp {
                utc: Some(kept.utc),
                raw: &kept.raw,
                tz_source: kept.tz_source,
                order_source: kept.order_source,
                precision: kept.precision,
                dst_uncertain: kept.dst_uncertain,
            };
            let cells = [
                Cell::Time(stamp),
                kept.event.name.into(),
                kept.event.table.into(),
                (&kept.message).into(),
            ];
            let origin = Origin {
                member: &kept.member,
                sha256: kept.sha256.as_deref(),
                line: kept.line,
                raw: None,
            };
            rows.push(origin, kept.status, &cells)?;
        }
        rows.finish()
    }
}

/// Formats a batch of the timeline as lines of safe text for a terminal: time, event and message. A
/// time after the year 9999, which cannot be written as a date, is shown as it stands.
pub fn timeline_lines(batch: &RecordBatch) -> impl Iterator<Item = String> {
    (0..batch.num_rows()).map(move |row| {
        let view = View(batch);
        let time = view.time("time_utc", row).and_then(crate::clock::iso).unwrap_or_else(|| {
            crate::name::safe(view.text("time_raw", row).unwrap_or_default(), LINE)
        });
        // What is not certain to the hour is marked.
        let mark = if view.bool("time_dst_uncertain", row) == Some(true) { '~' } else { ' ' };
        let event = view.text("event", row).unwrap_or_default();
        let message = crate::name::safe(view.text("message", row).unwrap_or_default(), LINE);
        format!("{time}{mark} {event}  {message}")
    })
}

/// Whether a row without a time in UTC has, or may have, a time anyway; words such as `N/A` are not
/// times.
fn may_have_time(event: &Event, view: View<'_>, row: usize) -> bool {
    let raw = view.text(&format!("{}_raw", event.time), row);
    let has_number = raw.is_some_and(|raw| raw.contains(char::is_numeric));
    is_record(event.table, view, row)
        && (has_number || view.text("parse_status", row) == Some("partial"))
}

fn tz_source(name: Option<&str>) -> TzSource {
    [TzSource::InferredOffset, TzSource::Utc]
        .into_iter()
        .find(|source| Some(source.as_str()) == name)
        .unwrap_or(TzSource::Unknown)
}

fn order_source(name: Option<&str>) -> DateOrderSource {
    [
        DateOrderSource::Format,
        DateOrderSource::Locale,
        DateOrderSource::OtherDate,
        DateOrderSource::ProcessList,
        DateOrderSource::Unambiguous,
    ]
    .into_iter()
    .find(|source| Some(source.as_str()) == name)
    .unwrap_or_default()
}

fn precision(name: Option<&str>) -> Precision {
    [
        Precision::Microsecond,
        Precision::Millisecond,
        Precision::Second,
        Precision::Minute,
        Precision::Day,
    ]
    .into_iter()
    .find(|precision| Some(precision.as_str()) == name)
    .unwrap_or(Precision::Unknown)
}

/// The limit for remembered tasks; no host has as many.
const MOST_TWINS: usize = 200_000;
/// The maximum length of a line's message, in characters.
const LINE: usize = 300;
/// The maximum length of one value in a message, in characters: that of the longest command line in
/// Windows.
const MESSAGE: usize = 32_767;
