use std::ops::Range;

use crate::{
    Column, FileTime, IssueKind, ParseStatus, TableSchema,
    artifact::prefetch::stamp,
    event_log::{Event, Fault, Field},
    table::{Cell, Output, Stop},
};

pub(super) static SECURITY_EVENTS: TableSchema = TableSchema::new(
    "security_events",
    "one event of the Security log; its fields as JSON, and those that most questions need as columns",
    &[
        Column::int("record_id"),
        Column::time("time_created"),
        Column::int("event_id"),
        Column::text("outcome"),
        Column::text("provider"),
        Column::text("channel"),
        Column::text("computer"),
        Column::int("level"),
        Column::int("task"),
        Column::int("opcode"),
        Column::int("version"),
        Column::text("keywords"),
        Column::text("user_sid"),
        Column::int("process_id"),
        Column::int("thread_id"),
        Column::text("activity_id"),
        Column::text("related_activity_id"),
        Column::text("target_user_sid"),
        Column::text("target_user_name"),
        Column::text("target_domain_name"),
        Column::text("target_logon_id"),
        Column::text("subject_user_sid"),
        Column::text("subject_user_name"),
        Column::text("subject_domain_name"),
        Column::text("subject_logon_id"),
        Column::int("logon_type"),
        Column::text("ip_address"),
        Column::int("ip_port"),
        Column::text("workstation_name"),
        Column::text("logon_process_name"),
        Column::text("authentication_package"),
        Column::text("logon_guid"),
        Column::text("status"),
        Column::text("sub_status"),
        Column::text("failure_reason"),
        Column::int("about_process_id"),
        Column::text("process_name"),
        Column::int("new_process_id"),
        Column::text("new_process_name"),
        Column::text("parent_process_name"),
        Column::text("command_line"),
        Column::text("target_server_name"),
        Column::text("privilege_list"),
        Column::text("service_name"),
        Column::text("service_file_name"),
        Column::text("service_type"),
        Column::text("service_start_type"),
        Column::text("service_account"),
        Column::text("task_name"),
        Column::text("task_content"),
        Column::text("member_name"),
        Column::text("member_sid"),
        Column::text("event_data"),
    ],
);

/// Turns events into rows; kept from event to event to reuse its memory.
#[derive(Debug, Default)]
pub(super) struct Rows {
    text: Vec<u8>,
    fields: Vec<Option<Range<usize>>>,
    time: String,
}

impl Rows {
    /// Adds the row of an event with its time; `is_own` says whether that is the event's own time.
    pub(super) fn push(
        &mut self,
        event: &Event<'_>,
        (time, is_own): (FileTime, bool),
        output: &mut Output<'_>,
    ) -> Result<(), Stop> {
        let system = event.system;
        self.text.clear();
        self.fields.clear();
        for field in Field::ALL {
            let begin = self.text.len();
            let has = !is_number(*field) && event.push_field(*field, &mut self.text);
            self.fields.push(has.then_some(begin..self.text.len()));
        }
        let keywords_begin = self.text.len();
        if let Some(keywords) = system.keywords {
            self.text.extend_from_slice(format!("{keywords:#018x}").as_bytes());
        }
        // What fields append is UTF-8.
        let text = str::from_utf8(&self.text).unwrap_or_default();
        let keywords = text.get(keywords_begin..).filter(|keywords| !keywords.is_empty());
        self.time.clear();
        if !time.push_to(&mut self.time) {
            self.time = time.to_string();
        }
        let mut cells = Vec::with_capacity(SECURITY_EVENTS.columns.len());
        cells.extend([
            system.record_id.into(),
            Cell::Time(stamp(time, &self.time)),
            system.event_id.into(),
            outcome(system.keywords).into(),
            given(&system.provider),
            given(&system.channel),
            given(&system.computer),
            system.level.into(),
            system.task.into(),
            system.opcode.into(),
            system.version.into(),
            keywords.into(),
            given(&system.user_sid),
            system.process_id.into(),
            system.thread_id.into(),
            given(&system.activity_id),
            given(&system.related_activity_id),
        ]);
        cells.extend(Field::ALL.iter().zip(&self.fields).map(|(field, range)| {
            if is_number(*field) {
                event.number(*field).into()
            } else {
                range.clone().and_then(|range| text.get(range)).into()
            }
        }));
        cells.push(Some(event.data).filter(|data| !data.is_empty()).into());
        let status = ParseStatus::Clean.or_partial(event.fault.is_some() || !is_own);
        output.row(&SECURITY_EVENTS, event.record, status, "", &cells)
    }
}

/// The time of an event, and whether it is its own. For an event without a time it is when the
/// record was written.
pub(in crate::artifact) fn time(event: &Event<'_>, output: &mut Output<'_>) -> (FileTime, bool) {
    if let Some(time) = event.system.time_created {
        return (time, true);
    }
    // Of one that could be decoded only in part it is told already.
    if event.fault.is_none_or(Fault::is_doubt) {
        output.issue(IssueKind::PartialRow, event.record, || {
            "an event without a time of its own: it has that at which its record was written"
                .to_owned()
        });
    }
    (event.written, false)
}

/// Whether an audited action succeeded, according to the keywords.
pub(super) fn outcome(keywords: Option<u64>) -> Option<&'static str> {
    match keywords? & (SUCCESS | FAILURE) {
        SUCCESS => Some("success"),
        FAILURE => Some("failure"),
        _ => None,
    }
}

fn is_number(field: Field) -> bool {
    matches!(field, Field::IpPort | Field::LogonType | Field::NewProcessId | Field::ProcessId)
}

pub(in crate::artifact) fn given(text: &str) -> Cell<'_> {
    Some(text).filter(|text| !text.is_empty()).into()
}

const SUCCESS: u64 = 0x0020_0000_0000_0000;

const FAILURE: u64 = 0x0010_0000_0000_0000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_has_its_column_in_order() {
        let names = SECURITY_EVENTS.columns.iter().map(|column| column.name);
        let fields: Vec<_> = Field::ALL.iter().map(|field| field.column()).collect();
        assert_eq!(names.skip(17).take(fields.len()).collect::<Vec<_>>(), fields);
        for (place, field) in Field::ALL.iter().enumerate() {
            assert_eq!(Field::ALL.iter().position(|other| other == field), Some(place));
        }
    }
}
