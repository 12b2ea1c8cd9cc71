//! How often to ask how things stand.

use std::time::Duration;

use super::{Context, Options};

/// From acceptance to the first poll.
pub(super) fn first(options: &Options) -> Duration {
    options.poll_every.map_or(EARLY, |fixed| fixed.max(LEAST))
}

/// From one poll to the next, for an action that is waited for since then.
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
    // A fleet that was started at once would else ask at once for ever.
    base.mul_f64(0.9 + 0.2 * cx.jitter())
}

/// Nobody learns anything by asking more often.
const LEAST: Duration = Duration::from_secs(1);
const EARLY: Duration = Duration::from_secs(10);
