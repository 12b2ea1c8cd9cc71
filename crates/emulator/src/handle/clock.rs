//! Control of the emulator's clock.

use std::time::Duration;

use time::OffsetDateTime;

use super::Handle;
use crate::Error;
use crate::text::seconds;

impl Handle {
    /// The emulator's current time.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.shared.clock().now()
    }

    /// How many of the emulator's seconds pass per real second; 0 for a clock that stands still.
    #[must_use]
    pub fn time_scale(&self) -> f64 {
        self.shared.clock().rate()
    }

    /// Advances the clock by this much at once. Responses that are held back until then are sent.
    pub fn advance(&self, by: Duration) {
        self.shared.clock().advance(seconds(by.as_secs_f64()));
    }

    /// Sets the clock. Fails with [`Error::Invalid`] for a time in the past, or outside the years
    /// 1970 to 9998.
    pub fn set_time(&self, time: OffsetDateTime) -> Result<(), Error> {
        self.shared.clock().set(time)
    }
}
