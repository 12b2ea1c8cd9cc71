use std::collections::BTreeMap;

use super::row::outcome;
use crate::{
    Column, FileTime, IssueKind, ParseStatus, TableSchema,
    artifact::prefetch::stamp,
    event_log::{Event, Field},
    table::{Output, Stop},
};

pub(super) static LOGON_SUMMARY: TableSchema = TableSchema::new(
    "logon_summary",
    "logons of one kind, by one account, from one place, with one result: how many, the first, the last",
    &[
        Column::int("event_id"),
        Column::text("what"),
        Column::text("outcome"),
        Column::int("logon_type"),
        Column::text("logon_type_name"),
        Column::text("target_user_name"),
        Column::text("target_domain_name"),
        Column::text("target_user_sid"),
        Column::text("subject_user_name"),
        Column::text("ip_address"),
        Column::text("workstation_name"),
        Column::text("status"),
        Column::text("sub_status"),
        Column::int("count"),
        Column::time("first"),
        Column::time("last"),
    ],
);

/// What logons that are counted together have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct Group {
    event_id: u32,
    outcome: Option<&'static str>,
    logon_type: Option<u64>,
    fields: [Option<String>; 8],
}

#[derive(Clone, Copy, Debug)]
struct Count {
    number: u64,
    first: FileTime,
    last: FileTime,
    /// Whether any of them was partly read, is in doubt, or has no time of its own.
    is_partial: bool,
}

/// Counts logons, failed logons, explicit credentials, special privileges and logoffs, and, on a
/// domain controller, the validations it was asked for.
#[derive(Debug, Default)]
pub(super) struct Logons {
    groups: BTreeMap<Group, Count>,
    /// Bytes of text in the groups.
    size: usize,
    /// How many events did not fit, because the number of groups is limited.
    left_out: u64,
    /// Whether there was an event of unknown kind.
    has_unknown: bool,
    /// The group of the current event; kept to reuse its memory.
    group: Group,
    text: Vec<u8>,
}

impl Logons {
    /// Counts an event with its time; `is_own` says whether that is the event's own time.
    pub(super) fn count(&mut self, event: &Event<'_>, (time, is_own): (FileTime, bool)) {
        self.has_unknown |= event.system.event_id.is_none();
        let Some(event_id) = event.system.event_id.filter(|id| what(*id).is_some()) else { return };
        self.group.event_id = event_id;
        self.group.outcome = outcome(event.system.keywords);
        self.group.logon_type = event.number(Field::LogonType);
        for (field, kept) in FIELDS.iter().zip(&mut self.group.fields) {
            self.text.clear();
            let has = event.push_field(*field, &mut self.text);
            let text = str::from_utf8(&self.text).unwrap_or_default();
            match kept {
                Some(kept) if has => {
                    kept.clear();
                    kept.push_str(text);
                }
                _ => *kept = has.then(|| text.to_owned()),
            }
        }
        let is_partial = event.fault.is_some() || !is_own;
        if let Some(count) = self.groups.get_mut(&self.group) {
            count.number += 1;
            count.first = count.first.min(time);
            count.last = count.last.max(time);
            count.is_partial |= is_partial;
        } else if self.groups.len() < GROUPS && self.size < BYTES {
            self.size += self.group.fields.iter().flatten().map(String::len).sum::<usize>();
            let count = Count { number: 1, first: time, last: time, is_partial };
            self.groups.insert(self.group.clone(), count);
        } else {
            self.left_out += 1;
        }
    }

    pub(super) fn rows(self, output: &mut Output<'_>) -> Result<(), Stop> {
        if self.left_out > 0 {
            output.cut_table(&LOGON_SUMMARY);
            output.issue(IssueKind::OverBudget, None, || {
                format!(
                    "the table `logon_summary` is full with {} rows, and {} more logons fit none of them",
                    self.groups.len(),
                    self.left_out
                )
            });
        }
        // One that could not be read so far may have been a logon; its record is told as a row in part.
        if self.has_unknown {
            output.cut_table(&LOGON_SUMMARY);
        }
        for (group, count) in &self.groups {
            let (first, last) = (count.first.to_string(), count.last.to_string());
            let [name, domain, sid, subject, address, station, code, sub_code] = &group.fields;
            let cells = [
                group.event_id.into(),
                what(group.event_id).into(),
                group.outcome.into(),
                group.logon_type.into(),
                group.logon_type.and_then(logon_type).into(),
                name.as_ref().into(),
                domain.as_ref().into(),
                sid.as_ref().into(),
                subject.as_ref().into(),
                address.as_ref().into(),
                station.as_ref().into(),
                code.as_ref().into(),
                sub_code.as_ref().into(),
                count.number.into(),
                stamp(count.first, &first).into(),
                stamp(count.last, &last).into(),
            ];
            let status = ParseStatus::Clean.or_partial(self.left_out > 0 || count.is_partial);
            output.row(&LOGON_SUMMARY, None, status, "", &cells)?;
        }
        Ok(())
    }
}

fn what(event_id: u32) -> Option<&'static str> {
    Some(match event_id {
        4624 => "logon",
        4625 => "failed logon",
        4634 => "logoff",
        4647 => "logoff by the user",
        4648 => "logon with explicit credentials",
        4672 => "special privileges",
        4768 => "Kerberos ticket",
        4771 => "failed Kerberos pre-authentication",
        4776 => "credential validation",
        4778 => "session reconnected",
        4779 => "session disconnected",
        _ => return None,
    })
}

/// The name of a logon type.
///
/// Source: Microsoft, "4624(S): An account was successfully logged on", table of logon types.
fn logon_type(number: u64) -> Option<&'static str> {
    Some(match number {
        0 => "system",
        2 => "interactive",
        3 => "network",
        4 => "batch",
        5 => "service",
        7 => "unlock",
        8 => "network cleartext",
        9 => "new credentials",
        10 => "remote interactive",
        11 => "cached interactive",
        12 => "cached remote interactive",
        13 => "cached unlock",
        _ => return None,
    })
}

const FIELDS: [Field; 8] = [
    Field::TargetUserName,
    Field::TargetDomainName,
    Field::TargetUserSid,
    Field::SubjectUserName,
    Field::IpAddress,
    Field::WorkstationName,
    Field::Status,
    Field::SubStatus,
];

/// The maximum number of rows in the summary. With more it would not be a summary, but an attack on
/// memory.
const GROUPS: usize = 100_000;

/// The maximum size of their text in bytes. Real account names take about 50 each.
const BYTES: usize = 32 << 20;
