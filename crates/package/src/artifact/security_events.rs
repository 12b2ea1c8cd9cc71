//! `Security.evtx`: one row per event, and a summary of the logons.

mod logons;
pub(super) mod row;

use super::Artifact;
use crate::{
    Error, IssueKind,
    event_log::{Event, EventLog, EventLogError, EventSink, LogDefect},
    package::{Input, Key},
    table::{Output, Stop},
};

use logons::{LOGON_SUMMARY, Logons};
use row::{Rows, SECURITY_EVENTS, time};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "security_events",
    tables: &[&SECURITY_EVENTS, &LOGON_SUMMARY],
    takes: |key: &Key| key.file() == "security.evtx",
    commands: &["SecurityEventLog"],
    read,
};

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut rows = output.wants(&SECURITY_EVENTS).then(Rows::default);
    let mut logons = output.wants(&LOGON_SUMMARY).then(Logons::default);
    let ended = play(input, output, &mut |event, output| {
        let time = time(event, output);
        if let Some(logons) = &mut logons {
            logons.count(event, time);
        }
        match &mut rows {
            Some(rows) => rows.push(event, time, output),
            None => Ok(()),
        }
    });
    match logons {
        Some(logons) => logons.rows(output).and(ended),
        None => ended,
    }
}

/// Passes every event of a log to `take`, and notes damage.
pub(super) fn play(
    input: Input<'_>,
    output: &mut Output<'_>,
    take: &mut Take<'_>,
) -> Result<(), Stop> {
    let mut log = match EventLog::open(input.bytes) {
        Ok(log) => log,
        Err(error) => return failed(error, output),
    };
    let mut taker = Taker { take, output, stop: None };
    let ended = loop {
        match log.next_chunk(&mut taker) {
            Ok(true) if taker.stop.is_none() => {}
            Ok(_) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    let Taker { stop, output, .. } = taker;
    match (stop, ended) {
        (Some(stop), _) => Err(stop),
        (None, Ok(())) => Ok(()),
        (None, Err(error)) => failed(error, output),
    }
}

/// What to do with an event.
pub(super) type Take<'t> = dyn FnMut(&Event<'_>, &mut Output<'_>) -> Result<(), Stop> + 't;

/// Receives the events of a log until one cannot be taken.
struct Taker<'t, 'o, 'a> {
    take: &'t mut Take<'t>,
    output: &'o mut Output<'a>,
    stop: Option<Stop>,
}

impl EventSink for Taker<'_, '_, '_> {
    fn event(&mut self, event: &Event<'_>) {
        if self.stop.is_none() {
            self.stop = (self.take)(event, self.output).err();
        }
    }

    fn defect(&mut self, defect: LogDefect) {
        let loses_rows = match defect {
            LogDefect::Behind { .. }
            | LogDefect::Dirty
            | LogDefect::HeaderSum
            | LogDefect::Hidden { .. }
            | LogDefect::Record { .. }
            | LogDefect::RecordOrder { .. } => false,
            LogDefect::Count { declared, all, .. } => declared > all,
            _ => true,
        };
        let (kind, line) = match defect {
            // Of a kind that no other defect is of, so that no number of them keeps it from being told.
            LogDefect::Hidden { record, .. } => (IssueKind::Hazard, Some(record)),
            LogDefect::Record { record, .. } => (IssueKind::PartialRow, Some(record)),
            LogDefect::Behind { .. } | LogDefect::RecordOrder { .. } => {
                (IssueKind::CountMismatch, None)
            }
            LogDefect::Count { .. } if !loses_rows => (IssueKind::CountMismatch, None),
            _ => (IssueKind::DamagedMember, None),
        };
        if loses_rows {
            self.output.cut();
        }
        self.output.issue(kind, line, || defect.to_string());
    }
}

fn failed(error: EventLogError, output: &mut Output<'_>) -> Result<(), Stop> {
    match error {
        EventLogError::NotALog { .. } => {
            output.cut();
            output.issue(IssueKind::BadFormat, None, || error.to_string());
            Ok(())
        }
        EventLogError::Read { source, .. } => {
            // A damaged member says so in its own words; all else is the caller's source.
            Err(Stop::Failed(match source.downcast::<Error>() {
                Ok(error) => error,
                Err(source) => Error::ReadFailed { offset: 0, source },
            }))
        }
    }
}
