//! Progress as bars, for terminals.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::words;
use crate::core::engine::{Event, EventKind};
use crate::terminal::safe;

/// A bar for each active device, and one for the total if there are several.
#[derive(Debug)]
pub(super) struct Bars {
    screen: MultiProgress,
    all: Option<ProgressBar>,
    devices: Mutex<BTreeMap<usize, ProgressBar>>,
}

impl Bars {
    pub(super) fn new(screen: MultiProgress, devices: usize) -> Self {
        let all = (devices > 1).then(|| {
            let bar = screen.add(ProgressBar::new(devices as u64).with_style(style(ALL)));
            bar.enable_steady_tick(TICK);
            bar
        });
        Self { screen, all, devices: Mutex::default() }
    }

    pub(super) fn event(&self, event: &Event) {
        let device = safe(event.device.as_deref().unwrap_or_default());
        let Some(index) = event.index else {
            if let Some(text) = words::in_words(&event.kind) {
                self.note(&text);
            }
            return;
        };
        match &event.kind {
            EventKind::Ended { .. } => {
                if let Some(bar) = self.devices().remove(&index) {
                    bar.finish_and_clear();
                }
                if let Some(all) = &self.all {
                    all.inc(1);
                }
            }
            EventKind::Progress { received, total } => {
                if let Some(bar) = self.bar(index, &device) {
                    bar.set_style(style(if total.is_some() { BYTES } else { BYTES_OF_UNKNOWN }));
                    if let Some(total) = total {
                        bar.set_length(*total);
                    }
                    bar.set_position(*received);
                }
                return;
            }
            _ => {}
        }
        let Some(text) = words::in_words(&event.kind) else { return };
        if stays(&event.kind) {
            self.note(&format!("{device}: {text}"));
        }
        if matches!(event.kind, EventKind::Ended { .. }) {
            return;
        }
        if let Some(bar) = self.bar(index, &device) {
            bar.set_style(style(SPINNER));
            bar.set_message(text);
        }
    }

    /// Prints a line that stays above the bars.
    fn note(&self, text: &str) {
        // Failing to show progress is not an error.
        let _ = self.screen.println(text);
    }

    pub(super) fn finish(&self) {
        for bar in std::mem::take(&mut *self.devices()).into_values() {
            bar.finish_and_clear();
        }
        if let Some(all) = &self.all {
            all.finish_and_clear();
        }
    }

    /// The bar of the device, if there is room for it on the screen.
    fn bar(&self, index: usize, device: &str) -> Option<ProgressBar> {
        let mut devices = self.devices();
        if let Some(bar) = devices.get(&index) {
            return Some(bar.clone());
        }
        if devices.len() >= MAX_BARS {
            return None;
        }
        let bar = ProgressBar::new_spinner().with_style(style(SPINNER));
        let bar = match &self.all {
            Some(all) => self.screen.insert_before(all, bar),
            None => self.screen.add(bar),
        };
        bar.set_prefix(device.chars().take(PREFIX).collect::<String>());
        bar.enable_steady_tick(TICK);
        devices.insert(index, bar.clone());
        Some(bar)
    }

    fn devices(&self) -> std::sync::MutexGuard<'_, BTreeMap<usize, ProgressBar>> {
        self.devices.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the event deserves a line that stays above the bars.
fn stays(kind: &EventKind) -> bool {
    matches!(
        kind,
        EventKind::Adopted { .. }
            | EventKind::Continued { .. }
            | EventKind::Doubtful { .. }
            | EventKind::Ended { .. }
            | EventKind::PassedOver { .. }
            | EventKind::Resolved { .. }
            | EventKind::Unverified { .. }
            | EventKind::Warning { .. }
    )
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

const ALL: &str = "{pos} of {len} devices done {elapsed}";
const BYTES: &str = "{prefix:24} {bar:24} {bytes} of {total_bytes} {binary_bytes_per_sec} {eta}";
const BYTES_OF_UNKNOWN: &str = "{prefix:24} {spinner} {bytes} {binary_bytes_per_sec}";
const SPINNER: &str = "{prefix:24} {spinner} {wide_msg}";
const PREFIX: usize = 24;
/// As many as fit on a screen; other devices only count towards the total.
const MAX_BARS: usize = 16;
const TICK: Duration = Duration::from_millis(120);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_templates_are_sound() {
        for template in [ALL, BYTES, BYTES_OF_UNKNOWN, SPINNER] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
