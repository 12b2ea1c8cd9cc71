//! `ScheduledTasks.csv`: `schtasks.exe /query /v /fo CSV`, one row per trigger or action, with names of
//! columns in the host's language.

use super::{Artifact, Columns};
use crate::{
    Column, Error, IssueKind, ParseStatus, TableSchema,
    package::{Input, Key},
    table::{Cell, Output, Stop},
    text::Lines,
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "scheduled_tasks",
    tables: &[&SCHEDULED_TASKS],
    takes: |key: &Key| key.file() == "scheduledtasks.csv",
    commands: &["ScheduledTasks"],
    read,
};

pub(crate) static SCHEDULED_TASKS: TableSchema = TableSchema::new(
    "scheduled_tasks",
    "one trigger or action of a scheduled task",
    &[
        Column::text("host"),
        Column::text("task_name"),
        Column::time("next_run"),
        Column::text("status"),
        Column::text("logon_mode"),
        Column::time("last_run"),
        Column::int("last_result"),
        Column::text("author"),
        Column::text("task_to_run"),
        Column::text("start_in"),
        Column::text("comment"),
        Column::text("state"),
        Column::text("idle_time"),
        Column::text("power_management"),
        Column::text("run_as_user"),
        Column::text("delete_if_not_rescheduled"),
        Column::text("stop_after"),
        Column::text("schedule"),
        Column::text("schedule_type"),
        Column::text("start_time"),
        Column::text("start_date"),
        Column::text("end_date"),
        Column::text("days"),
        Column::text("months"),
        Column::text("repeat_every"),
        Column::text("repeat_until_time"),
        Column::text("repeat_until_duration"),
        Column::text("repeat_stop_if_running"),
        Column::bool("has_run"),
    ],
);

const FIELDS: &[&str] = &[
    "HostName",
    "TaskName",
    "Next Run Time",
    "Status",
    "Logon Mode",
    "Last Run Time",
    "Last Result",
    "Author",
    "Task To Run",
    "Start In",
    "Comment",
    "Scheduled Task State",
    "Idle Time",
    "Power Management",
    "Run As User",
    "Delete Task If Not Rescheduled",
    "Stop Task If Runs X Hours and X Mins",
    "Schedule",
    "Schedule Type",
    "Start Time",
    "Start Date",
    "End Date",
    "Days",
    "Months",
    "Repeat: Every",
    "Repeat: Until: Time",
    "Repeat: Until: Duration",
    "Repeat: Stop If Still Running",
];

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut rows = Rows { lines: input.lines()?, next: None };
    let Some(first) = rows.next()? else { return Ok(()) };
    let header: Vec<_> = first.fields();
    let Some(columns) = Columns::find(&header, FIELDS) else {
        output.issue(IssueKind::BadFormat, first.line, || {
            format!("its header has {} columns, where tasks have {}", header.len(), FIELDS.len())
        });
        return Ok(());
    };
    while let Some(row) = rows.next()? {
        let fields = row.fields();
        // Some builds repeat the header for each folder of tasks.
        if fields == header {
            continue;
        }
        let mut values = columns.values(&fields);
        let never = never_ran(values.get(6));
        let mut cells = Vec::with_capacity(FIELDS.len() + 1);
        for index in 0..FIELDS.len() {
            cells.push(match index {
                6 => values.int(index),
                // The time of a run that never was is a placeholder, and no time.
                5 if never => Cell::Null,
                2 | 5 => match values.get(index).map(|text| output.clock().local(text)) {
                    Some(stamp) => Cell::Time(stamp),
                    None => Cell::Null,
                },
                _ => values.text(index),
            });
        }
        cells.push(Cell::Bool(!never));
        let is_amiss = values.is_amiss || row.is_cut;
        if is_amiss {
            output.issue(IssueKind::PartialRow, row.line, || "a task in part".to_owned());
        }
        let status = ParseStatus::Clean.or_partial(is_amiss);
        output.row(&SCHEDULED_TASKS, row.line, status, &row.text, &cells)?;
    }
    Ok(())
}

/// The rows of the member. Though it looks so it is no CSV: schtasks puts quotes around each field and
/// leaves those inside as they are, so `","` alone tells fields apart.
struct Rows<'a> {
    lines: Lines<'a>,
    next: Option<Row>,
}

struct Row {
    line: u64,
    text: String,
    is_cut: bool,
}

impl Rows<'_> {
    fn next(&mut self) -> Result<Option<Row>, Error> {
        let Some(mut row) = self.take()? else { return Ok(None) };
        // A field may have line ends of its own; then the next line does not begin as rows do.
        let mut joined = 1;
        while joined < LONGEST && row.text.len() < LONGEST_BYTES && !row.is_whole() {
            match self.take()? {
                Some(more) if !more.text.starts_with('"') || more.text.starts_with("\",\"") => {
                    row.text = row.text + "\n" + &more.text;
                    row.is_cut |= more.is_cut;
                    joined += 1;
                }
                more => {
                    self.next = more;
                    break;
                }
            }
        }
        Ok(Some(row))
    }

    /// The next line that is not empty.
    fn take(&mut self) -> Result<Option<Row>, Error> {
        if let Some(row) = self.next.take() {
            return Ok(Some(row));
        }
        while let Some(line) = self.lines.next()? {
            if !line.text.is_empty() {
                let text = line.text.to_owned();
                return Ok(Some(Row { line: line.number, text, is_cut: line.is_cut }));
            }
        }
        Ok(None)
    }
}

impl Row {
    fn is_whole(&self) -> bool {
        self.text.ends_with('"') && self.text.matches("\",\"").count() + 1 >= FIELDS.len()
    }

    fn fields(&self) -> Vec<String> {
        let inside = self.text.strip_prefix('"').unwrap_or(&self.text);
        let inside = inside.strip_suffix('"').unwrap_or(inside);
        inside.split("\",\"").take(MOST).map(str::to_owned).collect()
    }
}

/// Lines that one row may have.
const LONGEST: u32 = 64;
/// Bytes of one row after which no further line is added to it.
const LONGEST_BYTES: usize = 1 << 20;
/// Fields that are taken of one row.
const MOST: usize = 100;

/// Whether the last result says that the task has not run yet: `SCHED_S_TASK_HAS_NOT_RUN`, 0x41303.
fn never_ran(result: Option<&str>) -> bool {
    result == Some("267011")
}
