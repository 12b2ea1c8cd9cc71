//! Event logs other than the Security log, such as Defender's own in `MPSupportFiles.cab`: one row
//! per event, without interpretation.

use super::{
    Artifact,
    prefetch::stamp,
    security_events::{
        self,
        row::{given, time},
    },
};
use crate::{
    Column, ParseStatus, TableSchema,
    event_log::Event,
    package::{Input, Key},
    table::{Cell, Output, Stop},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "other_events",
    tables: &[&OTHER_EVENTS],
    takes: |key: &Key| key.has_extension("evtx") && key.file() != "security.evtx",
    commands: &[],
    read,
};

pub(crate) static OTHER_EVENTS: TableSchema = TableSchema::new(
    "other_events",
    "one event of a log that is not the Security log; its fields as JSON",
    &[
        Column::int("record_id"),
        Column::time("time_created"),
        Column::int("event_id"),
        Column::text("provider"),
        Column::text("channel"),
        Column::text("computer"),
        Column::int("level"),
        Column::int("task"),
        Column::int("opcode"),
        Column::int("version"),
        Column::text("user_sid"),
        Column::int("process_id"),
        Column::int("thread_id"),
        Column::text("event_data"),
    ],
);

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    security_events::play(input, output, &mut row)
}

fn row(event: &Event<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let system = event.system;
    let (time, is_own) = time(event, output);
    let raw = time.to_string();
    let cells = [
        system.record_id.into(),
        Cell::Time(stamp(time, &raw)),
        system.event_id.into(),
        given(&system.provider),
        given(&system.channel),
        given(&system.computer),
        system.level.into(),
        system.task.into(),
        system.opcode.into(),
        system.version.into(),
        given(&system.user_sid),
        system.process_id.into(),
        system.thread_id.into(),
        Some(event.data).filter(|data| !data.is_empty()).into(),
    ];
    let status = ParseStatus::Clean.or_partial(event.fault.is_some() || !is_own);
    output.row(&OTHER_EVENTS, event.record, status, "", &cells)
}
