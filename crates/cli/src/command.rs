//! What each command does.

use indicatif::MultiProgress;

use crate::args::{Arguments, Command, Output};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress;
use crate::signal::unless_stopped;

pub(crate) mod cancel;
pub(crate) mod collect;
pub(crate) mod completions;
pub(crate) mod demo;
pub(crate) mod emulator;
pub(crate) mod resume;
pub(crate) mod status;
pub(crate) mod verify;

/// How a command shows what it does.
#[derive(Clone, Debug)]
pub(crate) struct Console {
    pub(crate) output: Output,
    pub(crate) screen: MultiProgress,
}

impl Console {
    /// Says something that concerns no device, even where no progress is shown.
    pub(crate) fn note(&self, text: &str) {
        progress::note(&self.screen, text);
    }
}

/// Carries a command out. Fails if it cannot be carried out at all.
pub(crate) async fn run(arguments: Arguments, screen: MultiProgress) -> Result<Exit, Failure> {
    let console = Console { output: arguments.output, screen };
    match arguments.command {
        Command::Cancel(arguments) => {
            let work = cancel::run(arguments, &console);
            unless_stopped(work, || console.note(CANCEL_STOPPED)).await
        }
        Command::Collect(arguments) => collect::run(arguments, &console).await,
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Demo(arguments) => demo::run(arguments, &console).await,
        Command::Emulator(arguments) => emulator::run(arguments).await,
        Command::Resume(arguments) => resume::run(arguments, &console).await,
        Command::Status(arguments) => unless_stopped(status::run(arguments, &console), || ()).await,
        Command::Verify(arguments) => unless_stopped(verify::run(arguments, &console), || ()).await,
    }
}

const CANCEL_STOPPED: &str =
    "stopped; whether the service cancelled the action is not known, and `status` tells";
