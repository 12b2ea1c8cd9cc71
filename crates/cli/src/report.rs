//! The report of a run as text, JSON and exit code.

use std::path::Path;

use crate::core::engine::{DeviceReport, Outcome, Report};
use crate::exit::Exit;

mod json;
mod text;

pub(crate) use self::json::to_json;
pub(crate) use self::text::{in_shell, to_text};

/// The exit code of a run. `asked` is that of the signal that stopped it, if any.
///
/// A specific code is used only if all devices ended with it; a mix is [`Exit::Incomplete`].
pub(crate) fn exit(report: &Report, asked: Option<Exit>) -> Exit {
    let outcomes = || report.devices.iter().map(|device| &device.outcome);
    if let Some(asked) = asked
        && outcomes().any(|outcome| matches!(outcome, Outcome::Stopped))
    {
        return asked;
    }
    let mut exits = outcomes().map(|outcome| match outcome.error() {
        _ if outcome.is_success() => Exit::Success,
        // Its error is only the last problem, and may be over by now.
        _ if matches!(outcome, Outcome::DeadlineReached { .. }) => Exit::Incomplete,
        Some(error) => Exit::of(error.code()),
        None if matches!(outcome, Outcome::Collected(_)) => Exit::Altered,
        None => Exit::Incomplete,
    });
    let first = exits.next().unwrap_or(Exit::Success);
    if exits.all(|exit| exit == first) { first } else { Exit::Incomplete }
}

/// Whether resuming may achieve something.
fn is_resumable(report: &Report) -> bool {
    report.devices.iter().any(DeviceReport::is_resumable)
}

/// The path of a package, relative to the same folder as `folder`.
fn path(folder: &Path, name: &str) -> String {
    folder.join(name).display().to_string()
}
