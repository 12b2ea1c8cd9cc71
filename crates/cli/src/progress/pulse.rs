//! A sign of life for logs and pipes, while nothing happens that is worth a line.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::core::engine::EventKind;
use crate::terminal::{bytes, count, safe};

/// What each device is doing, and whether anything was shown since the last beat.
#[derive(Debug, Default)]
pub(super) struct Pulse {
    /// The devices that have begun and not ended, with the last that was shown of each.
    states: BTreeMap<usize, (String, String)>,
    has_spoken: bool,
}

impl Pulse {
    /// Notes what is shown of the run as a whole.
    pub(super) fn spoke(&mut self) {
        self.has_spoken = true;
    }

    /// Notes an event of a device, and the text that is shown for it, if any.
    pub(super) fn hear(
        &mut self,
        index: usize,
        device: &str,
        kind: &EventKind,
        text: Option<&str>,
    ) {
        self.has_spoken |= text.is_some();
        let state = match kind {
            EventKind::Ended { .. } => {
                self.states.remove(&index);
                return;
            }
            EventKind::Progress { received, .. } => format!("received {}", bytes(*received)),
            // Passing trouble and remarks are not what is waited for.
            EventKind::Continued { .. }
            | EventKind::PassedOver { .. }
            | EventKind::Retrying { .. }
            | EventKind::Throttled { .. }
            | EventKind::Warning { .. } => return,
            _ => match text {
                Some(text) => text.to_owned(),
                None => return,
            },
        };
        self.states.insert(index, (safe(device), state));
    }

    /// A line that says what is still under way; `None` if something was shown since the last beat, or nothing is.
    pub(super) fn beat(&mut self, elapsed: Duration) -> Option<String> {
        if std::mem::take(&mut self.has_spoken) || self.states.is_empty() {
            return None;
        }
        let few = self.states.values().take(FEW).map(|(device, text)| format!("{device}: {text}"));
        let few: Vec<_> = few.collect();
        let more = match self.states.len().saturating_sub(FEW) {
            0 => String::new(),
            more => format!("; and {more} more"),
        };
        let devices = count(self.states.len(), "device");
        let minutes = elapsed.as_secs() / 60;
        Some(format!("{devices} still under way after {minutes} min ({}{more})", few.join("; ")))
    }
}

/// How long to wait before the next beat.
pub(super) fn pause(elapsed: Duration) -> Duration {
    if elapsed < LONG { SHORT_PAUSE } else { LONG_PAUSE }
}

const FEW: usize = 3;
/// From here on a run is one of those that take long, and need not say so each minute.
const LONG: Duration = Duration::from_secs(600);
const SHORT_PAUSE: Duration = Duration::from_secs(60);
const LONG_PAUSE: Duration = Duration::from_secs(300);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::wire::ActionStatus;

    fn minutes(minutes: u64) -> Duration {
        Duration::from_secs(60 * minutes)
    }

    #[test]
    fn a_minute_without_a_line_is_told() {
        let mut pulse = Pulse::default();
        assert_eq!(pulse.beat(minutes(1)), None, "nothing has begun");
        let status = EventKind::Status { status: ActionStatus::InProgress };
        pulse.hear(0, "ws-042", &status, Some("action status: InProgress"));
        assert_eq!(pulse.beat(minutes(2)), None, "the status was shown");
        let line = "1 device still under way after 3 min (ws-042: action status: InProgress)";
        assert_eq!(pulse.beat(minutes(3)).as_deref(), Some(line));
        assert!(pulse.beat(minutes(4)).unwrap().contains("after 4 min"));
        pulse.hear(0, "ws-042", &EventKind::Progress { received: 1 << 20, total: None }, None);
        assert!(pulse.beat(minutes(4)).unwrap().contains("(ws-042: received 1.0 MiB)"));
        let ended = EventKind::Ended { outcome: "collected", code: None };
        pulse.hear(0, "ws-042", &ended, None);
        assert_eq!(pulse.beat(minutes(5)), None, "it has ended");
    }

    #[test]
    fn a_long_run_says_so_less_often() {
        assert_eq!(pause(minutes(0)), minutes(1));
        assert_eq!(pause(minutes(9)), minutes(1));
        assert_eq!(pause(minutes(10)), minutes(5));
    }
}
