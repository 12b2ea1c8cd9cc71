//! What a run is asked to do.

use std::time::Duration;

use crate::quota::QuotaOptions;
use crate::{BaseUrl, Code, Comment, Error};

/// How one run of the engine behaves; the same for all of its devices.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The tenant's id or verified domain.
    pub tenant: String,
    /// The one API host of the run: mixing hosts makes fresh actions invisible.
    pub base: BaseUrl,
    /// Why the evidence is collected; travels to the service with every request.
    pub comment: Comment,
    /// A name under which a later run finds this one again, such as `INC-42`: 1 to 256 bytes, not all blank.
    pub key: Option<String>,
    /// Sixteen random bytes; markers and jitter are derived from them, since core has no randomness.
    pub entropy: [u8; 16],
    /// Whether the marker is also appended to the comment (default: yes).
    pub mark_comment: bool,
    /// Whether the marker is sent as `ExternalId` (default: yes).
    pub send_external_id: bool,
    /// Whether the token's claims and the device's available actions are looked at first (default: yes).
    pub preflight: bool,
    /// What to do when several devices answer to one name (default: never choose).
    pub pick: Pick,
    /// How far to go (default: until the package lies in the output folder).
    pub until: Until,
    /// From the service's acceptance to the terminal status (default: 30 minutes), however many runs and steps wait for
    /// it. A run that goes on after that looks once, and takes what has ended meanwhile.
    pub timeout: Duration,
    /// Bounds the whole run (default: 12 hours). Nothing else ends one whose every call the service answers with 429.
    pub deadline: Option<Duration>,
    /// Devices between search and acceptance at one time (default: 16).
    pub concurrency: usize,
    /// Downloads at one time (default: 4).
    pub downloads: usize,
    /// A fixed time between two polls, at least a second; without one it grows from 10 to 30 seconds.
    pub poll_every: Option<Duration>,
}

impl Options {
    /// Options with the documented defaults.
    ///
    /// `tenant` is the tenant's id or domain, `base` the API host, `entropy` sixteen random bytes.
    #[must_use]
    pub fn new(
        tenant: impl Into<String>,
        base: BaseUrl,
        comment: Comment,
        entropy: [u8; 16],
    ) -> Self {
        Self {
            tenant: tenant.into(),
            base,
            comment,
            key: None,
            entropy,
            mark_comment: true,
            send_external_id: true,
            preflight: true,
            pick: Pick::Never,
            until: Until::Collected,
            timeout: Duration::from_secs(30 * 60),
            deadline: Some(Duration::from_secs(12 * 60 * 60)),
            concurrency: 16,
            downloads: 4,
            poll_every: None,
        }
    }

    /// Fails with `invalid_option` if the key is blank, and would have one incident take the evidence of another, or is
    /// longer than a handle keeps.
    pub(super) fn check(&self) -> Result<(), Error> {
        let Some(key) = &self.key else { return Ok(()) };
        if key.trim().is_empty() {
            let text = "the key is blank: name the incident by it, or give none";
            return Err(Error::new(Code::InvalidOption, text));
        }
        if key.len() > MAX_KEY {
            let text = format!("the key is longer than {MAX_KEY} bytes");
            return Err(Error::new(Code::InvalidOption, text));
        }
        Ok(())
    }

    /// What the manifest says of how the run was set up. `verifies` is whether the servers' certificates were verified, which
    /// nobody knows where the HTTP is not ours.
    #[must_use]
    pub fn for_manifest(&self, quotas: QuotaOptions, verifies: Option<bool>) -> serde_json::Value {
        let Options {
            key,
            mark_comment,
            send_external_id,
            preflight,
            pick,
            until,
            timeout,
            deadline,
            concurrency,
            downloads,
            poll_every,
            ..
        } = self;
        serde_json::json!({
            "key": key,
            "verify_certificates": verifies,
            "comment_carries_marker": mark_comment,
            "marker_as_external_id": send_external_id,
            "preflight": preflight,
            "pick": format!("{pick:?}").to_ascii_lowercase(),
            "until": format!("{until:?}").to_ascii_lowercase(),
            "timeout_seconds": timeout.as_secs(),
            "deadline_seconds": deadline.map(|deadline| deadline.as_secs()),
            "concurrency": concurrency,
            "downloads": downloads,
            "poll_every_seconds": poll_every.map(|poll_every| poll_every.as_secs_f64()),
            "quota_scope": quotas.scope,
            "quota_share": quotas.share,
        })
    }
}

/// The bytes of a key.
pub(super) const MAX_KEY: usize = 256;

/// What to do when several devices answer to one name.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Pick {
    /// End the device as ambiguous and list the candidates.
    #[default]
    Never,
    /// Take the one that reported last.
    Newest,
}

/// How far a run goes with each device.
///
/// Its names are `collected`, `ready` and `requested`.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Until {
    /// Until the service has accepted the request.
    Requested,
    /// Until the package is ready at the service.
    Ready,
    /// Until the package lies in the output folder, verified.
    #[default]
    Collected,
}

impl Until {
    /// How far a run goes for which a caller says this much: as far as it can where nothing is said, which without an
    /// output folder is until the package is ready.
    ///
    /// Fails with `invalid_option` if `said` is none of the names.
    pub fn parse(said: Option<&str>, has_folder: bool) -> Result<Self, Error> {
        Ok(match said {
            None if has_folder => Self::Collected,
            None | Some("ready") => Self::Ready,
            Some("collected") => Self::Collected,
            Some("requested") => Self::Requested,
            Some(other) => {
                let text = format!(
                    "`until` must be `collected`, `ready` or `requested`, and is `{}`",
                    other.escape_debug()
                );
                return Err(Error::new(Code::InvalidOption, text));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_far_a_run_goes_hangs_on_the_folder_where_nobody_says() {
        let parse = |said, has_folder| Until::parse(said, has_folder).map_err(|e| e.code());
        assert_eq!(parse(None, true), Ok(Until::Collected));
        assert_eq!(parse(None, false), Ok(Until::Ready));
        assert_eq!(parse(Some("collected"), false), Ok(Until::Collected));
        assert_eq!(parse(Some("ready"), true), Ok(Until::Ready));
        assert_eq!(parse(Some("requested"), true), Ok(Until::Requested));
        assert_eq!(parse(Some("Ready"), true), Err(Code::InvalidOption));
    }
}
