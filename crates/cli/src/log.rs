//! The log on standard error, for `-v` and `-vv`.

use std::io::{self, Write};

use indicatif::MultiProgress;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::core::engine::{Event, EventKind};
use crate::terminal::safe;

/// Begins to log on standard error: warnings, with `-v` what is done, with `-vv` everything.
///
/// Only our own crates are heard: others print URLs and headers, and with them links and tokens.
pub(crate) fn begin(screen: &MultiProgress, verbose: u8) {
    let level = match verbose {
        0 => LevelFilter::WARN,
        1 => LevelFilter::DEBUG,
        _ => LevelFilter::TRACE,
    };
    let screen = screen.clone();
    let layer = tracing_subscriber::fmt::layer()
        .with_ansi(false)
        // A warning is for people, and what is logged with `-v` for who looks for a fault.
        .with_target(verbose > 0)
        // To say that the log cannot be written would go the same way.
        .log_internal_errors(false)
        .with_writer(move || Beside(screen.clone()));
    // A second log in one process is the caller's own, and stays.
    let _ = tracing_subscriber::registry()
        .with(layer)
        .with(Targets::new().with_target("mde_forensics", level))
        .try_init();
}

/// Logs what happened in a run: with `-v` all but the bytes, with `-vv` those too.
pub(crate) fn event(event: &Event) {
    let json = || safe(&serde_json::to_string(event).unwrap_or_default());
    if matches!(event.kind, EventKind::Progress { .. }) {
        tracing::trace!("{}", json());
    } else {
        tracing::debug!("{}", json());
    }
}

/// Writes to standard error without disturbing the bars.
struct Beside(MultiProgress);

impl Write for Beside {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.suspend(|| io::stderr().lock().write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
