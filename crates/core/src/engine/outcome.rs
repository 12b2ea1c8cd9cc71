//! How a collection ends.

use std::fmt;

use serde::Serialize;
use time::OffsetDateTime;

use super::{Adoption, Handle, Verdict};
use crate::json::{Fields, Json, Read, Wrong, deserialize};
use crate::wire::MachineAction;
use crate::{Code, Error, Fault, MachineId};

/// How one device ended; each device has exactly one outcome.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// Several devices match the name; none was chosen.
    Ambiguous(Vec<Candidate>),
    /// Someone cancelled the action at the service.
    Cancelled(Cancellation),
    /// The package is in the output folder; [`Stored::verdict`] says whether every byte was
    /// verified.
    Collected(Stored),
    /// Our time limit was reached; the action may continue at the service.
    DeadlineReached {
        /// The limit that was reached.
        limit: Limit,
        /// What caused the delay: the last error that was not followed by a success.
        trouble: Option<Error>,
    },
    /// The collection failed.
    Failed(Error),
    /// No device matches the name.
    NotFound(Error),
    /// The service says that it does not support collection from this device.
    NotSupported(Error),
    /// Ready at the service; not downloaded, as requested.
    Ready,
    /// The request was refused, by the service or after a check of the token.
    Refused(Error),
    /// Accepted by the service; not waited for, as requested.
    Requested,
    /// The action ended with the service's own `TimeOut`.
    ServiceTimedOut,
    /// Stopped locally on request; the service was not told.
    Stopped,
}

impl Outcome {
    /// The outcome's stable name, the same in every language.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Ambiguous(_) => "ambiguous",
            Self::Cancelled(_) => "cancelled",
            Self::Collected(_) => "collected",
            Self::DeadlineReached { .. } => "deadline_reached",
            Self::Failed(_) => "failed",
            Self::NotFound(_) => "not_found",
            Self::NotSupported(_) => "not_supported",
            Self::Ready => "ready",
            Self::Refused(_) => "refused",
            Self::Requested => "requested",
            Self::ServiceTimedOut => "service_timed_out",
            Self::Stopped => "stopped",
        }
    }

    /// The outcome's error, if it has one.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        match self {
            Self::Failed(error)
            | Self::NotFound(error)
            | Self::NotSupported(error)
            | Self::Refused(error) => Some(error),
            Self::DeadlineReached { trouble, .. } => trouble.as_ref(),
            _ => None,
        }
    }

    /// Why the caller did not get what was requested from `device`, as an error; `None` on success.
    /// A package that could not be verified is not an error either; see
    /// [`is_success`](Self::is_success).
    #[must_use]
    pub fn to_error(&self, device: &str) -> Option<Error> {
        let device = device.escape_debug();
        let (code, message) = match self {
            Self::Collected(_) | Self::Ready | Self::Requested => return None,
            Self::Failed(error)
            | Self::NotFound(error)
            | Self::NotSupported(error)
            | Self::Refused(error) => return Some(error.clone()),
            Self::Ambiguous(candidates) => {
                let names: Vec<_> = candidates.iter().map(Candidate::to_string).collect();
                let message = format!("several devices answer to `{device}`: {}", names.join(", "));
                (Code::DeviceAmbiguous, message)
            }
            Self::Cancelled(how) => {
                (Code::CollectionCancelled, format!("the collection from `{device}` was {how}"))
            }
            Self::DeadlineReached { limit, trouble } => {
                let message =
                    format!("the collection from `{device}` has not ended within its {limit}");
                let error = Error::new(Code::DeadlineReached, message);
                return Some(match trouble {
                    Some(trouble) => error.with_source(trouble.clone()),
                    None => error,
                });
            }
            Self::ServiceTimedOut => (
                Code::CollectionTimedOut,
                format!("the service gave the collection from `{device}` up"),
            ),
            Self::Stopped => {
                (Code::Stopped, format!("the collection from `{device}` was stopped here"))
            }
        };
        Some(Error::new(code, message))
    }

    /// Whether the caller has what was requested. False for a package that could not be verified.
    #[must_use]
    pub fn is_success(&self) -> bool {
        match self {
            Self::Collected(stored) => stored.verdict == Verdict::Whole,
            Self::Ready | Self::Requested => true,
            _ => false,
        }
    }
}

/// Who cancelled an action and why, according to the service.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Cancellation {
    /// The user's principal name, or the app's id or name.
    pub requestor: Option<String>,
    /// The reason.
    pub comment: Option<String>,
}

impl Cancellation {
    /// The service's data on the cancellation.
    pub(super) fn of(action: &MachineAction) -> Self {
        Self {
            requestor: action.cancellation_requestor.clone(),
            comment: action.cancellation_comment.clone(),
        }
    }
}

impl fmt::Display for Cancellation {
    /// Prints `cancelled at the service by ...: ...`, with what is known.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cancelled at the service")?;
        if let Some(requestor) = &self.requestor {
            write!(f, " by `{}`", requestor.escape_debug())?;
        }
        match &self.comment {
            Some(comment) => write!(f, ": {}", comment.escape_debug()),
            None => Ok(()),
        }
    }
}

/// A time limit.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Limit {
    /// The limit of the whole run.
    Deadline,
    /// The limit from acceptance to the terminal status.
    Timeout,
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Deadline => "deadline",
            Self::Timeout => "timeout",
        })
    }
}

/// One of several devices that match a name.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Candidate {
    /// Its id.
    pub machine: MachineId,
    /// Its fully qualified name.
    pub name: Option<String>,
    /// When it last sent a full report.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub last_seen: Option<OffsetDateTime>,
    /// Its health, in the service's terms.
    pub health: Option<String>,
}

impl fmt::Display for Candidate {
    /// Prints the fully qualified name, if there is one, and the id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "`{}` ({})", name.escape_debug(), self.machine),
            None => write!(f, "{}", self.machine),
        }
    }
}

/// A package in the output folder.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Stored {
    /// Its file name in the output folder.
    pub name: String,
    /// The size in bytes.
    pub size: u64,
    /// The SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// Whether every byte was verified. Never `damaged`: a damaged package has another name.
    pub verdict: Verdict,
}

impl Stored {
    pub(super) fn of(fields: &mut Fields<'_>) -> Result<Self, Wrong> {
        Ok(Self {
            name: fields.take("name")?,
            size: fields.take("size")?,
            sha256: fields.take("sha256")?,
            verdict: fields.take("verdict")?,
        })
    }
}

impl Read for Stored {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, Self::of)
    }
}

deserialize!(Stored);

/// The result of a run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// One report per device, in the order of the call.
    pub devices: Vec<DeviceReport>,
}

/// The result of one device, and everything known about it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeviceReport {
    /// The device as the caller named it.
    pub device: String,
    /// The outcome.
    pub outcome: Outcome,
    /// The handle from which a later run can resume.
    pub handle: Handle,
    /// When an earlier run with the same key requested the package that this run continued with; `None` if no earlier
    /// run did.
    pub earlier: Option<OffsetDateTime>,
    /// The other devices that match the name, if one of several was chosen.
    pub passed_over: Vec<Candidate>,
    /// Whether the service names the owner of this run's token as the action's requestor, as far as both are known.
    pub is_same_account: bool,
}

impl DeviceReport {
    /// Whose action was collected, once there is one.
    #[must_use]
    pub fn adoption(&self) -> Option<Adoption> {
        self.handle.action().map(|action| action.adoption)
    }

    /// Whether the handle can be resumed with a chance of success.
    ///
    /// True while its request or action is [open](Handle::is_open), whatever the outcome, and if
    /// only the caller's options, a time limit or a temporary failure stopped it.
    #[must_use]
    pub fn is_resumable(&self) -> bool {
        match &self.outcome {
            Outcome::DeadlineReached { .. }
            | Outcome::Ready
            | Outcome::Requested
            | Outcome::Stopped => true,
            Outcome::Failed(error) if error.code().fault() != Fault::Workflow => true,
            _ => self.handle.is_open(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine() -> MachineId {
        MachineId::parse("0123456789abcdef0123456789abcdef01234567").unwrap()
    }

    #[test]
    fn what_is_no_success_is_an_error() {
        let candidate = |name: Option<&str>| Candidate {
            machine: machine(),
            name: name.map(str::to_owned),
            last_seen: None,
            health: None,
        };
        let named = Candidate::to_string(&candidate(Some("ws-042.contoso.com")));
        assert_eq!(named, "`ws-042.contoso.com` (0123456789abcdef0123456789abcdef01234567)");
        let out_of_time = |trouble| Outcome::DeadlineReached { limit: Limit::Timeout, trouble };
        let outcomes = [
            (Outcome::Ambiguous(vec![candidate(None)]), Code::DeviceAmbiguous),
            (Outcome::Cancelled(Cancellation::default()), Code::CollectionCancelled),
            (out_of_time(None), Code::DeadlineReached),
            (Outcome::Failed(Error::new(Code::LinkDead, "dead")), Code::LinkDead),
            (Outcome::NotFound(Error::new(Code::DeviceNotFound, "gone")), Code::DeviceNotFound),
            (Outcome::ServiceTimedOut, Code::CollectionTimedOut),
            (Outcome::Stopped, Code::Stopped),
        ];
        for (outcome, code) in outcomes {
            assert!(!outcome.is_success());
            let error = outcome.to_error("ws\n042").unwrap();
            assert_eq!(error.code(), code);
            assert!(!error.message().contains('\n'));
        }
        let outcome =
            out_of_time(Some(Error::new(Code::Throttled, "too many").with_request_id("id")));
        let error = outcome.to_error("ws-042").unwrap();
        assert_eq!(outcome.error().map(Error::code), Some(Code::Throttled));
        assert_eq!(
            (error.causes(), error.request_id()),
            (&["too many".to_owned()][..], Some("id"))
        );
        for outcome in [Outcome::Ready, Outcome::Requested] {
            assert!(outcome.is_success() && outcome.to_error("ws-042").is_none());
        }
    }
}
