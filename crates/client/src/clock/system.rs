//! The operating system's clock.

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use mde_forensics_core::Now;
use time::OffsetDateTime;

use super::{Clock, HEAD_START};

/// The operating system's clock.
#[derive(Clone, Copy, Debug)]
pub struct SystemClock {
    origin: Instant,
}

impl SystemClock {
    /// Creates a clock whose monotonic time starts now at one day, so that earlier events have a
    /// time on it too.
    #[must_use]
    pub fn new() -> Self {
        Self { origin: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Now {
        Now { wall: OffsetDateTime::now_utc(), monotonic: HEAD_START + self.origin.elapsed() }
    }

    fn sleep_until(&self, monotonic: Duration, _busy: bool) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(monotonic.saturating_sub(self.now().monotonic)))
    }
}
