//! Events: what a person may want to see during a run.

use serde::Serialize;
use time::OffsetDateTime;

use super::{Adoption, Candidate};
use crate::wire::ActionStatus;
use crate::{ActionId, Code, MachineId, QuotaClass};

/// Something that happened, for progress displays and logs. Contains no secret.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Event {
    /// The device's index in the call, from 0; unset if the event concerns the whole run.
    pub index: Option<usize>,
    /// The device as the caller named it.
    pub device: Option<String>,
    /// When it happened, by the caller's clock.
    #[serde(with = "time::serde::rfc3339")]
    #[cfg_attr(feature = "typescript", ts(as = "String"))]
    pub at: OffsetDateTime,
    /// What happened.
    #[serde(flatten)]
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum EventKind {
    /// The service accepted our request.
    Accepted {
        /// The action.
        action: ActionId,
    },
    /// An action that was already running, or had already ended, was adopted.
    Adopted {
        /// The action.
        action: ActionId,
        /// Whose action it is.
        adoption: Adoption,
        /// Its status.
        status: ActionStatus,
        /// Its requestor, according to the service.
        requestor: Option<String>,
        /// Its comment, according to the service.
        requestor_comment: Option<String>,
        /// Whether the service names the owner of this run's token as the requestor.
        is_same_account: bool,
    },
    /// The collection continues a request of an earlier run with the same key.
    Continued {
        /// The key.
        key: String,
        /// When the package was requested.
        #[serde(with = "time::serde::rfc3339")]
        #[cfg_attr(feature = "typescript", ts(as = "String"))]
        asked: OffsetDateTime,
    },
    /// The request was given up without a clear reply; the engine looks for its action.
    Doubtful {
        /// The reason.
        code: Code,
    },
    /// The device ended in this outcome.
    Ended {
        /// The outcome's name.
        outcome: &'static str,
        /// The error's code, if there is an error.
        code: Option<Code>,
    },
    /// A download link was issued; from the second on, it replaces a dead one.
    LinkIssued {
        /// The number of links so far, including this one.
        count: u32,
    },
    /// Several devices match the name, and one was chosen.
    PassedOver {
        /// The id of the chosen one.
        machine: MachineId,
        /// The others.
        candidates: Vec<Candidate>,
    },
    /// Bytes of the package have arrived.
    Progress {
        /// The bytes so far.
        received: u64,
        /// The size of the whole package in bytes, if the service gave it.
        total: Option<u64>,
    },
    /// The device was found; emitted before it is asked for a package.
    Resolved {
        /// Its id.
        machine: MachineId,
        /// Its fully qualified name.
        name: Option<String>,
    },
    /// A call failed and will be repeated.
    Retrying {
        /// The reason.
        code: Code,
        /// The error in words.
        message: String,
        /// The wait in seconds.
        seconds: f64,
    },
    /// The action's status changed.
    Status {
        /// The new status.
        status: ActionStatus,
    },
    /// The quota is used up, or the service asked us to wait.
    Throttled {
        /// The quota class.
        quota: QuotaClass,
        /// The wait in seconds.
        seconds: f64,
    },
    /// The package and its manifest are in place, but not every byte could be checked.
    Unverified {
        /// The file name.
        name: String,
        /// The size in bytes.
        size: u64,
        /// The SHA-256 in lower-case hexadecimal.
        sha256: String,
        /// The number of members in the package.
        members: u64,
        /// The number of findings that could harm or mislead a careless reader, or that name what
        /// could not be checked.
        findings: u64,
        /// What could not be checked, and why.
        why: String,
    },
    /// The structure and every CRC are right, and the manifest is written.
    Verified {
        /// The file name.
        name: String,
        /// The size in bytes.
        size: u64,
        /// The SHA-256 in lower-case hexadecimal.
        sha256: String,
        /// The number of members in the package.
        members: u64,
        /// The number of findings that could harm or mislead a careless reader without making the
        /// package damaged.
        findings: u64,
    },
    /// Something that does not stop the run but should be known.
    Warning {
        /// The warning in words.
        message: String,
    },
}
