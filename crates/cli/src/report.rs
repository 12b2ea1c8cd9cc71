//! How a run ended, for people, for machines and for the shell.

use std::path::Path;

use crate::core::engine::{DeviceReport, Outcome, Report};
use crate::exit::Exit;

mod json;
mod text;

pub(crate) use self::json::to_json;
pub(crate) use self::text::to_text;

/// With what the command ends. `asked` is with what somebody asked it to stop.
///
/// A cause of its own stands for the whole run only if it was every device's; else it is [`Exit::Incomplete`].
pub(crate) fn exit(report: &Report, asked: Option<Exit>) -> Exit {
    let outcomes = || report.devices.iter().map(|device| &device.outcome);
    if let Some(asked) = asked
        && outcomes().any(|outcome| matches!(outcome, Outcome::Stopped))
    {
        return asked;
    }
    let mut exits = outcomes().map(|outcome| match outcome.error() {
        _ if outcome.is_success() => Exit::Success,
        // What kept it may have passed by now.
        _ if matches!(outcome, Outcome::DeadlineReached { .. }) => Exit::Incomplete,
        Some(error) => Exit::of(error.code()),
        None if matches!(outcome, Outcome::Collected(_)) => Exit::Altered,
        None => Exit::Incomplete,
    });
    let first = exits.next().unwrap_or(Exit::Success);
    if exits.all(|exit| exit == first) { first } else { Exit::Incomplete }
}

/// Whether something may yet come of it.
fn is_resumable(report: &Report) -> bool {
    report.devices.iter().any(DeviceReport::is_resumable)
}

/// The file of a package, as the caller would name it.
fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}
