//! A run from its start to its report, with progress, and stopped by signals.

use std::path::Path;

use mde_forensics::{Run, Stop};

use crate::command::Console;
use crate::core::Error;
use crate::core::engine::Report;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::report;
use crate::signal::Signals;
use crate::terminal::print;

/// Carries `work` out with this run, shows how it goes, and prints the report.
///
/// The first signal stops it where it is, with everything recorded; a second one ends the program at once.
pub(crate) async fn carry_out(
    console: &Console,
    run: Run,
    folder: &Path,
    devices: usize,
    work: impl AsyncFnOnce(&Run) -> Result<Report, Error>,
) -> Result<Exit, Failure> {
    let mut signals = Signals::listen()
        .map_err(|error| Failure::new(Exit::Incomplete, format!("cannot hear signals: {error}")))?;
    let progress = Progress::new(&console.screen, devices, console.output.quiet);
    let stop = Stop::new();
    let heard = progress.clone();
    let run = run.on_event(move |event| heard.event(event)).stopped_by(&stop);

    let mut work = std::pin::pin!(work(&run));
    let mut asked = None;
    let report = loop {
        tokio::select! {
            report = &mut work => break report,
            exit = signals.next() => {
                if asked.replace(exit).is_some() {
                    progress.finish();
                    return Ok(exit);
                }
                progress.note("stopping; what runs at the service goes on there (once more to end at once)");
                stop.here();
            }
        }
    };
    progress.finish();
    let report = report?;
    let exit = report::exit(&report, asked);
    let text = if console.output.json {
        report::to_json(&report, folder, exit).to_string()
    } else {
        report::to_text(&report, folder)
    };
    print(&text)?;
    Ok(exit)
}
