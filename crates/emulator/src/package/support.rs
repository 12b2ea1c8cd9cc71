//! `WdSupportLogs/`: what Defender's own collector gathered.

mod cab;
mod logs;

use time::OffsetDateTime;

use super::evtx;
use super::host::Host;
use super::text;

/// All members of the folder, by name; `at` is when the collector was started.
pub(super) fn members(host: &Host, at: OffsetDateTime) -> Written {
    let printed = text::crlf(include_str!("../../data/support.txt"));
    let (log, events) = evtx::defender(host, at);
    let mut files = logs::files(host, at);
    files.push((EVENT_LOG.to_owned(), log));
    let cabinet = cab::cabinet(&files, host.local(at));
    let members = vec![
        ("WdSupportLogs/MPSupportFiles.cab".to_owned(), cabinet),
        ("WdSupportLogs/MpCmdRunLog.txt".to_owned(), printed),
    ];
    Written { members, events }
}

/// The members, and how many events are in the log in the cabinet.
pub(super) struct Written {
    pub(super) members: Vec<(String, Vec<u8>)>,
    pub(super) events: usize,
}

/// What Windows calls the file of this channel; what it is called in a real cabinet is not known.
const EVENT_LOG: &str = "Microsoft-Windows-Windows Defender%4Operational.evtx";
