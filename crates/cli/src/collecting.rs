//! Drives a run from start to report: progress and signals.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use mde_forensics::{Clock, Run, Stop};

use crate::command::Console;
use crate::core::Error;
use crate::core::engine::{Event, Report};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::log;
use crate::progress::Progress;
use crate::report;
use crate::signal::Signals;
use crate::terminal::print;

/// How a run ended.
#[derive(Debug)]
pub(crate) enum Ending {
    /// Interrupted twice; there is no report.
    Aborted(Exit),
    /// A report, and the exit code of the signal if there was one.
    Reported(Report, Option<Exit>),
}

/// Runs `work` and shows its progress, at least every few minutes of `clock`; `heard` receives every event.
///
/// The first signal stops the run with everything recorded; the second returns at once.
pub(crate) async fn carry_out(
    console: &Console,
    clock: Arc<dyn Clock>,
    run: Run,
    devices: usize,
    heard: impl Fn(&Event) + Send + Sync + 'static,
    work: impl AsyncFnOnce(&Run) -> Result<Report, Error>,
) -> Result<Ending, Failure> {
    let mut signals = Signals::listen().map_err(|error| {
        Failure::new(Exit::Incomplete, format!("cannot listen for signals: {error}"))
    })?;
    let progress = Progress::new(&console.screen, devices, console.output.quiet);
    let stop = Stop::new();
    let shown = progress.clone();
    let on_event = move |event: &Event| {
        log::event(event);
        shown.event(event);
        heard(event);
    };
    let run = run.on_event(on_event).stopped_by(&stop);

    let mut work = std::pin::pin!(work(&run));
    let mut asked = None;
    let begun = clock.now().monotonic;
    let mut beat = begun + progress.beat(Duration::ZERO);
    let report = loop {
        tokio::select! {
            report = &mut work => break report,
            () = clock.sleep_until(beat, false) => {
                let now = clock.now().monotonic;
                beat = now + progress.beat(now.saturating_sub(begun));
            }
            exit = signals.next() => {
                if asked.replace(exit).is_some() {
                    progress.finish();
                    return Ok(Ending::Aborted(exit));
                }
                console.note(STOPPING);
                stop.here();
            }
        }
    };
    progress.finish();
    Ok(Ending::Reported(report?, asked))
}

/// Prints the report and returns the exit code; `folder` is the output folder.
pub(crate) fn conclude(ending: Ending, console: &Console, folder: &Path) -> Result<Exit, Failure> {
    let (report, asked) = match ending {
        Ending::Aborted(exit) => return Ok(exit),
        Ending::Reported(report, asked) => (report, asked),
    };
    let exit = report::exit(&report, asked);
    print(&if console.output.json {
        report::to_json(&report, folder, exit).to_string()
    } else {
        report::to_text(&report, folder)
    })?;
    Ok(exit)
}

const STOPPING: &str =
    "stopping; actions continue at the service (interrupt again to exit at once)";
