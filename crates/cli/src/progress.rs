//! What a person sees on standard error while the work goes on.

use std::sync::Arc;

use indicatif::{MultiProgress, ProgressDrawTarget};

use self::bars::Bars;
use self::lines::Lines;
use crate::core::engine::Event;
use crate::terminal::safe;

mod bars;
mod lines;
mod words;

pub use words::in_words;

/// Where progress is shown: bars where standard error is a terminal, plain lines where it is not.
#[derive(Clone, Debug)]
pub(crate) struct Progress(Arc<Kind>);

#[derive(Debug)]
enum Kind {
    Bars(Bars),
    Lines(Lines),
    Silent,
}

impl Progress {
    /// Progress for so many devices; `screen` is shared with the log, so that neither writes over the other.
    pub(crate) fn new(screen: &MultiProgress, devices: usize, is_quiet: bool) -> Self {
        Self(Arc::new(if is_quiet {
            Kind::Silent
        } else if screen.is_hidden() {
            Kind::Lines(Lines::default())
        } else {
            Kind::Bars(Bars::new(screen.clone(), devices))
        }))
    }

    /// Something happened.
    pub(crate) fn event(&self, event: &Event) {
        match &*self.0 {
            Kind::Bars(bars) => bars.event(event),
            Kind::Lines(lines) => lines.event(event),
            Kind::Silent => {}
        }
    }

    /// All is over; bars that are left disappear.
    pub(crate) fn finish(&self) {
        if let Kind::Bars(bars) = &*self.0 {
            bars.finish();
        }
    }
}

/// Says something that concerns no device, even where no progress is shown.
pub(crate) fn note(screen: &MultiProgress, text: &str) {
    screen.suspend(|| lines::write(&safe(text)));
}

/// Standard error as a screen of bars; hidden where it is no terminal.
pub(crate) fn screen() -> MultiProgress {
    MultiProgress::with_draw_target(ProgressDrawTarget::stderr())
}
