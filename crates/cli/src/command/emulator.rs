//! `mde-forensics emulator`

use std::path::{Path, PathBuf};
use std::{io, thread};

use clap::{Args, ValueEnum};
use mde_forensics_emulator::config::{ClockMode, Rule};
use mde_forensics_emulator::{Config, Emulator};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::exit::Exit;
use crate::failure::Failure;
use crate::signal::Signals;
use crate::terminal::print;

/// Run a local emulator of Defender for Endpoint until Ctrl-C.
///
/// Listens on the loopback interface only. Once ready, it prints one line of JSON with the URLs of the login host, the API
/// and the control plane, and with credentials to sign in. These are made up and valid for this emulator only; no other
/// command prints secrets. Exits with 0 on Ctrl-C and SIGTERM.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Port of the API; 0 means the port in `--config`, or else any free port.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// Port of the login host; 0 as for `--port`.
    #[arg(long, default_value_t = 0)]
    login_port: u16,
    /// Port of the download host; 0 as for `--port`.
    #[arg(long, default_value_t = 0)]
    download_port: u16,
    /// Serve https, with a certificate from a new CA.
    #[arg(long)]
    tls: bool,
    /// Write the certificate of that CA to this file (PEM).
    #[arg(long, value_name = "FILE", requires = "tls")]
    ca_out: Option<PathBuf>,
    /// Write environment variables for the other commands to this file; load them with `. FILE` in a shell.
    ///
    /// With `--tls`, this requires `--ca-out`.
    #[arg(long, value_name = "FILE")]
    env_out: Option<PathBuf>,
    /// Seed for everything that looks random.
    #[arg(long)]
    seed: Option<u64>,
    /// JSON file with a list of devices, each with a `name` and optionally an `id`, an `ip` and a `life`.
    #[arg(long, value_name = "FILE")]
    devices: Option<PathBuf>,
    /// Number of devices to generate [default: 10 if no devices are given].
    #[arg(long, value_name = "N")]
    generate: Option<usize>,
    /// Run the clock this many times faster; with 0 it stands still until the control plane advances it.
    #[arg(long, value_name = "X", value_parser = time_scale)]
    time_scale: Option<f64>,
    /// Whether to enforce the documented quotas, with 429 beyond them [default: on].
    #[arg(long)]
    quotas: Option<Switch>,
    /// JSON file with a list of faults, such as `{"on": {"endpoint": "collect"}, "do": {"kind": "lost_answer"}}`.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Let pages of any origin read every answer (CORS); the real service is not known to do so.
    #[arg(long)]
    cors: bool,
    /// JSON file with the whole configuration; other options override or extend it.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Also exit when standard input closes.
    ///
    /// A parent process that holds the other end stops the emulator this way, however it ends itself.
    #[arg(long)]
    until_stdin_closes: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Switch {
    On,
    Off,
}

/// Serves until a signal arrives, which counts as success.
pub(crate) async fn run(mut arguments: Arguments) -> Result<Exit, Failure> {
    // Listen for signals before printing the ready line: whoever has read it may send one.
    let mut signals = Signals::listen().map_err(|error| {
        Failure::new(Exit::Incomplete, format!("cannot listen for signals: {error}"))
    })?;
    let env_out = arguments.env_out.take();
    let until_stdin_closes = arguments.until_stdin_closes;
    let config = arguments.config()?;
    if env_out.is_some() && config.tls && config.ca_file.is_none() {
        return Err(Failure::usage(
            "`--env-out` with `--tls` needs a file with the CA certificate",
        )
        .with_hint("add `--ca-out FILE`"));
    }
    if let Some(file) =
        config.ca_file.as_ref().filter(|it| env_out.is_some() && it.to_str().is_none())
    {
        return Err(Failure::usage(format!(
            "`{}` cannot be written for a shell: it is not UTF-8",
            file.display()
        )));
    }
    let emulator = Emulator::start(config).await?;
    if let Some(file) = env_out {
        let text = emulator.handle().ready().get("env").map(lines).unwrap_or_default();
        std::fs::write(&file, text).map_err(|error| {
            Failure::new(Exit::Output, format!("cannot write `{}`: {error}", file.display()))
        })?;
    }
    print(&emulator.ready_line())?;
    tokio::select! {
        _ = signals.next() => (),
        () = stdin_closed(), if until_stdin_closes => (),
    }
    emulator.shutdown().await;
    Ok(Exit::Success)
}

/// Waits until standard input is closed.
async fn stdin_closed() {
    let (held, closed) = oneshot::channel::<()>();
    // Not `spawn_blocking`: the runtime would wait for that thread at shutdown.
    thread::spawn(move || {
        let _end = io::copy(&mut io::stdin(), &mut io::sink());
        drop(held);
    });
    let _dropped = closed.await;
}

impl Arguments {
    fn config(self) -> Result<Config, Failure> {
        let mut config: Config = self.config.as_deref().map(read).transpose()?.unwrap_or_default();
        for (port, wanted) in [
            (&mut config.ports.api, self.port),
            (&mut config.ports.login, self.login_port),
            (&mut config.ports.download, self.download_port),
        ] {
            if wanted != 0 {
                *port = wanted;
            }
        }
        config.tls |= self.tls;
        config.cors |= self.cors;
        config.ca_file = self.ca_out.or(config.ca_file);
        config.seed = self.seed.unwrap_or(config.seed);
        config.fleet.file = self.devices.or(config.fleet.file);
        let has_devices = config.fleet.file.is_some() || !config.fleet.devices.is_empty();
        config.fleet.generated = match self.generate {
            Some(generated) => generated,
            None if has_devices || config.fleet.generated > 0 => config.fleet.generated,
            None => MADE_UP,
        };
        match self.time_scale {
            Some(0.0) => config.clock = ClockMode::Manual,
            Some(scale) => config.clock = ClockMode::Scaled(scale),
            None => {}
        }
        if let Some(quotas) = self.quotas {
            config.options.quotas.on = quotas == Switch::On;
        }
        if let Some(faults) = &self.faults {
            config.faults.extend(read::<Vec<Rule>>(faults)?);
        }
        Ok(config)
    }
}

/// Lines for a shell; variables that do not apply are unset.
fn lines(env: &Value) -> String {
    let line = |(name, value): (&String, &Value)| match value.as_str() {
        Some(value) => format!("export {name}='{}'\n", value.replace('\'', "'\\''")),
        None => format!("unset {name}\n"),
    };
    env.as_object().into_iter().flatten().map(line).collect()
}

fn time_scale(text: &str) -> Result<f64, String> {
    let scale: f64 = text.parse().map_err(|_| format!("`{text}` is not a number"))?;
    if (0.0..=100_000.0).contains(&scale) {
        Ok(scale)
    } else {
        Err(format!("`{text}` is not between 0 and 100000"))
    }
}

fn read<T: DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    let failed = |what, error: &dyn std::fmt::Display| {
        Failure::usage(format!("cannot {what} `{}`: {error}", file.display()))
    };
    let text = std::fs::read_to_string(file).map_err(|error| failed("read", &error))?;
    serde_json::from_str(&text).map_err(|error| failed("parse", &error))
}

const MADE_UP: usize = 10;
const EXAMPLES: &str = "\
Examples:
  mde-forensics emulator --generate 20 --seed 7 --time-scale 300 --env-out emulator.env
  . ./emulator.env && mde-forensics collect ws-002 --comment test    # in another shell";
