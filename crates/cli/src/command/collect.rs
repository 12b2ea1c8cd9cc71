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
use crate::unfinished;

/// Collect investigation packages from devices.
///
/// Finds each device, requests the package, waits for it, downloads and verifies it. An action that is already running on
/// a device is taken over. Running the command again with the same `--key` continues the earlier collection, says so,
/// and makes a new request only if that ended badly. Without a key, every run makes a new request unless an action is running.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Devices: DNS names (full or first label), device ids or internal IP addresses.
    #[arg(value_name = "DEVICE")]
    devices: Vec<String>,
    /// File with a list of devices; `-` is standard input.
    ///
    /// Either one device per line, or CSV with a column headed `device`, `device id`, `device name`, `hostname`,
    /// `IP address` or similar.
    #[arg(long = "devices", value_name = "FILE")]
    list: Option<PathBuf>,
    /// Reason for the collection; the service stores it with the action.
    #[arg(long, value_name = "TEXT")]
    comment: String,
    /// Folder for packages, manifests and the ledger.
    #[arg(long, value_name = "DIR", default_value = "evidence")]
    out: PathBuf,
    /// Name of this collection, such as an incident number; a later run with the same key continues it.
    #[arg(long)]
    key: Option<String>,
    #[command(flatten)]
    run: RunArguments,
    #[command(flatten)]
    service: ServiceArguments,
}

/// Collects from the devices and prints the report.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let (devices, twice) = devices::gather(&arguments.devices, arguments.list.as_deref())?;
    if twice > 0 {
        console.note(&format!("ignored {}", count(twice, "duplicate device")));
    }
    let client = arguments.service.connect(console)?;
    let mut run = arguments.run.shape(client.run(&arguments.comment)?, arguments.out.clone());
    run.options.key = arguments.key;
    if let Some(warning) = unfinished::warning(&arguments.out, &run.options, &devices) {
        console.note(&warning);
    }
    let number = devices.len();
    let clock = client.clock();
    let work = async move |run: &Run| client.collect_many(devices, run).await;
    let ending = collecting::carry_out(console, clock, run, number, |_| (), work).await?;
    collecting::conclude(ending, console, &arguments.out)
}

const EXAMPLES: &str = "\
Examples:
  mde-forensics collect ws-042 --comment INC-42 --key INC-42
  mde-forensics collect --devices devices.csv --comment INC-42 --out cases/42
  mde-forensics collect ws-042 10.0.0.7 --comment INC-42 --no-wait";
