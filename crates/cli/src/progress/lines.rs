//! Progress as plain lines, for logs and pipes.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use time::macros::format_description;

use super::pulse::Pulse;
use super::words;
use crate::core::engine::{Event, EventKind};
use crate::terminal::{bytes, safe};

/// Progress as plain lines on standard error.
#[derive(Debug, Default)]
pub(super) struct Lines {
    /// The last announced step of each download.
    tenths: Mutex<BTreeMap<usize, u64>>,
    pulse: Mutex<Pulse>,
}

impl Lines {
    pub(super) fn event(&self, event: &Event) {
        let text = match event.kind {
            EventKind::Progress { received, total } => self.progress(event.index, received, total),
            _ => words::in_words(&event.kind),
        };
        match event.index {
            Some(index) => {
                let device = event.device.as_deref().unwrap_or_default();
                self.pulse().hear(index, device, &event.kind, text.as_deref());
            }
            None => self.pulse().spoke(),
        }
        if let Some(text) = text {
            let at = event.at.format(format_description!("[hour]:[minute]:[second]Z"));
            let at = at.unwrap_or_default();
            match &event.device {
                Some(device) => write(&format!("{at} {}: {text}", safe(device))),
                None => write(&format!("{at} {text}")),
            }
        }
    }

    /// Shows that the run is still under way, unless something else has shown it.
    pub(super) fn beat(&self, elapsed: Duration) {
        if let Some(text) = self.pulse().beat(elapsed) {
            write(&text);
        }
    }

    fn pulse(&self) -> MutexGuard<'_, Pulse> {
        self.pulse.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A line for each tenth of a download, or each 256 MiB if the size is unknown.
    fn progress(&self, index: Option<usize>, received: u64, total: Option<u64>) -> Option<String> {
        let step = total.map_or(UNKNOWN_STEP, |total| total.div_ceil(10).max(SMALLEST_STEP));
        let tenth = received / step;
        let mut tenths = self.tenths.lock().unwrap_or_else(PoisonError::into_inner);
        let last = tenths.insert(index?, tenth).unwrap_or_default();
        let of = total.map(|total| format!(" of {}", bytes(total))).unwrap_or_default();
        (tenth > last).then(|| format!("received {}{of}", bytes(received)))
    }
}

/// Writes a line to standard error; failing to do so is not an error.
pub(super) fn write(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

const UNKNOWN_STEP: u64 = 256 << 20;
/// Steps are never smaller than this.
const SMALLEST_STEP: u64 = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_package_is_announced_in_tenths() {
        let (lines, total) = (Lines::default(), Some(1 << 30));
        let said = (0..=1024).filter_map(|mib| lines.progress(Some(0), mib << 20, total));
        let said: Vec<_> = said.collect();
        assert!((8..=11).contains(&said.len()), "{said:?}");
        assert!(said[0].contains("MiB of 1.0 GiB"), "{said:?}");
    }

    #[test]
    fn a_small_package_is_not_announced() {
        let lines = Lines::default();
        assert!((0..64).all(|kib| lines.progress(Some(0), kib << 10, Some(64 << 10)).is_none()));
    }
}
