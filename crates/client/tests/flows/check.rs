//! Holds what happened against what a flow says, and against what is promised of every flow.

mod calls;
mod devices;
mod events;
mod files;
mod promises;

use std::fmt::Debug;

use crate::flow::{Flow, Run};
use crate::play::{Ended, Played};
use crate::stage::Stage;

/// What one run came to.
pub(crate) fn run(
    complaints: &mut Vec<String>,
    flow: &Flow,
    run: &Run,
    played: &Played,
    stage: &Stage,
) {
    let expect = &run.expect;
    match (&played.ended, &expect.error) {
        (Ended::Crashed, _) => same(complaints, "crashed", &expect.crashed, &true),
        (Ended::NotBegun(error), Some(code)) => {
            same(complaints, "the run's error", code.as_str(), error.code().as_str());
        }
        (Ended::NotBegun(error), None) => {
            complaints.push(format!("the run could not begin: {error} ({})", error.code()));
        }
        (Ended::Reported(devices), None) => devices::check(complaints, flow, run, devices),
        (Ended::Reported(_), Some(code)) => {
            complaints.push(format!("the run began and ended, where `{code}` was expected"));
        }
    }
    if expect.crashed && !matches!(played.ended, Ended::Crashed) {
        complaints.push("the program did not die".to_owned());
    }
    events::check(complaints, expect, &played.events);
    if let Some(range) = expect.elapsed.filter(|range| !range.holds(played.elapsed.as_secs_f64())) {
        complaints.push(format!(
            "it took {} virtual seconds, where {range:?} was expected",
            played.elapsed.as_secs_f64()
        ));
    }
    calls::check(complaints, expect, played.first_call, &stage.service.calls());
    files::of_run(complaints, played, stage);
}

/// What the whole flow came to.
pub(crate) fn whole(complaints: &mut Vec<String>, flow: &Flow, all: &[Played], stage: &Stage) {
    promises::check(complaints, flow, all, stage);
    files::of_flow(complaints, &flow.expect, all, stage);
}

/// Complains where the two differ.
fn same<T: Debug + PartialEq + ?Sized>(
    complaints: &mut Vec<String>,
    what: &str,
    expected: &T,
    found: &T,
) {
    if expected != found {
        complaints.push(format!("{what}: {found:?}, where {expected:?} was expected"));
    }
}
