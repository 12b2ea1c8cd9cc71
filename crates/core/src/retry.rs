//! When to try again: pure functions.

use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use time::OffsetDateTime;

use crate::Error;

/// A longer `Retry-After` is cut to this.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// The longest wait before a repeat that a service may ask for.
const LONGEST_ASKED: Duration = Duration::from_secs(300);
const BACKOFF_BASE: f64 = 1.0;
const BACKOFF_CAP: f64 = 60.0;

/// How long a reply asks us to wait: its `Retry-After` in seconds, or as a date (RFC 9110, 5.6.7,
/// in the form that senders must use) relative to the reply's own `Date`. At most a day; a past
/// date means no wait.
///
/// `None` if the header is missing or unreadable, or is a date in a reply without a `Date`.
#[must_use]
pub fn retry_after<B>(reply: &http::Response<B>) -> Option<Duration> {
    let value = reply.headers().get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = value.parse().unwrap_or(u64::MAX);
        return Some(Duration::from_secs(seconds).min(LONGEST));
    }
    let wait = http_date(value)? - date(reply.headers())?;
    Some(Duration::try_from(wait).unwrap_or(Duration::ZERO).min(LONGEST))
}

/// The service's time, from a reply's `Date` header.
#[must_use]
pub fn date(headers: &HeaderMap) -> Option<OffsetDateTime> {
    http_date(headers.get(DATE)?.to_str().ok()?.trim())
}

/// How long to wait before repeat number `attempt` (0 is the first): 1 s, doubled each time, at
/// most 60 s, scaled from half to all of that as `jitter` goes from 0 to 1. A jitter outside this
/// range is clamped.
#[must_use]
pub fn backoff(attempt: u32, jitter: f64) -> Duration {
    let doublings = i32::try_from(attempt.min(16)).unwrap_or(16);
    let whole = (BACKOFF_BASE * 2_f64.powi(doublings)).min(BACKOFF_CAP);
    let jitter = if jitter.is_nan() { 1.0 } else { jitter.clamp(0.0, 1.0) };
    Duration::from_secs_f64(whole * f64::midpoint(1.0, jitter))
}

/// How long to wait after the `count`th consecutive failure, counted from 1: the [`backoff`], or
/// longer if the service asked for it, but at most five minutes.
#[must_use]
pub fn wait_after(count: u32, error: &Error, jitter: f64) -> Duration {
    let wait = backoff(count.saturating_sub(1), jitter);
    error.retry_after().map_or(wait, |asked| asked.clamp(wait, LONGEST_ASKED))
}

fn http_date(text: &str) -> Option<OffsetDateTime> {
    httpdate::parse_http_date(text).ok().map(OffsetDateTime::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(headers: &[(&str, &str)]) -> http::Response<()> {
        let builder = http::Response::builder().status(429);
        headers
            .iter()
            .fold(builder, |builder, (name, value)| builder.header(*name, *value))
            .body(())
            .unwrap()
    }

    #[test]
    fn seconds_and_dates_are_read() {
        let seconds = |wait| Some(Duration::from_secs(wait));
        assert_eq!(retry_after(&reply(&[("Retry-After", " 30 ")])), seconds(30));
        assert_eq!(retry_after(&reply(&[("Retry-After", "0")])), seconds(0));
        assert_eq!(
            retry_after(&reply(&[("Retry-After", "99999999999999999999999")])),
            seconds(86_400)
        );
        let date = ("Date", "Mon, 05 Jan 2026 10:00:00 GMT");
        let until = |until| reply(&[("Retry-After", until), date]);
        assert_eq!(retry_after(&until("Mon, 05 Jan 2026 10:00:42 GMT")), seconds(42));
        assert_eq!(retry_after(&until("Mon, 05 Jan 2026 09:00:00 GMT")), seconds(0));
    }

    #[test]
    fn what_cannot_be_read_is_no_wait() {
        for value in ["", "-1", "1.5", "soon", "Mon, 05 Jan 2026 10:00:42 +0100"] {
            assert_eq!(
                retry_after(&reply(&[
                    ("Retry-After", value),
                    ("Date", "Mon, 05 Jan 2026 10:00:00 GMT")
                ])),
                None,
                "{value}"
            );
        }
        assert_eq!(retry_after(&reply(&[])), None);
        assert_eq!(retry_after(&reply(&[("Retry-After", "Mon, 05 Jan 2026 10:00:42 GMT")])), None);
    }

    #[test]
    fn the_backoff_doubles_up_to_a_minute() {
        let full: Vec<_> = (0..8).map(|attempt| backoff(attempt, 1.0).as_secs()).collect();
        assert_eq!(full, [1, 2, 4, 8, 16, 32, 60, 60]);
        assert_eq!(backoff(1, 0.0), Duration::from_secs(1));
        assert_eq!(backoff(u32::MAX, f64::NAN), Duration::from_secs(60));
        assert_eq!(backoff(0, -7.0), backoff(0, 0.0));
    }
}
