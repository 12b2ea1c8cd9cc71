//! The commands.

use std::ffi::OsString;

use indicatif::MultiProgress;
use mde_forensics::evidence::Parts;

use crate::args::{Arguments, Command, Output};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress;
use crate::signal::unless_stopped;

pub(crate) mod cancel;
pub(crate) mod collect;
pub(crate) mod compare;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod emulator;
pub(crate) mod extract;
pub(crate) mod open;
pub(crate) mod resume;
pub(crate) mod search;
pub(crate) mod status;
pub(crate) mod tables;
pub(crate) mod timeline;
pub(crate) mod tree;
pub(crate) mod verify;

/// Where a command writes its progress and notes.
#[derive(Clone, Debug)]
pub(crate) struct Console {
    pub(crate) output: Output,
    pub(crate) screen: MultiProgress,
    /// The name or path that the program was started by, if known.
    pub(crate) program: Option<OsString>,
}

impl Console {
    /// Prints a note that is not about one device, even with `--quiet`.
    pub(crate) fn note(&self, text: &str) {
        progress::note(&self.screen, text);
    }
}

/// Runs a command. Fails if it could not be carried out at all.
pub(crate) async fn run(
    arguments: Arguments,
    screen: MultiProgress,
    program: Option<OsString>,
) -> Result<Exit, Failure> {
    let console = Console { output: arguments.output, screen, program };
    match arguments.command {
        Command::Cancel(arguments) => {
            let work = cancel::run(arguments, &console);
            unless_stopped(work, || console.note(CANCEL_STOPPED)).await
        }
        Command::Collect(arguments) => collect::run(arguments, &console).await,
        Command::Compare(arguments) => {
            unless_stopped(compare::run(arguments, &console), || ()).await
        }
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Demo(arguments) => demo::run(arguments, &console).await,
        Command::Emulator(arguments) => emulator::run(arguments).await,
        Command::Extract(arguments) => {
            let parts = Parts::default();
            unless_stopped(extract::run(arguments, &console, &parts), || parts.give_up()).await
        }
        Command::Open(arguments) => unless_stopped(open::run(arguments, &console), || ()).await,
        Command::Resume(arguments) => resume::run(arguments, &console).await,
        Command::Search(arguments) => unless_stopped(search::run(arguments, &console), || ()).await,
        Command::Status(arguments) => unless_stopped(status::run(arguments, &console), || ()).await,
        Command::Tables(arguments) => {
            let parts = Parts::default();
            unless_stopped(tables::run(arguments, &console, &parts), || parts.give_up()).await
        }
        Command::Timeline(arguments) => {
            unless_stopped(timeline::run(arguments, &console), || ()).await
        }
        Command::Tree(arguments) => unless_stopped(tree::run(arguments, &console), || ()).await,
        Command::Verify(arguments) => unless_stopped(verify::run(arguments, &console), || ()).await,
    }
}

/// Runs blocking work off the async threads.
pub(crate) async fn blocking(
    work: impl FnOnce() -> Result<Exit, Failure> + Send + 'static,
) -> Result<Exit, Failure> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        Err(Failure::new(Exit::Incomplete, format!("internal error: {error}")))
    })
}

const CANCEL_STOPPED: &str =
    "stopped before the service answered; check with `status` whether the action was cancelled";
