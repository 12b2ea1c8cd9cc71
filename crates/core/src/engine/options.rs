//! The options of a run.

use std::time::Duration;

use crate::quota::QuotaOptions;
use crate::{BaseUrl, Code, Comment, Error};

/// How one run of the engine behaves; the same for all its devices.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Options {
    /// The tenant's id or verified domain.
    pub tenant: String,
    /// The API host of the run. All calls use one host, because another one may not see new
    /// actions.
    pub base: BaseUrl,
    /// Why the evidence is collected; sent to the service with every request.
    pub comment: Comment,
    /// A name under which a later run finds this one again, such as `INC-42`: 1 to 256 bytes, not
    /// blank.
    pub key: Option<String>,
    /// Sixteen random bytes; markers and jitter are derived from them, since the core has no
    /// randomness.
    pub entropy: [u8; 16],
    /// Whether to append the marker to the comment (default: yes).
    pub mark_comment: bool,
    /// Whether to send the marker as `ExternalId` (default: yes).
    pub send_external_id: bool,
    /// Whether to check the token's claims and the device's available actions first (default: yes).
    pub preflight: bool,
    /// What to do if several devices match a name (default: never choose).
    pub pick: Pick,
    /// How far to go (default: until the package is in the output folder).
    pub until: Until,
    /// The limit from the service's acceptance to the terminal status (default: 30 minutes), across
    /// all runs and steps that wait for it. A run that continues later checks once, and takes a
    /// collection that has ended meanwhile.
    pub timeout: Duration,
    /// The limit of the whole run (default: 12 hours). Without it, a run whose every call is
    /// answered with 429 never ends.
    pub deadline: Option<Duration>,
    /// The maximum number of devices between search and acceptance at one time (default: 16).
    pub concurrency: usize,
    /// The maximum number of concurrent downloads (default: 4).
    pub downloads: usize,
    /// A fixed interval between polls, at least one second. By default it grows from 10 to 30
    /// seconds.
    pub poll_every: Option<Duration>,
}

impl Options {
    /// Creates options with the documented defaults.
    ///
    /// `tenant` is the tenant's id or domain, `base` the API host, `comment` the reason for the
    /// collection, and `entropy` sixteen random bytes.
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

    /// Fails with `invalid_option` if the key is blank, since one incident would then adopt
    /// another's evidence, or if it is longer than 256 bytes.
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

    /// The options for the manifest. `verifies` says whether server certificates were verified;
    /// `None` if the HTTP client is not ours.
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

/// The maximum length of a key in bytes.
pub(super) const MAX_KEY: usize = 256;

/// What to do if several devices match a name.
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
/// The names are `collected`, `ready` and `requested`.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Until {
    /// Until the service has accepted the request.
    Requested,
    /// Until the package is ready at the service.
    Ready,
    /// Until the package is in the output folder and verified.
    #[default]
    Collected,
}

impl Until {
    /// Parses a name. `None` means as far as possible: `collected` with an output folder, otherwise
    /// `ready`.
    ///
    /// Fails with `invalid_option` for an unknown name.
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
