use std::time::Duration;

use time::OffsetDateTime;

/// The time, as an argument: nothing in this crate reads a clock.
///
/// The monotonic part paces, the wall part is written down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The time of day, in UTC.
    pub wall: OffsetDateTime,
    /// Time since an arbitrary origin; it never runs backwards.
    pub monotonic: Duration,
}

impl Now {
    /// The moment that a wall clock and a monotonic clock showed together; `wall` is turned to UTC.
    #[must_use]
    pub fn new(wall: OffsetDateTime, monotonic: Duration) -> Self {
        Self { wall: wall.to_offset(time::UtcOffset::UTC), monotonic }
    }
}
