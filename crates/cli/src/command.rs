//! What each command does.

use indicatif::MultiProgress;

use crate::args::{Arguments, Command, Output};
use crate::exit::Exit;
use crate::failure::Failure;

pub(crate) mod completions;
pub(crate) mod emulator;
pub(crate) mod verify;

/// How a command shows what it does.
#[derive(Clone, Debug)]
pub(crate) struct Console {
    pub(crate) output: Output,
    pub(crate) screen: MultiProgress,
}

/// Carries a command out. Fails if it cannot be carried out at all.
pub(crate) async fn run(arguments: Arguments, screen: MultiProgress) -> Result<Exit, Failure> {
    let console = Console { output: arguments.output, screen };
    match arguments.command {
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Emulator(arguments) => emulator::run(arguments).await,
        Command::Verify(arguments) => verify::run(arguments, &console).await,
    }
}
