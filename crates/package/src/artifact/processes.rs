//! `Processes.csv`: output of `Get-CimInstance -ClassName Win32_Process | ConvertTo-Csv`.

use super::{Artifact, Columns};
use crate::{
    Column, Error, IssueKind, ParseStatus, TableSchema,
    clock::{Local, parse_local},
    package::{Input, Key},
    table::{Cell, Output, Stop},
    text::Shape,
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "processes",
    tables: &[&PROCESSES],
    takes: |key: &Key| key.file() == "processes.csv",
    commands: &["ProcessList"],
    read,
};

pub(crate) static PROCESSES: TableSchema = TableSchema::new(
    "processes",
    "one process that ran when the package was collected",
    &[
        Column::int("process_id"),
        Column::int("parent_process_id"),
        Column::text("name"),
        Column::text("command_line"),
        Column::text("executable_path"),
        Column::time("created"),
        Column::int("session_id"),
        Column::int("priority"),
        Column::int("thread_count"),
        Column::int("handle_count"),
        Column::int("working_set_bytes"),
        Column::int("private_bytes"),
        Column::int("virtual_bytes"),
        Column::int("page_faults"),
        Column::int("kernel_time_100ns"),
        Column::int("user_time_100ns"),
        Column::int("read_bytes"),
        Column::int("write_bytes"),
        Column::int("other_bytes"),
        Column::text("host"),
        Column::text("os_name"),
        Column::text("windows_version"),
    ],
);

/// The fields used for columns. The names are WMI's own, in every language.
const FIELDS: &[&str] = &[
    "ProcessId",
    "ParentProcessId",
    "Name",
    "CommandLine",
    "ExecutablePath",
    "CreationDate",
    "SessionId",
    "Priority",
    "ThreadCount",
    "HandleCount",
    "WorkingSetSize",
    "PrivatePageCount",
    "VirtualSize",
    "PageFaults",
    "KernelModeTime",
    "UserModeTime",
    "ReadTransferCount",
    "WriteTransferCount",
    "OtherTransferCount",
    "CSName",
    "OSName",
    "WindowsVersion",
];

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut records = input.records()?;
    let (columns, has_lines) = Columns::header(&mut records, FIELDS)?;
    let Some(columns) = columns else {
        output.headless("processes", has_lines);
        return Ok(());
    };
    while let Some(record) = records.next()? {
        let mut values = columns.values(record.fields);
        let mut cells = Vec::with_capacity(FIELDS.len());
        for index in 0..FIELDS.len() {
            cells.push(match index {
                2..=4 | 19.. => values.text(index),
                5 => values.local_time(index, output.clock()),
                _ => values.int(index),
            });
        }
        let is_displaced = record.shape != Shape::Strict || record.fields.len() != columns.width;
        let is_amiss = values.is_amiss || is_displaced || matches!(cells.first(), Some(Cell::Null));
        if is_displaced {
            // Values of a record with a fault may stand in each other's place.
            cells.fill(Cell::Null);
        }
        let status = ParseStatus::Clean.or_partial(is_amiss);
        if is_amiss {
            output.issue(IssueKind::PartialRow, record.line, || "a process in part".to_owned());
        }
        output.row(&PROCESSES, record.line, status, record.raw, &cells)?;
    }
    Ok(())
}

/// What the processes reveal about the package as a whole.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) started: Vec<Local>,
    pub(crate) host: Option<String>,
}

pub(crate) fn survey(input: Input<'_>) -> Result<Facts, Error> {
    let mut records = input.records()?;
    let mut facts = Facts::default();
    let (Some(columns), _) = Columns::header(&mut records, FIELDS)? else { return Ok(facts) };
    while let Some(record) = records.next()? {
        let values = columns.values(record.fields);
        // One more, which shows that there are more.
        if facts.started.len() <= ENOUGH {
            facts.started.extend(values.get(5).and_then(parse_local));
        }
        if facts.host.is_none() {
            facts.host = values.get(19).map(str::to_owned);
        }
    }
    Ok(facts)
}

/// More processes than any host has.
pub(crate) const ENOUGH: usize = 100_000;
