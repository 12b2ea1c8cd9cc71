use std::time::Duration;

use time::OffsetDateTime;

/// The current time, as an argument: nothing in this crate reads a clock.
///
/// The monotonic part is used for pacing, the wall part for records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Now {
    /// The wall-clock time, in UTC.
    pub wall: OffsetDateTime,
    /// The time since an arbitrary origin; it never runs backwards.
    pub monotonic: Duration,
}

impl Now {
    /// Creates a moment from a wall clock and a monotonic clock read together; `wall` is converted
    /// to UTC.
    #[must_use]
    pub fn new(wall: OffsetDateTime, monotonic: Duration) -> Self {
        Self { wall: wall.to_offset(time::UtcOffset::UTC), monotonic }
    }
}
