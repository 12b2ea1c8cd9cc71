//! `mde-forensics demo`

use std::fs::DirBuilder;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
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

mod opened;
mod result;
mod scenario;
mod witness;

/// Shows the real life of the job against a local Defender, in seconds and without a tenant.
///
/// Starts the emulator inside, with devices to which all happens that happens to real ones, collects from all of them
/// with one call, opens what it collected, and says what became of each and where the evidence lies. Ends with 0 if every device ended as the
/// scenario expects.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// So many ordinary devices beside those that something happens to. Many take longer: the service gives out two
    /// download links a minute.
    #[arg(long, value_name = "N", default_value_t = 3)]
    devices: usize,
    /// Where the evidence goes [default: a new temporary folder].
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Everything that looks random follows from this number.
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Plays the scenario, and prints what became of it.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let scenario = Scenario::new(arguments.devices, arguments.seed);
    let config = scenario.config(ClockMode::Scaled(SCALE));
    let folder = folder(arguments.out.as_deref())?;
    let emulator = Emulator::start(config.clone()).await?;
    if !console.output.quiet {
        let devices = count(scenario.stories.len(), "device");
        console.note(&format!(
            "a local Defender, {devices} to collect from, {SCALE:.0} seconds pass in one"
        ));
    }
    let client = client(&emulator, &config)?;
    let run = client.run("a demonstration")?.into_folder(&folder);
    let devices = scenario.devices()?;
    let number = devices.len();
    let witness = Witness::default();
    let heard = witness.clone();
    let work = async move |run: &Run| client.collect_many(devices, run).await;
    let ending =
        collecting::carry_out(console, run, number, move |event| heard.event(event), work).await?;
    emulator.shutdown().await;
    let (report, asked) = match ending {
        Ending::Aborted(exit) => return Ok(exit),
        Ending::Reported(report, asked) => (report, asked),
    };
    let results = result::of(&scenario, &report, &witness);
    // Asked to stop when all was over already, it was not interrupted.
    let interrupted = asked.filter(|_| results.iter().any(result::Result::was_stopped));
    let names: Vec<_> = results.iter().filter_map(result::Result::evidence).collect();
    let place = folder.clone();
    let opened = tokio::task::spawn_blocking(move || opened::open(&place, &names)).await.map_err(
        |error| Failure::new(Exit::Incomplete, format!("the work ended badly: {error}")),
    )??;
    print(&if console.output.json {
        let mut document = result::to_json(&results, &folder, interrupted.is_some());
        if let Some(fields) = document.as_object_mut() {
            fields.insert("opened".to_owned(), opened::to_json(&opened));
        }
        document.to_string()
    } else {
        let opened = opened::to_text(&opened);
        result::to_text(&results, &folder, &opened, interrupted.is_some())
    })?;
    let is_as_expected = results.iter().all(|result| result.is_as_expected);
    let exit = if is_as_expected { Exit::Success } else { Exit::Incomplete };
    Ok(interrupted.unwrap_or(exit))
}

fn folder(out: Option<&Path>) -> Result<PathBuf, Failure> {
    let made = match out {
        Some(out) => create(out).map(|()| out.to_owned()),
        None => tempfile::Builder::new()
            .prefix("mde-forensics-demo-")
            .tempdir()
            .map(tempfile::TempDir::keep),
    };
    made.map_err(|error| {
        let name = out.map_or("a temporary folder".into(), Path::to_string_lossy);
        Failure::new(Exit::Output, format!("cannot create `{name}`: {error}"))
            .with_hint("name another folder with `--out`")
    })
}

fn create(folder: &Path) -> std::io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
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

/// Ten minutes of the scenario in six seconds.
const SCALE: f64 = 100.0;
