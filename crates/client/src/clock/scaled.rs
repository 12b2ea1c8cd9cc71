//! A clock faster than real time, for demonstrations against an emulator.

use std::time::{Duration, Instant};

use futures_util::future::BoxFuture;
use mde_forensics_core::{Code, Error, Now};
use time::OffsetDateTime;

use super::{Clock, HEAD_START};

/// A clock that runs `factor` times as fast as real time. Accepted only by a client on a loopback
/// address.
#[derive(Clone, Copy, Debug)]
pub struct ScaledClock {
    factor: f64,
    origin: Instant,
    began: OffsetDateTime,
}

impl ScaledClock {
    /// Creates a clock that runs `factor` times as fast as real time and starts at the current
    /// time.
    ///
    /// Fails with `invalid_option` unless `factor` is between 0.001 and 100,000.
    pub fn new(factor: f64) -> Result<Self, Error> {
        if !(0.001..=100_000.0).contains(&factor) {
            let text = format!("the time scale `{factor}` is not between 0.001 and 100,000");
            return Err(Error::new(Code::InvalidOption, text));
        }
        Ok(Self { factor, origin: Instant::now(), began: OffsetDateTime::now_utc() })
    }

    fn elapsed(&self) -> Duration {
        self.origin.elapsed().mul_f64(self.factor)
    }
}

impl Clock for ScaledClock {
    fn now(&self) -> Now {
        let elapsed = self.elapsed();
        Now { wall: self.began + elapsed, monotonic: HEAD_START + elapsed }
    }

    fn sleep_until(&self, monotonic: Duration, _busy: bool) -> BoxFuture<'_, ()> {
        Box::pin(tokio::time::sleep(self.real(monotonic.saturating_sub(self.now().monotonic))))
    }

    fn real(&self, duration: Duration) -> Duration {
        Duration::try_from_secs_f64(duration.as_secs_f64() / self.factor).unwrap_or(Duration::MAX)
    }

    fn is_loopback_only(&self) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scaled_second_is_shorter() {
        let clock = ScaledClock::new(50.0).unwrap();
        assert_eq!(clock.real(Duration::from_secs(100)), Duration::from_secs(2));
        assert!(clock.real(Duration::MAX) > Duration::from_secs(u64::MAX / 51));
    }

    #[test]
    fn an_impossible_scale_is_refused() {
        for factor in [0.0, -1.0, f64::NAN, f64::INFINITY, 1e9] {
            assert_eq!(
                ScaledClock::new(factor).unwrap_err().code(),
                Code::InvalidOption,
                "{factor}"
            );
        }
    }
}
