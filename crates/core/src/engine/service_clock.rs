//! The service's time, from its `Date` headers.

use std::time::Duration;

use time::OffsetDateTime;

use crate::Now;

/// Follows the service's clock with the monotonic clock, so that jumps of the local clock change
/// nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServiceClock {
    anchor: Option<(OffsetDateTime, Duration)>,
}

impl ServiceClock {
    /// Takes the `Date` of a reply that has just arrived from [the service
    /// itself](super::Judge::has_heard_service).
    pub fn observe(&mut self, date: Option<OffsetDateTime>, now: Now) {
        if let Some(date) = date {
            self.anchor = Some((date, now.monotonic));
        }
    }

    /// Whether a reply has told the service's time; until then it is the caller's wall clock.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.anchor.is_some()
    }

    /// The service's time; the caller's wall clock until the first reply.
    #[must_use]
    pub fn at(&self, now: Now) -> OffsetDateTime {
        self.anchor.map_or(now.wall, |(date, then)| {
            date.saturating_add(
                time::Duration::try_from(now.monotonic.saturating_sub(then)).unwrap_or_default(),
            )
        })
    }
}
