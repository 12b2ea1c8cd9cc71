//! `WdSupportLogs/`: what Defender's own collector gathered.

mod cab;
mod logs;

use time::OffsetDateTime;

use super::host::Host;
use super::text;

/// All members of the folder, by name; `at` is when the collector was started.
pub(super) fn members(host: &Host, at: OffsetDateTime) -> Vec<(String, Vec<u8>)> {
    let printed = text::crlf(include_str!("../../data/support.txt"));
    let cabinet = cab::cabinet(&logs::files(host, at), host.local(at));
    vec![
        ("WdSupportLogs/MPSupportFiles.cab".to_owned(), cabinet),
        ("WdSupportLogs/MpCmdRunLog.txt".to_owned(), printed),
    ]
}
