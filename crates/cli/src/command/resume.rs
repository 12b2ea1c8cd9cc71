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

/// Goes on with collections that were stopped, or not waited for.
///
/// In a folder, a package that lies there is compared with its manifest, and downloaded again where it is gone; what was never
/// asked for, such as a device that was not found, is tried again; and a collection that ended badly stays so.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The folder that `--out` named; or a handle: its JSON, a file with it, or `-` for standard input.
    #[arg(value_name = "HANDLE|DIR")]
    from: String,
    /// Where packages, manifests and the ledger go, for a handle.
    #[arg(long, value_name = "DIR", default_value = "evidence")]
    out: PathBuf,
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    service: ServiceArguments,
}

/// Goes on, and prints the report.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let client = arguments.service.connect(console)?;
    // A handle carries its own comment; this one is never sent.
    let run = client.run("resumed")?;
    let from = Path::new(&arguments.from);
    if from.is_dir() {
        let run = arguments.run.shape(run, from.to_owned());
        let work = async move |run: &Run| client.resume_folder(run).await;
        let ending = collecting::carry_out(console, run, UNKNOWN, |_| (), work).await?;
        return collecting::conclude(ending, console, from);
    }
    if !handles::is_handle(&arguments.from) {
        let message = format!("`{}` is neither a handle nor a folder", arguments.from);
        return Err(Failure::usage(message)
            .with_hint("name the folder that `--out` named, a file with a handle, or `-`"));
    }
    let handles = handles::read(&arguments.from, client.tenant(), client.base())?;
    let run = arguments.run.shape(run, arguments.out.clone());
    let number = handles.len();
    let work = async move |run: &Run| client.resume(handles, run).await;
    let ending = collecting::carry_out(console, run, number, |_| (), work).await?;
    collecting::conclude(ending, console, &arguments.out)
}

/// How many there are is not known before the ledger is read; a total is shown from two on.
const UNKNOWN: usize = 1;
