//! The emulator's own clock.

use std::ops::RangeInclusive;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use time::{OffsetDateTime, UtcOffset};
use tokio::sync::watch;

use crate::Error;
use crate::config::ClockMode;
use crate::text::seconds;

/// The emulator's own clock: in real time, scaled, or standing still until it is advanced.
///
/// All clones are the same clock.
#[derive(Clone, Debug)]
pub(crate) struct Clock {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    hand: Mutex<Hand>,
    moved: watch::Sender<()>,
}

/// It read `base` at the real time `origin`; since then, `rate` of its seconds pass per real
/// second.
#[derive(Clone, Copy, Debug)]
struct Hand {
    base: OffsetDateTime,
    origin: Instant,
    rate: f64,
}

impl Clock {
    /// A clock that starts at `start`, or now. Fails with [`Error::Invalid`] for a scale that
    /// clients do not support, and for a start outside the supported years.
    pub(crate) fn new(mode: ClockMode, start: Option<OffsetDateTime>) -> Result<Self, Error> {
        let hand = Hand::new(mode, start)?;
        let (moved, _) = watch::channel(());
        Ok(Self { inner: Arc::new(Inner { hand: Mutex::new(hand), moved }) })
    }

    pub(crate) fn now(&self) -> OffsetDateTime {
        self.hand(|hand| hand.now())
    }

    /// How many of its seconds pass per real second; 0 for a clock that stands still.
    pub(crate) fn rate(&self) -> f64 {
        self.hand(|hand| hand.rate)
    }

    pub(crate) fn advance(&self, by: time::Duration) {
        self.shift(|now| now.saturating_add(by.max(time::Duration::ZERO)));
    }

    /// Fails with [`Error::Invalid`] for a time in the past, because what has ended would start
    /// again, and for one outside the supported years.
    pub(crate) fn set(&self, to: OffsetDateTime) -> Result<(), Error> {
        let to = utc(to)?;
        if to < self.now() {
            return Err(Error::Invalid("the clock does not go back; give a later time".to_owned()));
        }
        self.shift(|now| now.max(to));
        Ok(())
    }

    /// Continues like `other`.
    pub(crate) fn follow(&self, other: &Self) {
        let anew = other.hand(|hand| *hand);
        self.hand(|hand| *hand = anew);
        self.inner.moved.send_replace(());
    }

    /// Waits until this clock reaches `time`.
    pub(crate) async fn wait_until(&self, time: OffsetDateTime) {
        let mut moved = self.inner.moved.subscribe();
        loop {
            let (now, rate) = self.hand(|hand| (hand.now(), hand.rate));
            if now >= time {
                return;
            }
            let still = (time - now).as_seconds_f64() / rate;
            if rate > 0.0 {
                // A scaled wait is a little too short at times; the loop asks the clock again.
                let wait = Duration::try_from_secs_f64(still).unwrap_or(Duration::MAX);
                let wait = wait.clamp(Duration::from_millis(1), Duration::from_secs(86_400));
                let _ = tokio::time::timeout(wait, moved.changed()).await;
            } else {
                let _ = moved.changed().await;
            }
        }
    }

    fn shift(&self, to: impl FnOnce(OffsetDateTime) -> OffsetDateTime) {
        self.hand(|hand| {
            hand.base = to(hand.now());
            hand.origin = Instant::now();
        });
        self.inner.moved.send_replace(());
    }

    fn hand<T>(&self, use_it: impl FnOnce(&mut Hand) -> T) -> T {
        use_it(&mut self.inner.hand.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Hand {
    fn new(mode: ClockMode, start: Option<OffsetDateTime>) -> Result<Self, Error> {
        let base = start.map_or_else(|| Ok(OffsetDateTime::now_utc()), utc)?;
        Ok(Self { base, origin: Instant::now(), rate: rate(mode)? })
    }

    fn now(&self) -> OffsetDateTime {
        self.base.saturating_add(seconds(self.origin.elapsed().as_secs_f64() * self.rate))
    }
}

fn rate(mode: ClockMode) -> Result<f64, Error> {
    match mode {
        ClockMode::Manual => Ok(0.0),
        ClockMode::Real => Ok(1.0),
        ClockMode::Scaled(rate) if SCALES.contains(&rate) => Ok(rate),
        ClockMode::Scaled(rate) => {
            Err(Error::Invalid(format!("the time scale `{rate}` is not between 0.001 and 100,000")))
        }
    }
}

/// The same time in UTC, like all times of the emulator. Near the end of the range, UTC may not be
/// representable.
fn utc(time: OffsetDateTime) -> Result<OffsetDateTime, Error> {
    time.checked_to_offset(UtcOffset::UTC).filter(|time| YEARS.contains(&time.year())).ok_or_else(
        || Error::Invalid(format!("the time `{time}` is not of the years 1970 to 9998 in UTC")),
    )
}

/// The scales that clients accept in `MDE_TIME_SCALE`.
const SCALES: RangeInclusive<f64> = 0.001..=100_000.0;
/// The years that HTTP, JSON web tokens and zip archives can represent, with some margin.
const YEARS: RangeInclusive<i32> = 1970..=9998;

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::Clock;
    use crate::config::ClockMode;
    use crate::text::seconds;

    const START: time::OffsetDateTime = datetime!(2026-01-05 10:00 UTC);

    #[tokio::test]
    async fn a_manual_clock_ends_a_wait_when_it_is_advanced_far_enough() {
        let clock = Clock::new(ClockMode::Manual, Some(START)).unwrap();
        let waiting = clock.clone();
        let wait = tokio::spawn(async move { waiting.wait_until(START + seconds(30.0)).await });
        clock.advance(seconds(29.0));
        tokio::task::yield_now().await;
        assert!(!wait.is_finished());
        clock.advance(seconds(1.0));
        wait.await.unwrap();
        assert_eq!(clock.now(), START + seconds(30.0));
    }

    #[test]
    fn the_clock_does_not_go_back() {
        let clock = Clock::new(ClockMode::Manual, Some(START)).unwrap();
        assert!(clock.set(START - seconds(1.0)).is_err());
        clock.set(START + seconds(1.0)).unwrap();
        clock.advance(seconds(-5.0));
        assert_eq!(clock.now(), START + seconds(1.0));
    }

    #[test]
    fn a_scale_must_be_one_that_clients_follow() {
        for rate in [0.0, -1.0, 0.000_9, 100_001.0, f64::NAN, f64::INFINITY] {
            assert!(Clock::new(ClockMode::Scaled(rate), None).is_err(), "{rate}");
        }
    }
}
