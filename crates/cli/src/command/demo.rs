//! `mde-forensics demo`

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use mde_forensics::evidence::create_folder;
use mde_forensics::{Client, ClientSecretCredential, Proxy, Run, ScaledClock};
use mde_forensics_emulator::config::ClockMode;
use mde_forensics_emulator::{Config, Emulator};

use self::scenario::Scenario;
use self::witness::Witness;
use super::Console;
use crate::collecting::{self, Ending};
use crate::core::{BaseUrl, ClientSecret, Cloud, CustomCloud};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{count, print};

mod invocation;
mod opened;
mod result;
mod scenario;
mod witness;

/// Try everything against a local emulator, in seconds and without a tenant.
///
/// Starts the emulator with devices that run into typical problems, collects from all of them, opens the packages, and
/// reports the outcome of each device and where its package is. Exits with 0 if every device ended as expected.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Number of ordinary devices, in addition to those with problems.
    ///
    /// Many devices take longer, since the service issues two links a minute.
    #[arg(long, value_name = "N", default_value_t = 3)]
    devices: usize,
    /// Folder for packages, manifests and the ledger [default: a new temporary folder].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Seed for everything that looks random.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Plays the scenario and prints the results.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let scenario = Scenario::new(arguments.devices, arguments.seed);
    let config = scenario.config(ClockMode::Scaled(SCALE));
    let folder = folder(arguments.out.as_deref())?;
    let emulator = Emulator::start(config.clone()).await?;
    if !console.output.quiet {
        let devices = count(scenario.stories.len(), "device");
        console.note(&format!(
            "emulator started: {devices} to collect from, clock {SCALE:.0} times as fast"
        ));
    }
    let client = client(&emulator, &config)?;
    let run = client.run("a demonstration")?.into_folder(&folder);
    let devices = scenario.devices()?;
    let number = devices.len();
    let witness = Witness::default();
    let heard = witness.clone();
    let clock = client.clock();
    let work = async move |run: &Run| client.collect_many(devices, run).await;
    let ending =
        collecting::carry_out(console, clock, run, number, move |event| heard.event(event), work)
            .await?;
    emulator.shutdown().await;
    let (report, asked) = match ending {
        Ending::Aborted(exit) => return Ok(exit),
        Ending::Reported(report, asked) => (report, asked),
    };
    let results = result::of(&scenario, &report, &witness);
    // A signal after the end did not interrupt anything.
    let interrupted = asked.filter(|_| results.iter().any(result::Result::was_stopped));
    let names: Vec<_> = results.iter().filter_map(result::Result::evidence).collect();
    let place = folder.clone();
    let opened = tokio::task::spawn_blocking(move || opened::open(&place, &names))
        .await
        .map_err(|error| Failure::new(Exit::Incomplete, format!("internal error: {error}")))??;
    print(&if console.output.json {
        let mut document = result::to_json(&results, &folder, interrupted.is_some());
        if let Some(fields) = document.as_object_mut() {
            fields.insert("opened".to_owned(), opened::to_json(&opened));
        }
        document.to_string()
    } else {
        let opened = opened::to_text(&opened);
        let program = invocation::of(console.program.as_deref());
        result::to_text(&results, &folder, &opened, &program, interrupted.is_some())
    })?;
    let is_as_expected = results.iter().all(|result| result.is_as_expected);
    let exit = if is_as_expected { Exit::Success } else { Exit::Incomplete };
    Ok(interrupted.unwrap_or(exit))
}

fn folder(out: Option<&Path>) -> Result<PathBuf, Failure> {
    let made = match out {
        Some(out) => create_folder(out).map(|()| out.to_owned()),
        None => tempfile::Builder::new()
            .prefix("mde-forensics-demo-")
            .tempdir()
            .map(tempfile::TempDir::keep),
    };
    made.map_err(|error| {
        let name = out.map_or("a temporary folder".into(), Path::to_string_lossy);
        Failure::new(Exit::Output, format!("cannot create `{name}`: {error}"))
            .with_hint("choose another folder with `--out`")
    })
}

fn client(emulator: &Emulator, config: &Config) -> Result<Client, Failure> {
    let app = config.tenant.apps.first().cloned().unwrap_or_default();
    let secret = app.secrets.into_iter().next().unwrap_or_default();
    let credential = ClientSecretCredential::new(app.client_id, ClientSecret::new(secret));
    let cloud = CustomCloud::of(&Cloud::default())
        .with_api(BaseUrl::parse(emulator.api_url())?)
        .with_login(BaseUrl::parse(emulator.login_url())?);
    let client = Client::builder(config.tenant.id.as_str(), credential)
        .cloud(cloud.into())
        .clock(Arc::new(ScaledClock::new(SCALE)?))
        .proxy(Proxy::None)
        .build()?;
    Ok(client)
}

/// Ten minutes of the scenario take six seconds.
const SCALE: f64 = 100.0;
const EXAMPLES: &str = "\
Examples:
  mde-forensics demo
  mde-forensics demo --devices 10 --out demo/";
