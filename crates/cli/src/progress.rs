//! Progress on standard error.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressDrawTarget};

use self::bars::Bars;
use self::lines::Lines;
use crate::core::engine::Event;
use crate::terminal::safe;

mod bars;
mod lines;
mod pulse;
mod words;

pub use words::in_words;
pub(crate) use words::{in_line, second, whose};

/// Shows progress: as bars if standard error is a terminal, else as plain lines.
#[derive(Clone, Debug)]
pub(crate) struct Progress(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Bars(Bars),
    Lines(Lines),
    Silent,
}

impl Progress {
    /// Progress for this number of devices; `screen` is shared with the log, so that they do not overwrite each other.
    pub(crate) fn new(screen: &MultiProgress, devices: usize, is_quiet: bool) -> Self {
        Self(Arc::new(if is_quiet {
            Kind::Silent
        } else if screen.is_hidden() {
            Kind::Lines(Lines::default())
        } else {
            Kind::Bars(Bars::new(screen.clone(), devices))
        }))
    }

    /// Shows an event.
    pub(crate) fn event(&self, event: &Event) {
        match &*self.0 {
            Kind::Bars(bars) => bars.event(event),
            Kind::Lines(lines) => lines.event(event),
            Kind::Silent => {}
        }
    }

    /// Shows a sign of life if nothing was shown for a while; `elapsed` is the time since the run began. Returns how long
    /// to wait before the next one.
    pub(crate) fn beat(&self, elapsed: Duration) -> Duration {
        if let Kind::Lines(lines) = &*self.0 {
            lines.beat(elapsed);
        }
        pulse::pause(elapsed)
    }

    /// Removes the remaining bars.
    pub(crate) fn finish(&self) {
        if let Kind::Bars(bars) = &*self.0 {
            bars.finish();
        }
    }
}

/// Prints a note that is not about one device, even if progress is hidden.
pub(crate) fn note(screen: &MultiProgress, text: &str) {
    screen.suspend(|| lines::write(&safe(text)));
}

/// Standard error as a target for progress bars; hidden if it is not a terminal.
pub(crate) fn screen() -> MultiProgress {
    MultiProgress::with_draw_target(ProgressDrawTarget::stderr())
}
