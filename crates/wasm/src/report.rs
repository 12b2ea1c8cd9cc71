//! What a run came to.

use mde_forensics_core::Code;
use mde_forensics_core::engine::{
    Action, Adoption, Candidate, DeviceReport, Limit, Machine, Outcome, Stored,
};
use serde::Serialize;

use crate::raised::Raised;

/// How one device ended, and all that is known of it.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// The device, in the caller's words.
    pub(crate) device: String,
    /// How it ended, such as `collected`.
    pub(crate) outcome: &'static str,
    /// Whether the caller has what was asked for.
    pub(crate) succeeded: bool,
    /// Whether the handle can be resumed and something may yet come of it.
    pub(crate) resumable: bool,
    /// Whose action was collected.
    pub(crate) adoption: Option<Adoption>,
    /// The device at the service.
    pub(crate) machine: Option<Machine>,
    /// The action.
    pub(crate) action: Option<Action>,
    /// The package, once it is in place.
    pub(crate) package: Option<Stored>,
    /// Why the caller did not get what was asked for.
    pub(crate) thrown: Option<Raised>,
    /// What kept it, where its time ran out.
    pub(crate) trouble: Option<Raised>,
    /// The devices that answer to the name, where several do.
    pub(crate) candidates: Option<Vec<Candidate>>,
    /// Which limit was reached.
    pub(crate) limit: Option<Limit>,
    /// What a later run goes on from: JSON.
    pub(crate) handle: String,
}

impl Row {
    /// Where it `stands` is all that was asked for, a bad end of the collection is an answer.
    pub(crate) fn of(report: &DeviceReport, stands: bool) -> Self {
        let (mut candidates, mut limit, mut trouble) = (None, None, None);
        match &report.outcome {
            Outcome::Ambiguous(found) => candidates = Some(found.clone()),
            Outcome::DeadlineReached { limit: which, trouble: kept } => {
                limit = Some(*which);
                trouble.clone_from(kept);
            }
            _ => {}
        }
        let thrown = report.outcome.to_error(&report.device);
        let thrown = thrown.filter(|error| !(stands && says_where_it_stands(error.code())));
        Self {
            device: report.device.clone(),
            outcome: report.outcome.name(),
            succeeded: report.outcome.is_success(),
            resumable: report.is_resumable(),
            adoption: report.adoption(),
            machine: report.handle.machine().cloned(),
            action: report.handle.action().cloned(),
            package: report.handle.package().cloned(),
            thrown: thrown.map(Raised::from),
            trouble: trouble.map(Raised::from),
            candidates,
            limit,
            handle: report.handle.to_json(),
        }
    }
}

/// Whether an error says where a collection stands, and not that it could not be asked.
fn says_where_it_stands(code: Code) -> bool {
    matches!(
        code,
        Code::CollectionCancelled
            | Code::CollectionFailed
            | Code::CollectionTimedOut
            | Code::Stopped
    )
}
