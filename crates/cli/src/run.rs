//! From arguments to an exit code.

use std::ffi::OsString;
use std::io::{self, Write};

use clap::{CommandFactory as _, FromArgMatches as _};

use crate::args::Arguments;
use crate::command;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::log;
use crate::progress;
use crate::terminal::print;

/// Runs the command given by `arguments`, the first of which is the program's name or path.
///
/// Prints all results and errors, and returns the exit code for the process.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let arguments: Vec<_> = arguments.into_iter().collect();
    let program = arguments.first().cloned();
    let arguments = match parse(arguments) {
        Ok(arguments) => arguments,
        Err(error) => {
            // A closed pipe (`--help | head`) is not an error.
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage } else { Exit::Success };
        }
    };
    let screen = progress::screen();
    log::begin(&screen, arguments.output.verbose);
    let is_json = arguments.output.json;
    let outcome = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(Exit::Incomplete, format!("cannot start: {error}")))
        .and_then(|runtime| {
            let outcome = runtime.block_on(command::run(arguments, screen, program));
            // Do not wait for blocking file work.
            runtime.shutdown_background();
            outcome
        });
    outcome.unwrap_or_else(|failure| tell(&failure, is_json))
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Arguments, clap::Error> {
    let mut command = Arguments::command();
    command.build();
    // Otherwise the usage line of an error lists options set by the environment as if they were required.
    let mut command = command.mut_subcommands(|mut command| {
        let usage = command.render_usage().to_string();
        command.override_usage(usage.trim_start_matches("Usage: ").to_owned())
    });
    let mut matches = command.try_get_matches_from_mut(arguments)?;
    Arguments::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut command))
}

fn tell(failure: &Failure, is_json: bool) -> Exit {
    // If standard error cannot be written either, the exit code remains.
    let _ = writeln!(io::stderr().lock(), "error: {failure}");
    if is_json {
        let _ = print(&failure.to_json().to_string());
    }
    failure.exit
}
