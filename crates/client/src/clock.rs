//! The driver's clocks.

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

/// The driver's clock: real, scaled on a loopback address, or virtual in a test.
pub trait Clock: std::fmt::Debug + Send + Sync {
    /// The current time.
    fn now(&self) -> Now;

    /// Sleeps until this monotonic time. `busy` says that requests are in flight whose replies may
    /// end the wait early.
    fn sleep_until(&self, monotonic: Duration, busy: bool) -> BoxFuture<'_, ()>;

    /// Converts a duration on this clock to real time.
    fn real(&self, duration: Duration) -> Duration {
        duration
    }

    /// Whether the clock may only be used with a service on a loopback address.
    fn is_loopback_only(&self) -> bool {
        false
    }
}

/// Monotonic time starts at one day, so that calls of an earlier process have a time before the
/// start.
const HEAD_START: Duration = Duration::from_secs(24 * 60 * 60);
