//! The log on standard error, for `-v` and `-vv`.

use std::io::{self, Write};

use indicatif::MultiProgress;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::core::engine::{Event, EventKind};
use crate::terminal::safe;

/// Starts logging to standard error: warnings, with `-v` each step, with `-vv` everything.
///
/// Only our own crates are logged: others print URLs and headers, which contain links and tokens.
pub(crate) fn begin(screen: &MultiProgress, verbose: u8) {
    let level = match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let screen = screen.clone();
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        // Without `-v` only warnings are shown, where the target is noise.
        .with_target(verbose > 0)
        // Errors of the log would go to the same place.
        .log_internal_errors(false)
        .with_writer(move || Beside(screen.clone()));
    // Keep a log that the embedding process has already set up.
    let _ = tracing_subscriber::registry()
        .with(layer)
        .with(Targets::new().with_target("mde_forensics", level))
        .try_init();
}

/// Logs an event of a run: with `-v` all but download progress, with `-vv` that too.
pub(crate) fn event(event: &Event) {
    let json = || safe(&serde_json::to_string(event).unwrap_or_default());
    if matches!(event.kind, EventKind::Progress { .. }) {
        tracing::trace!("{}", json());
    } else {
        tracing::debug!("{}", json());
    }
}

/// Writes to standard error without disturbing the progress bars.
struct Beside(MultiProgress);

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().lock().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
