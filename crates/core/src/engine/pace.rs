//! How often to poll.

use std::time::Duration;

use super::{Context, Options};

/// The time from acceptance to the first poll.
pub(super) fn first(options: &Options) -> Duration {
    options.poll_every.map_or(EARLY, |fixed| fixed.max(LEAST))
}

/// The time between two polls of an action that has been waited for since `since`.
pub(super) fn between(since: Duration, cx: &mut Context) -> Duration {
    if let Some(fixed) = cx.options.poll_every {
        return fixed.max(LEAST);
    }
    let waited = cx.now.monotonic.saturating_sub(since);
    let base = match waited.as_secs() {
        0..120 => EARLY,
        120..600 => Duration::from_secs(15),
        _ => Duration::from_secs(30),
    };
    // Without jitter, a fleet that starts at once would poll at once for ever.
    base.mul_f64(0.9 + 0.2 * cx.jitter())
}

/// Polling more often yields nothing.
const LEAST: Duration = Duration::from_secs(1);
const EARLY: Duration = Duration::from_secs(10);
