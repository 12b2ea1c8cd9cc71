//! The emulator's clock, from outside.

use std::time::Duration;

use time::OffsetDateTime;

use super::Handle;
use crate::Error;
use crate::text::seconds;

impl Handle {
    /// What time it is for the emulator.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.shared.clock().now()
    }

    /// How many of the emulator's seconds pass in one of the machine's; 0 where its clock stands
    /// still until it is advanced.
    #[must_use]
    pub fn time_scale(&self) -> f64 {
        self.shared.clock().rate()
    }

    /// So much time passes at once. Answers that are held back until then go out.
    pub fn advance(&self, by: Duration) {
        self.shared.clock().advance(seconds(by.as_secs_f64()));
    }

    /// It is that time now. Fails for a time that has passed.
    pub fn set_time(&self, time: OffsetDateTime) -> Result<(), Error> {
        self.shared.clock().set(time)
    }
}
