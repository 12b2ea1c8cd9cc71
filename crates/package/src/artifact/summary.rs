//! `Forensics Collection Summary.csv`: the commands that the agent ran, and the outcome it
//! recorded.

use super::{Artifact, Columns};
use crate::{
    Column, Error, IssueKind, ParseStatus, Precision, Stamp, TableSchema,
    clock::iso_utc,
    package::{Collected, Input, Key},
    table::{Output, Stop},
    text::Shape,
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "commands",
    tables: &[&COMMANDS],
    takes: |key: &Key| key.file() == FILE,
    commands: &[],
    read,
};

pub(crate) static COMMANDS: TableSchema = TableSchema::new(
    "commands",
    "one command that the agent ran, as its own summary has it; the status says little",
    &[
        Column::time("time"),
        Column::text("command_name"),
        Column::text("command_line"),
        Column::text("status"),
        Column::int("error"),
    ],
);

/// The file name in the form of a [`Key`].
pub(crate) const FILE: &str = "forensicscollectionsummary.csv";

const FIELDS: &[&str] = &["Current Time", "Command Name", "Command Line", "Status", "hError"];

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut records = input.records()?;
    let Some(record) = records.next()? else {
        output.headless("commands", false);
        return Ok(());
    };
    let Some(columns) = Columns::find(record.fields, FIELDS) else {
        // Read to its end all the same: damage is noticed there.
        while records.next()?.is_some() {}
        output.headless("commands", true);
        return Ok(());
    };
    while let Some(record) = records.next()? {
        let mut values = columns.values(record.fields);
        let time = values.get(0).map(stamp);
        let cells = [time.into(), values.text(1), values.text(2), values.text(3), values.int(4)];
        let is_amiss = values.is_amiss
            || record.shape != Shape::Strict
            || time.is_none_or(|time| time.utc.is_none());
        let status = ParseStatus::Clean.or_partial(is_amiss);
        if is_amiss {
            output.issue(IssueKind::PartialRow, record.line, || "a command in part".to_owned());
        }
        output.row(&COMMANDS, record.line, status, record.raw, &cells)?;
    }
    Ok(())
}

/// Parses a time such as `[2025-08-07T13:01:50Z]`.
fn stamp(raw: &str) -> Stamp<'_> {
    let inside = raw.trim().trim_start_matches('[').trim_end_matches(']');
    Stamp::utc(iso_utc(inside), raw, Precision::Second)
}

/// What the summary reveals about the package as a whole.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) guid: Option<String>,
    pub(crate) first: Option<i64>,
    pub(crate) last: Option<i64>,
    pub(crate) prefetch_at: Option<i64>,
    pub(crate) processes_at: Option<i64>,
    pub(crate) collected: Collected,
}

pub(crate) fn survey(input: Input<'_>) -> Result<Facts, Error> {
    let mut records = input.records()?;
    let mut facts = Facts::default();
    let columns = records.next()?.and_then(|record| Columns::find(record.fields, FIELDS));
    let Some(columns) = columns else { return Ok(facts) };
    while let Some(record) = records.next()? {
        let values = columns.values(record.fields);
        let time = values.get(0).and_then(|raw| stamp(raw).utc);
        facts.first = [facts.first, time].into_iter().flatten().min();
        facts.last = facts.last.max(time);
        match values.get(1) {
            Some("Prefetch") => facts.prefetch_at = facts.prefetch_at.or(time),
            Some("ProcessList") => facts.processes_at = facts.processes_at.or(time),
            _ => {}
        }
        if let (Some(name), Some(line)) = (values.get(1), values.get(2)) {
            facts.collected.add(name, line);
        }
        if facts.guid.is_none() {
            facts.guid = values.get(2).and_then(guid);
        }
    }
    Ok(facts)
}

/// The GUID in the path of the folder that the agent collects into.
fn guid(command: &str) -> Option<String> {
    let (_, after) = command.split_once("CollectedData\\")?;
    let guid = after.get(..36)?;
    let is_guid = guid.bytes().enumerate().all(|(index, byte)| match index {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    });
    is_guid.then(|| guid.to_ascii_lowercase())
}
