//! What is not known of the real service.

use std::time::Duration;

use crate::random::Random;

/// What is not known of the real service; each seed draws its own.
#[derive(Clone, Debug)]
pub(crate) struct Unknowns {
    pub(crate) external_id: ExternalId,
    pub(crate) old_action_instead_of_400: bool,
    pub(crate) list_lag: Duration,
    pub(crate) get_lag: Duration,
    pub(crate) requestor: Requestor,
    pub(crate) keeps_comment: bool,
    /// Rows of one page of a list.
    pub(crate) page: usize,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum ExternalId {
    Ignored,
    Refused,
    Stored,
}

/// Whom the service names as having asked.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Requestor {
    AppId,
    AppName,
    Nobody,
}

/// Draws what is not known.
pub(crate) fn unknowns(random: &mut Random) -> Unknowns {
    Unknowns {
        external_id: *random.pick(&[ExternalId::Stored, ExternalId::Ignored, ExternalId::Refused]),
        old_action_instead_of_400: random.chance(500),
        list_lag: *random.pick(&[Duration::ZERO, Duration::from_secs(20), Duration::from_secs(60)]),
        get_lag: *random.pick(&[Duration::ZERO, Duration::from_secs(30), Duration::from_secs(100)]),
        requestor: *random.pick(&[Requestor::Nobody, Requestor::AppId, Requestor::AppName]),
        keeps_comment: !random.chance(200),
        page: *random.pick(&[1_000, 1_000, 2]),
    }
}
