//! `mde-forensics collect`

use std::path::PathBuf;

use clap::Args;
use mde_forensics::Run;

use super::Console;
use crate::args::run::RunArguments;
use crate::args::service::ServiceArguments;
use crate::collecting;
use crate::devices;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::count;

/// Collects investigation packages: from a device's name to a verified package.
///
/// A collection that already runs on a device is taken over. Running the same command again with the same `--key` goes
/// on where it was; only a collection that ended badly is asked for once more. Without a key, each run that finds none
/// running is a new collection.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Devices: each a name (whole or its first label), an id, or an internal IP address.
    #[arg(value_name = "DEVICE")]
    devices: Vec<String>,
    /// A list of devices: one a line, or CSV with a column that is headed `device`, `device id`, `device name`,
    /// `hostname`, `IP address` or the like; `-` is standard input.
    #[arg(long = "devices", value_name = "FILE")]
    list: Option<PathBuf>,
    /// Why they are collected; the service keeps it with the action.
    #[arg(long, value_name = "TEXT")]
    comment: String,
    /// Where packages, manifests and the ledger go.
    #[arg(long, value_name = "DIR", default_value = "evidence")]
    out: PathBuf,
    /// A name for this collection, such as the incident's number; a later run with it finds this one again.
    #[arg(long)]
    key: Option<String>,
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    service: ServiceArguments,
}

/// Collects, and prints the report.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let (devices, twice) = devices::gather(&arguments.devices, arguments.list.as_deref())?;
    if twice > 0 {
        console.note(&format!("{} named more than once", count(twice, "device")));
    }
    let client = arguments.service.connect(console)?;
    let mut run = arguments.run.shape(client.run(&arguments.comment)?, arguments.out.clone());
    run.options.key = arguments.key;
    let number = devices.len();
    let work = async move |run: &Run| client.collect_many(devices, run).await;
    let ending = collecting::carry_out(console, run, number, |_| (), work).await?;
    collecting::conclude(ending, console, &arguments.out)
}
