//! Collections that earlier runs left unfinished in the output folder.

use std::path::Path;

use crate::core::Device;
use crate::core::engine::{Handle, Options, Start};
use crate::handles;
use crate::report::in_shell;
use crate::terminal::{beyond, count};

/// A warning that names the unfinished collections in `folder` that a run for `devices` does not continue, if any.
///
/// A ledger that cannot be read is left to the run, which fails because of it.
pub(crate) fn warning(folder: &Path, options: &Options, devices: &[Device]) -> Option<String> {
    let known = handles::of_folder(folder).ok()?;
    let continued = Start::names(options, devices);
    let starts = Start::all(options, &known).unwrap_or_default();
    let mut names: Vec<&str> = Vec::new();
    let mut number = 0;
    for start in &starts {
        let Start::Handle(handle) = start else { continue };
        if is_unfinished(handle) && !continued.iter().any(|name| name == handle.collection()) {
            number += 1;
            if !names.contains(&handle.device()) {
                names.push(handle.device());
            }
        }
    }
    if number == 0 {
        return None;
    }
    let more = beyond(FEW, names.len()).map(|more| format!(" and {more} more"));
    names.truncate(FEW);
    let folder = folder.display().to_string();
    Some(format!(
        "warning: `{folder}` contains {} ({}{}), which this run does not continue; continue with: mde-forensics resume {}",
        count(number, "unfinished collection"),
        names.join(", "),
        more.unwrap_or_default(),
        in_shell(&folder)
    ))
}

/// Whether `resume` would find something to do at the service, or was only stopped from asking it.
fn is_unfinished(handle: &Handle) -> bool {
    let was_stopped = matches!(handle.ended(), None | Some("deadline_reached" | "stopped"));
    handle.is_open() || handle.action().is_none() && was_stopped
}

const FEW: usize = 5;
