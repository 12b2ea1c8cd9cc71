//! The result of a run.

use mde_forensics_core::Code;
use mde_forensics_core::engine::{
    Action, Adoption, Candidate, DeviceReport, Limit, Machine, Outcome, Stored,
};
use serde::Serialize;
use time::OffsetDateTime;

use crate::raised::Raised;

/// The result of one device, and everything known about it.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Row {
    /// The device as the caller named it.
    pub(crate) device: String,
    /// The outcome, such as `collected`.
    pub(crate) outcome: &'static str,
    /// Whether the caller has what was requested.
    pub(crate) succeeded: bool,
    /// Whether the handle can be resumed with a chance of success.
    pub(crate) resumable: bool,
    /// Whose action was collected.
    pub(crate) adoption: Option<Adoption>,
    /// The device at the service.
    pub(crate) machine: Option<Machine>,
    /// The action.
    pub(crate) action: Option<Action>,
    /// The package, once it is in place.
    pub(crate) package: Option<Stored>,
    /// Why the caller did not get what was requested.
    pub(crate) thrown: Option<Raised>,
    /// What caused the delay, if a time limit was reached.
    pub(crate) trouble: Option<Raised>,
    /// The devices that match the name, if there are several.
    pub(crate) candidates: Option<Vec<Candidate>>,
    /// The other devices that match the name, if one of several was chosen.
    pub(crate) passed_over: Vec<Candidate>,
    /// When an earlier run with the same key requested the package that this run continued with.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub(crate) earlier: Option<OffsetDateTime>,
    /// Whether the service names this client's own app or user as the action's requestor, as far as both are known.
    pub(crate) is_same_account: bool,
    /// The limit that was reached.
    pub(crate) limit: Option<Limit>,
    /// The handle from which a later run can resume, as JSON.
    pub(crate) handle: String,
}

impl Row {
    /// If `stands` is true, only the collection's state was requested, and a bad end is an answer,
    /// not an error.
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
            passed_over: report.passed_over.clone(),
            earlier: report.earlier,
            is_same_account: report.is_same_account,
            limit,
            handle: report.handle.to_json(),
        }
    }
}

/// Whether an error describes the state of a collection, rather than a failure to ask for it.
fn says_where_it_stands(code: Code) -> bool {
    matches!(
        code,
        Code::CollectionCancelled
            | Code::CollectionFailed
            | Code::CollectionTimedOut
            | Code::Stopped
    )
}
