//! `mde-forensics resume`

use std::path::{Path, PathBuf};

use clap::Args;
use mde_forensics::Run;

use super::Console;
use crate::args::run::RunArguments;
use crate::args::service::ServiceArguments;
use crate::collecting;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::handles;

/// Continue collections that were stopped or not waited for.
///
/// In a folder, existing packages are checked against their manifests, and missing ones are downloaded again. Requests
/// that were never sent, such as for a device that was not found, are tried again. Collections that ended badly stay so.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Folder that was given to `--out`; or handles: JSON, a file with JSON (such as the output of `collect --json`), or
    /// `-` for standard input.
    #[arg(value_name = "HANDLE|DIR")]
    from: String,
    /// Folder for packages, manifests and the ledger when resuming from a handle.
    #[arg(long, value_name = "DIR", default_value = "evidence")]
    out: PathBuf,
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    service: ServiceArguments,
}

/// Continues the collections and prints the report.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let client = arguments.service.connect(console)?;
    // Each handle has its own comment; this one is never sent.
    let run = client.run("resumed")?;
    let from = Path::new(&arguments.from);
    if from.is_dir() {
        let run = arguments.run.shape(run, from.to_owned());
        let clock = client.clock();
        let work = async move |run: &Run| client.resume_folder(run).await;
        let ending = collecting::carry_out(console, clock, run, UNKNOWN, |_| (), work).await?;
        return collecting::conclude(ending, console, from);
    }
    if !handles::is_handle(&arguments.from) {
        let message = format!("`{}` is neither a handle nor a folder", arguments.from);
        return Err(Failure::usage(message)
            .with_hint("pass the folder that was given to `--out`, a file with a handle, or `-`"));
    }
    let handles = handles::read(&arguments.from, client.tenant(), client.base())?;
    let run = arguments.run.shape(run, arguments.out.clone());
    let number = handles.len();
    let clock = client.clock();
    let work = async move |run: &Run| client.resume(handles, run).await;
    let ending = collecting::carry_out(console, clock, run, number, |_| (), work).await?;
    collecting::conclude(ending, console, &arguments.out)
}

/// The number of devices, unknown until the ledger is read; a total is shown only for two or more.
const UNKNOWN: usize = 1;
const EXAMPLES: &str = "\
Examples:
  mde-forensics resume evidence/
  mde-forensics collect ws-042 --comment INC-42 --no-wait --json > handles.json
  mde-forensics resume handles.json";
