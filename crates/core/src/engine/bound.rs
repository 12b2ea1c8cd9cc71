//! Limits how long a run works before it returns.

use std::time::Duration;

use super::Engine;
use crate::Now;

/// A limit after which a run returns even if there is more to do; a driver enforces it.
#[derive(Clone, Copy, Debug)]
pub struct Bound {
    back_by: Duration,
    waits: bool,
}

impl Bound {
    /// Returns within this time from now.
    #[must_use]
    pub fn within(budget: Duration, now: Now) -> Self {
        Self { back_by: now.monotonic.saturating_add(budget), waits: true }
    }

    /// Returns as soon as there is nothing to do but wait, and at the latest within this time from
    /// now.
    #[must_use]
    pub fn without_waiting(at_most: Duration, now: Now) -> Self {
        Self { waits: false, ..Self::within(at_most, now) }
    }

    /// The latest time to return, as monotonic time.
    #[must_use]
    pub fn back_by(self) -> Duration {
        self.back_by
    }

    /// Whether the run of this engine should be stopped now.
    ///
    /// `until` is the time until which the engine waits ([`Command::Wait`](super::Command::Wait));
    /// `is_busy` says whether any command is in flight.
    #[must_use]
    pub fn is_over(
        self,
        engine: &Engine,
        until: Option<Duration>,
        is_busy: bool,
        now: Now,
    ) -> bool {
        // This checks all collections of an engine, so it is done only when needed.
        self.is_over_if(|| engine.is_interruptible(), until, is_busy, now)
    }

    fn is_over_if(
        self,
        is_interruptible: impl FnOnce() -> bool,
        until: Option<Duration>,
        is_busy: bool,
        now: Now,
    ) -> bool {
        let last = if self.waits { self.back_by } else { now.monotonic };
        let has_rest = until.is_none_or(|until| until > last);
        !is_busy && has_rest || now.monotonic >= self.back_by && is_interruptible()
    }

    /// The time until which to wait. After the limit, only work that must not be interrupted is
    /// waited for.
    #[must_use]
    pub fn wait_until(self, until: Option<Duration>, now: Now) -> Option<Duration> {
        let back_by = Some(self.back_by).filter(|back_by| *back_by > now.monotonic);
        until.into_iter().chain(back_by).min()
    }
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use super::*;

    fn at(seconds: u64) -> Now {
        Now::new(OffsetDateTime::UNIX_EPOCH, Duration::from_secs(seconds))
    }

    #[test]
    fn a_run_comes_back_when_its_time_is_over_or_nothing_is_to_be_done_in_it() {
        let second = |second| Some(Duration::from_secs(second));
        let waits = Bound::within(Duration::from_secs(10), at(0));
        let hastens = Bound::without_waiting(Duration::from_secs(10), at(0));
        for (bound, until, is_interruptible, is_busy, now, is_over) in [
            (waits, second(5), true, false, 0, false),
            (waits, second(10), true, false, 0, false),
            (waits, second(11), true, false, 0, true),
            (waits, None, true, false, 0, true),
            (waits, second(11), true, true, 0, false),
            (waits, second(11), true, true, 10, true),
            (waits, second(11), false, true, 10, false),
            (hastens, second(5), true, false, 0, true),
            (hastens, second(5), true, true, 0, false),
            (hastens, second(5), true, true, 10, true),
        ] {
            let told = bound.is_over_if(|| is_interruptible, until, is_busy, at(now));
            assert_eq!(told, is_over, "{bound:?} {until:?} {now}");
        }
        assert_eq!(waits.wait_until(second(5), at(0)), second(5));
        assert_eq!(waits.wait_until(None, at(0)), second(10));
        assert_eq!(waits.wait_until(second(12), at(0)), second(10));
        assert_eq!(waits.wait_until(second(12), at(10)), second(12));
    }
}
