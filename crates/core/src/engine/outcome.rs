//! How a collection ends.

use std::fmt;

use serde::Serialize;
use time::OffsetDateTime;

use super::{Adoption, Handle, Verdict};
use crate::json::{Fields, Json, Read, Wrong, deserialize};
use crate::wire::MachineAction;
use crate::{Code, Error, Fault, MachineId};

/// How one device ended; exactly one for each.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Outcome {
    /// Several devices answer to the name; nothing was chosen.
    Ambiguous(Vec<Candidate>),
    /// Somebody cancelled the action at the service.
    Cancelled(Cancellation),
    /// The package lies in the output folder; [`Stored::verdict`] says whether every byte of it was verified.
    Collected(Stored),
    /// Time ran out here; the action may well go on at the service.
    DeadlineReached {
        /// Which time.
        limit: Limit,
        /// What kept it: the last thing that went wrong, and has not gone well since.
        trouble: Option<Error>,
    },
    /// It ended badly.
    Failed(Error),
    /// No device answers to the name.
    NotFound(Error),
    /// The service says that this device cannot be collected from.
    NotSupported(Error),
    /// Done at the service, not downloaded by wish.
    Ready,
    /// The request was refused, by the service or by a look at the token.
    Refused(Error),
    /// Accepted by the service, not waited for by wish.
    Requested,
    /// The action ended in the service's own `TimeOut`.
    ServiceTimedOut,
    /// Stopped here by wish; the service was not told.
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

    /// The error in it, where there is one.
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

    /// Why the caller did not get what was asked for of `device`, as an error; none where it is there. A package that
    /// could not be verified is there too: see [`is_success`](Self::is_success).
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

    /// Whether the caller has what was asked for; a package that could not be verified is not that.
    #[must_use]
    pub fn is_success(&self) -> bool {
        match self {
            Self::Collected(stored) => stored.verdict == Verdict::Whole,
            Self::Ready | Self::Requested => true,
            _ => false,
        }
    }
}

/// Who cancelled an action and why, as far as the service says.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Cancellation {
    /// Who: a user's principal name, or an app's id or name.
    pub requestor: Option<String>,
    /// Why.
    pub comment: Option<String>,
}

impl Cancellation {
    /// What the service says of the action's end.
    pub(super) fn of(action: &MachineAction) -> Self {
        Self {
            requestor: action.cancellation_requestor.clone(),
            comment: action.cancellation_comment.clone(),
        }
    }
}

impl fmt::Display for Cancellation {
    /// `cancelled at the service by ...: ...`, with what is known.
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

/// Which limit was reached.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Limit {
    /// The bound of the whole run.
    Deadline,
    /// The bound from acceptance to the terminal status.
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

/// One of several devices that answer to a name.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Candidate {
    /// Its id.
    pub machine: MachineId,
    /// Its full name.
    pub name: Option<String>,
    /// When it last sent a full report.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub last_seen: Option<OffsetDateTime>,
    /// Its health, in the service's word.
    pub health: Option<String>,
}

impl fmt::Display for Candidate {
    /// The full name, if there is one, and the id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "`{}` ({})", name.escape_debug(), self.machine),
            None => write!(f, "{}", self.machine),
        }
    }
}

/// Where a package lies.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Stored {
    /// Its file name in the output folder.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Lower-case hexadecimal SHA-256.
    pub sha256: String,
    /// Whether every byte of it was verified; never damaged, since what is damaged goes by another name.
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

/// How a whole run ended.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Report {
    /// One for each device, in the order of the call.
    pub devices: Vec<DeviceReport>,
}

/// How one device ended, and all that is known of it.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeviceReport {
    /// The device, in the caller's words.
    pub device: String,
    /// How it ended.
    pub outcome: Outcome,
    /// What a later run resumes from.
    pub handle: Handle,
}

impl DeviceReport {
    /// Whose action was collected, once there is one.
    #[must_use]
    pub fn adoption(&self) -> Option<Adoption> {
        self.handle.action().map(|action| action.adoption)
    }

    /// Whether the handle can be resumed and something may yet come of it.
    ///
    /// True while its request or its action is [open](Handle::is_open), whatever the outcome, and when only our own wish,
    /// time or a passing failure stood in the way.
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
