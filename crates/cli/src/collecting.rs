//! A run from its start to its report, with progress, and stopped by signals.

use std::path::Path;

use mde_forensics::{Run, Stop};

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
    /// Somebody asked twice to stop; there is no report.
    Aborted(Exit),
    /// With a report, and with what the program ends if somebody asked it to stop.
    Reported(Report, Option<Exit>),
}

/// Carries `work` out with this run and shows how it goes; `heard` hears every event.
///
/// The first signal stops it where it is, with everything recorded; a second one ends the program at once.
pub(crate) async fn carry_out(
    console: &Console,
    run: Run,
    devices: usize,
    heard: impl Fn(&Event) + Send + Sync + 'static,
    work: impl AsyncFnOnce(&Run) -> Result<Report, Error>,
) -> Result<Ending, Failure> {
    let mut signals = Signals::listen()
        .map_err(|error| Failure::new(Exit::Incomplete, format!("cannot hear signals: {error}")))?;
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
    let report = loop {
        tokio::select! {
            report = &mut work => break report,
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

/// Prints the report, and says with what the command ends; `folder` is where packages went.
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
    "stopping; what runs at the service goes on there (once more to end at once)";
