//! The `mde-forensics` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    mde_forensics_cli::run(std::env::args_os()).into()
}
