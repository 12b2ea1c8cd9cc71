//! `ScheduledTasks.csv`: output of `schtasks.exe /query /v /fo CSV`, one row per trigger or action,
//! with column names in the host's language.

use super::{Artifact, Columns};
use crate::{
    Column, Error, IssueKind, ParseStatus, Precision, TableSchema,
    clock::{Clock, civil_micros, parse_clock_time},
    package::{Input, Key},
    table::{Cell, Output, Stop, View},
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

/// Whether a row is a record of its table. Lines between tasks become rows too, so that nothing is
/// lost, but they are not tasks.
pub(crate) fn is_record(table: &str, view: View<'_>, row: usize) -> bool {
    table != SCHEDULED_TASKS.name || view.text("raw", row).is_none_or(|raw| raw.starts_with('"'))
}

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
    let lines = input.lines()?;
    let mut rows = Rows { lines, next: None, has_any: false, returns: None, is_doubtful: false };
    let mut columns = None;
    let mut header = Vec::new();
    let mut has_header = false;
    while let Some(row) = rows.next()? {
        let fields = row.fields();
        // Some builds repeat the header for each folder of tasks.
        if has_header && fields == header {
            continue;
        }
        if columns.is_none()
            && row.text.starts_with('"')
            && let Some(found) = Columns::find(&fields, FIELDS)
        {
            // A row of the same width whose second field is a path is a task, and there is no header.
            has_header = found.is_by_name || !is_path(fields.get(1));
            columns = if has_header { Some(found) } else { by_position() };
            if has_header {
                header = fields;
                continue;
            }
        }
        task(&row, columns.as_ref(), &fields, output)?;
    }
    if !has_header && (columns.is_some() || rows.has_any) {
        let taken = if columns.is_some() { ": columns are told by their order" } else { "" };
        output.issue(IssueKind::BadFormat, None, || format!("it has no header of tasks{taken}"));
    }
    Ok(())
}

/// The columns in the order of every Windows build.
fn by_position() -> Option<Columns> {
    Columns::find(&FIELDS.iter().map(ToString::to_string).collect::<Vec<_>>(), FIELDS)
}

fn is_path(field: Option<&String>) -> bool {
    field.is_some_and(|field| field.starts_with('\\'))
}

/// Outputs the row of one task. Cells that cannot be placed are null.
fn task(
    row: &Row,
    columns: Option<&Columns>,
    fields: &[String],
    output: &mut Output<'_>,
) -> Result<(), Stop> {
    let is_task = row.text.starts_with('"');
    let columns = columns.filter(|_| is_task);
    let (mut cells, mut is_amiss) = (vec![const { Cell::Null }; FIELDS.len() + 1], true);
    let placed = columns.map(|columns| (columns, placed(fields, columns.width, row.is_closed())));
    if let Some((columns, placed)) = &placed {
        let mut values = columns.values(placed);
        let run = LastRun::of(values.get(5), values.get(6), output.clock());
        let is_unread = |text: &str| {
            text.contains(char::is_numeric)
                && output.clock().local(text).precision == Precision::Unknown
        };
        let is_lost = run != LastRun::Never && values.get(5).is_some_and(is_unread);
        for (index, cell) in cells.iter_mut().enumerate() {
            *cell = match index {
                6 => values.int(index),
                // The time of a run that never was is a placeholder, and no time.
                5 if run == LastRun::Never => Cell::Null,
                2 | 5 => values.get(index).map(|text| output.clock().local(text)).into(),
                28 => run.has_run().into(),
                _ => values.text(index),
            };
        }
        is_amiss = values.is_amiss || fields.len() != columns.width || row.is_cut || is_lost;
    }
    if is_amiss {
        output.issue(IssueKind::PartialRow, row.line, || {
            if is_task { "a task in part" } else { "a line that is no task" }.to_owned()
        });
    } else if row.is_doubtful {
        output.issue(IssueKind::PartialRow, row.line, || {
            "a task that may be text of another: a line ends as no row does".to_owned()
        });
    }
    let status = ParseStatus::Clean.or_partial(is_amiss || row.is_doubtful);
    output.row(&SCHEDULED_TASKS, row.line, status, &row.text, &cells)
}

/// The fields of a row, each empty if its place is uncertain.
///
/// In a row with too many fields, those before the author and after the comment are certain,
/// because no others can contain a quote. In a row that was cut, those before the cut are.
fn placed(fields: &[String], width: usize, is_closed: bool) -> Vec<String> {
    let mut placed = vec![String::new(); width];
    let (front, back) = match fields.len() {
        count if count == width => (width, 0),
        count if count > width && width == FIELDS.len() => (AUTHOR, width - AFTER_COMMENT),
        count if count > width || is_closed => (0, 0),
        count => (count.saturating_sub(1), 0),
    };
    for (place, field) in placed.iter_mut().zip(fields).take(front) {
        place.clone_from(field);
    }
    for (place, field) in placed.iter_mut().rev().zip(fields.iter().rev()).take(back) {
        place.clone_from(field);
    }
    placed
}

/// What a row says about the task's last run.
#[derive(Clone, Copy, PartialEq, Eq)]
enum LastRun {
    At,
    Never,
    Unknown,
}

impl LastRun {
    /// Never, if the time is the placeholder 1999-11-30 00:00:00, or if there is no time and the
    /// result is `SCHED_S_TASK_HAS_NOT_RUN`, 0x41303. With a time, that number is the exit code of
    /// the task's program.
    fn of(time: Option<&str>, result: Option<&str>, clock: &Clock) -> Self {
        let local = time.and_then(|time| clock.date(time));
        let micros = local.and_then(|local| local.micros(local.own_order()?.0));
        // Where years have two digits nobody can say of which century they are.
        let is_placeholder = [1999, 2099]
            .map(|year| civil_micros((year, 11, 30), (0, 0, 0)))
            .into_iter()
            .flatten()
            .any(|placeholder| micros == Some(placeholder));
        // In other calendars the placeholder has another date, and is midnight all the same.
        let may_be_placeholder = time.is_none_or(|time| {
            matches!(parse_clock_time(time), Some((0, 0, _)))
                || !time.contains(|c: char| c.is_ascii_digit())
        });
        match local {
            Some(_) if is_placeholder => Self::Never,
            Some(_) => Self::At,
            None if result == Some("267011") && may_be_placeholder => Self::Never,
            None => Self::Unknown,
        }
    }

    fn has_run(self) -> Option<bool> {
        match self {
            Self::At => Some(true),
            Self::Never => Some(false),
            Self::Unknown => None,
        }
    }
}

/// The rows of the member. Despite its looks it is not CSV: schtasks puts quotes around each field
/// without escaping those inside, so only `","` separates fields.
struct Rows<'a> {
    lines: Lines<'a>,
    next: Option<Row>,
    has_any: bool,
    /// The number of carriage returns at the end of the first row, and so of every row; a line end
    /// inside a field has fewer.
    returns: Option<usize>,
    /// Whether the last row ended differently, so that it may continue in the next line.
    is_doubtful: bool,
}

struct Row {
    line: u64,
    text: String,
    is_cut: bool,
    returns: usize,
    is_doubtful: bool,
}

impl Rows<'_> {
    fn next(&mut self) -> Result<Option<Row>, Error> {
        let Some(mut row) = self.take()? else { return Ok(None) };
        let mut fields = row.text.matches(BETWEEN).count() + 1;
        // A field may have line ends of its own; then the next line does not begin as rows do.
        let mut joined = 1;
        while joined < LONGEST
            && row.text.len() < LONGEST_BYTES
            && !(row.is_closed() && fields >= FIELDS.len())
        {
            match self.take()? {
                Some(more) if !more.text.starts_with('"') || more.text.starts_with("\",\"") => {
                    fields += more.text.matches(BETWEEN).count();
                    row.text = row.text + "\n" + &more.text;
                    row.is_cut |= more.is_cut;
                    row.returns = more.returns;
                    joined += 1;
                }
                more => {
                    self.next = more;
                    break;
                }
            }
        }
        let was_doubtful = std::mem::take(&mut self.is_doubtful);
        let is_row = row.text.starts_with('"');
        if is_row && self.returns.is_some_and(|returns| returns != row.returns) {
            self.next = self.take()?;
            self.is_doubtful = self.next.is_some();
        }
        row.is_doubtful = was_doubtful || self.is_doubtful;
        Ok(Some(row))
    }

    /// The next line that is not empty.
    fn take(&mut self) -> Result<Option<Row>, Error> {
        if let Some(row) = self.next.take() {
            return Ok(Some(row));
        }
        while let Some(line) = self.lines.next()? {
            if !line.text.is_empty() {
                self.has_any = true;
                if line.text.starts_with('"') {
                    self.returns.get_or_insert(line.returns);
                }
                return Ok(Some(Row {
                    line: line.number,
                    text: line.text.to_owned(),
                    is_cut: line.is_cut,
                    returns: line.returns,
                    is_doubtful: false,
                }));
            }
        }
        Ok(None)
    }
}

impl Row {
    fn is_closed(&self) -> bool {
        self.text.len() > 1 && self.text.ends_with('"')
    }

    fn fields(&self) -> Vec<String> {
        let inside = self.text.strip_prefix('"').unwrap_or(&self.text);
        let inside = inside.strip_suffix('"').unwrap_or(inside);
        inside.split(BETWEEN).take(MOST).map(str::to_owned).collect()
    }
}

/// The separator between fields.
const BETWEEN: &str = "\",\"";
/// The maximum number of lines in one row: the maximum length of a command line.
const LONGEST: u32 = 1 << 15;
/// The size of one row, in bytes, after which no further line is added.
const LONGEST_BYTES: usize = 1 << 20;
/// The maximum number of fields read from one row.
const MOST: usize = 100;
/// The first field that may contain anything, and the first one after the last of these.
const AUTHOR: usize = 7;
const AFTER_COMMENT: usize = 11;
