//! What the Python face does, by the Rust client: the same verbs, in the same order.

use std::io::{self, BufRead as _, Write as _};
use std::time::Instant;

use futures_util::future::try_join_all;
use mde_forensics::{Client, ClientSecretCredential, Proxy};
use mde_forensics_core::{BaseUrl, ClientSecret, Cloud, CustomCloud, Device};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Result, process};

/// The emulator's ready line.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Ready {
    api: BaseUrl,
    login: BaseUrl,
    tenant: String,
    client_id: String,
    client_secret: String,
}

impl std::str::FromStr for Ready {
    type Err = serde_json::Error;

    fn from_str(ready_line: &str) -> std::result::Result<Self, serde_json::Error> {
        serde_json::from_str(ready_line)
    }
}

/// Answers each line, the ids of devices: `one ID …` with the seconds of a collection from each in turn, `all ID …` from
/// all at once. Clients are made and warmed before the clock is started, so that no quota makes anybody wait.
#[expect(clippy::needless_pass_by_value, reason = "every program takes what it was given")]
pub(crate) fn run(ready: Ready) -> Result<Value> {
    let runtime = crate::runtime()?;
    for line in io::stdin().lock().lines() {
        let line = line?;
        let mut words = line.split(' ');
        let how = words.next().unwrap_or_default();
        let devices: Vec<_> = words.collect();
        let answer = runtime.block_on(async {
            match how {
                "one" => in_turn(&ready, &devices).await,
                "all" => at_once(&ready, &devices).await,
                _ => Err("a line begins with `one` or `all`".into()),
            }
        })?;
        println!("{answer}");
        io::stdout().flush()?;
    }
    Ok(json!({}))
}

async fn in_turn(ready: &Ready, devices: &[&str]) -> Result<Value> {
    let client = ready.client().await?;
    let timer = Timer::start()?;
    for device in devices {
        collect(&client, device).await?;
    }
    timer.stop()
}

async fn at_once(ready: &Ready, devices: &[&str]) -> Result<Value> {
    let mut work = Vec::new();
    for devices in devices.chunks(BY_ONE) {
        let client = ready.client().await?;
        work.extend(devices.iter().map(|device| (client.clone(), *device)));
    }
    let timer = Timer::start()?;
    try_join_all(work.iter().map(|(client, device)| collect(client, device))).await?;
    timer.stop()
}

async fn collect(client: &Client, device: &str) -> Result<()> {
    let run = client.run("measured")?;
    let collection = client.collection(device, &run)?;
    collection.request(&run).await?;
    collection.wait(&run).await?;
    Ok(())
}

impl Ready {
    /// A client that has a token and a connection.
    async fn client(&self) -> Result<Client> {
        let secret = ClientSecret::new(self.client_secret.clone());
        let cloud = CustomCloud::of(&Cloud::Commercial)
            .with_api(self.api.clone())
            .with_login(self.login.clone());
        let client =
            Client::builder(&self.tenant, ClientSecretCredential::new(&*self.client_id, secret))
                .cloud(Cloud::Custom(cloud.into()))
                .proxy(Proxy::None)
                .build()?;
        client.find(&Device::parse("nobody")?).await?;
        Ok(client)
    }
}

struct Timer {
    begun: Instant,
    cpu_before: f64,
}

impl Timer {
    fn start() -> Result<Self> {
        Ok(Self { cpu_before: process::cpu_seconds()?, begun: Instant::now() })
    }

    fn stop(self) -> Result<Value> {
        let seconds = self.begun.elapsed().as_secs_f64();
        let cpu = process::cpu_seconds()? - self.cpu_before;
        Ok(json!({ "seconds": seconds, "cpu_seconds": cpu }))
    }
}

/// Collections of one client at a time: half of what a minute's quota has room for.
const BY_ONE: usize = 50;
