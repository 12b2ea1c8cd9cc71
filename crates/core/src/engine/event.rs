//! What a person may want to see while a run goes on.

use serde::Serialize;
use time::OffsetDateTime;

use super::Adoption;
use crate::wire::ActionStatus;
use crate::{ActionId, Code, MachineId, QuotaClass};

/// Something that happened, for progress displays and logs. Holds no secret.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Event {
    /// Which device of the call, from 0; none when it concerns the whole run.
    pub index: Option<usize>,
    /// The device, in the caller's words.
    pub device: Option<String>,
    /// When, by the caller's clock.
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
    /// A collection that already ran, or had already ended, is taken over.
    Adopted {
        /// The action.
        action: ActionId,
        /// Whose it is.
        adoption: Adoption,
        /// Its status.
        status: ActionStatus,
        /// Who asked for it, as the service says.
        requestor: Option<String>,
    },
    /// The request was given up without an answer; the engine looks for its effect.
    Doubtful {
        /// Why.
        code: Code,
    },
    /// The device ended in this outcome.
    Ended {
        /// The outcome's name.
        outcome: &'static str,
        /// The error's code, where there is one.
        code: Option<Code>,
    },
    /// A download link was issued; from the second on it replaces one that died.
    LinkIssued {
        /// How many so far, this one included.
        count: u32,
    },
    /// Bytes of the package have arrived.
    Progress {
        /// Bytes so far.
        received: u64,
        /// Bytes of the whole package, where the service said so.
        total: Option<u64>,
    },
    /// The device was found; shown before anything is asked of it.
    Resolved {
        /// Its id.
        machine: MachineId,
        /// Its full name.
        name: Option<String>,
    },
    /// A call failed and will be repeated.
    Retrying {
        /// Why.
        code: Code,
        /// What went wrong, in words.
        message: String,
        /// In how many seconds.
        seconds: f64,
    },
    /// The action's status, when it is new.
    Status {
        /// The status.
        status: ActionStatus,
    },
    /// The quota is used up, or the service asked for patience.
    Throttled {
        /// Which calls.
        quota: QuotaClass,
        /// For how many seconds.
        seconds: f64,
    },
    /// The package is in place and its manifest is written, but not every byte of it could be checked.
    Unverified {
        /// The file name.
        name: String,
        /// Bytes.
        size: u64,
        /// Lower-case hexadecimal SHA-256.
        sha256: String,
        /// Members in the package.
        members: u64,
        /// Findings that could harm or mislead a careless reader, or say what could not be checked.
        findings: u64,
        /// What could not be checked, and why.
        why: String,
    },
    /// Structure and every CRC are right, and the manifest is written.
    Verified {
        /// The file name.
        name: String,
        /// Bytes.
        size: u64,
        /// Lower-case hexadecimal SHA-256.
        sha256: String,
        /// Members in the package.
        members: u64,
        /// Findings that could harm or mislead a careless reader, and do not make it damaged.
        findings: u64,
    },
    /// Something that does not stop the run but should be known.
    Warning {
        /// In plain words.
        message: String,
    },
}
