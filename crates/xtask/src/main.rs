//! `cargo xtask TASK`: the project's own tasks.

mod bench;
mod failure;
mod npm;
mod process;
mod rules;
mod test;
mod workspace;

use std::process::ExitCode;

use clap::Parser;

use crate::{failure::Failure, workspace::Workspace};

/// The project's own tasks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
enum Task {
    Test(test::Options),
    Bench(bench::Options),
    Npm(npm::Options),
}

impl Task {
    fn run(&self) -> Result<ExitCode, Failure> {
        let workspace = Workspace::find()?;
        match self {
            Self::Test(options) => test::run(&workspace, options),
            Self::Bench(options) => bench::run(&workspace, options),
            Self::Npm(options) => npm::run(&workspace, options),
        }
    }
}

fn main() -> ExitCode {
    Task::parse().run().unwrap_or_else(|failure| {
        eprintln!("{failure}");
        ExitCode::FAILURE
    })
}
