//! Time as the driver sees it.

#[cfg(test)]
mod jump;
mod scaled;
mod system;

use std::time::Duration;

use futures_util::future::BoxFuture;
use mde_forensics_core::Now;

#[cfg(test)]
pub(crate) use jump::JumpClock;
pub use scaled::ScaledClock;
pub use system::SystemClock;

/// Time as the driver sees it: real, scaled on a loopback address, or virtual in a test.
pub trait Clock: std::fmt::Debug + Send + Sync {
    /// The time now.
    fn now(&self) -> Now;

    /// Ends at this monotonic time. `busy` says that requests are under way whose answers may end the wait.
    fn sleep_until(&self, monotonic: Duration, busy: bool) -> BoxFuture<'_, ()>;

    /// How long this much of the clock's time really lasts.
    fn real(&self, duration: Duration) -> Duration {
        duration
    }

    /// Whether it is only for a service on a loopback address.
    fn is_loopback_only(&self) -> bool {
        false
    }
}

/// Where monotonic time begins, so that calls of an earlier process still have their place before it.
const HEAD_START: Duration = Duration::from_secs(24 * 60 * 60);
