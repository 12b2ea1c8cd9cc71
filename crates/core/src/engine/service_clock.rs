//! The service's time, as its own `Date` headers tell it.

use std::time::Duration;

use time::OffsetDateTime;

use crate::Now;

/// Follows the service's clock by the monotonic one, so that a local clock that jumps changes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct ServiceClock {
    anchor: Option<(OffsetDateTime, Duration)>,
}

impl ServiceClock {
    /// Takes the `Date` of a reply that came now, and was [the service's own](super::Judge::has_heard_service).
    pub fn observe(&mut self, date: Option<OffsetDateTime>, now: Now) {
        if let Some(date) = date {
            self.anchor = Some((date, now.monotonic));
        }
    }

    /// Whether a reply has told it; until then it is only the caller's word.
    #[must_use]
    pub fn is_known(&self) -> bool {
        self.anchor.is_some()
    }

    /// The service's time; the caller's wall clock until a first reply has come.
    #[must_use]
    pub fn at(&self, now: Now) -> OffsetDateTime {
        self.anchor.map_or(now.wall, |(date, then)| {
            date.saturating_add(
                time::Duration::try_from(now.monotonic.saturating_sub(then)).unwrap_or_default(),
            )
        })
    }
}
