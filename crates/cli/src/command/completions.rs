//! `mde-forensics completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::args;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::print;

/// Print shell completions.
///
/// For example: `mde-forensics completions bash > /etc/bash_completion.d/mde-forensics`
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Shell to print completions for.
    shell: Shell,
}

/// Prints the completions.
pub(crate) fn run(arguments: &Arguments) -> Result<Exit, Failure> {
    let mut command = args::Arguments::command();
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut command, name, &mut script);
    print(String::from_utf8_lossy(&script).trim_end())?;
    Ok(Exit::Success)
}
