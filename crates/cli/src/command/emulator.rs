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

/// Runs a local Defender until Ctrl-C.
///
/// Listens on the loopback interface only. When it is ready it prints one line of JSON that says where the login, the
/// API and its control plane are, and how to sign in. The client secret in it is made up and opens this emulator alone;
/// it is the one secret that any command prints.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// The API's port; 0 lets the operating system choose.
    #[arg(long, default_value_t = 0)]
    port: u16,
    /// The login host's port.
    #[arg(long, default_value_t = 0)]
    login_port: u16,
    /// The download host's port.
    #[arg(long, default_value_t = 0)]
    download_port: u16,
    /// Serve https, with a certificate of a CA that is made now.
    #[arg(long)]
    tls: bool,
    /// Write that CA's certificate to this file.
    #[arg(long, value_name = "FILE", requires = "tls")]
    ca_out: Option<PathBuf>,
    /// Write the variables with which the other commands find it to this file, for `. FILE` in a shell. With `--tls` it
    /// takes `--ca-out`, which they are to trust.
    #[arg(long, value_name = "FILE")]
    env_out: Option<PathBuf>,
    /// Everything that looks random follows from this number.
    #[arg(long)]
    seed: Option<u64>,
    /// The devices: a JSON list, each with a `name` and, if you like, an `id`, an `ip`, a `life`.
    #[arg(long, value_name = "FILE")]
    devices: Option<PathBuf>,
    /// So many devices are made up [default: 10 if no others are given].
    #[arg(long, value_name = "N")]
    generate: Option<usize>,
    /// So many seconds pass in one second; 0 stands still until the control plane advances the clock.
    #[arg(long, value_name = "X", value_parser = time_scale)]
    time_scale: Option<f64>,
    /// Whether calls are counted, with 429 beyond the documented quotas.
    #[arg(long)]
    quotas: Option<Switch>,
    /// What goes wrong: a JSON list of rules such as `{"on": {"endpoint": "collect"}, "do": {"kind": "lost_answer"}}`.
    #[arg(long, value_name = "FILE")]
    faults: Option<PathBuf>,
    /// Let pages of any origin read every answer (CORS), which the service is not known to do.
    #[arg(long)]
    cors: bool,
    /// Everything else: a JSON object; the other options change what it says.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// End when standard input closes, too: a program that starts this holds the other end, and takes it along however
    /// it ends.
    #[arg(long)]
    until_stdin_closes: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
enum Switch {
    On,
    Off,
}

/// Serves until somebody asks to stop, which is how it should end.
pub(crate) async fn run(mut arguments: Arguments) -> Result<Exit, Failure> {
    // Listening begins before the ready line, so that who has read it can already stop us.
    let mut signals = Signals::listen()
        .map_err(|error| Failure::new(Exit::Incomplete, format!("cannot hear signals: {error}")))?;
    let env_out = arguments.env_out.take();
    let until_stdin_closes = arguments.until_stdin_closes;
    let config = arguments.config()?;
    if env_out.is_some() && config.tls && config.ca_file.is_none() {
        return Err(Failure::usage(
            "the commands could not trust an emulator of `--tls` by `--env-out`",
        )
        .with_hint("say where the CA's certificate is to be: `--ca-out FILE`"));
    }
    if let Some(file) =
        config.ca_file.as_ref().filter(|it| env_out.is_some() && it.to_str().is_none())
    {
        return Err(Failure::usage(format!("`{}` is no path for a shell", file.display())));
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

/// Waits until nobody can write to standard input any more.
async fn stdin_closed() {
    let (held, closed) = oneshot::channel::<()>();
    // The runtime would wait for a thread of its own.
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

/// Lines for a shell; what does not apply is unset.
fn lines(env: &Value) -> String {
    let line = |(name, value): (&String, &Value)| match value.as_str() {
        Some(value) => format!("export {name}='{}'\n", value.replace('\'', "'\\''")),
        None => format!("unset {name}\n"),
    };
    env.as_object().into_iter().flatten().map(line).collect()
}

fn time_scale(text: &str) -> Result<f64, String> {
    let scale: f64 = text.parse().map_err(|_| format!("`{text}` is no number"))?;
    if (0.0..=100_000.0).contains(&scale) {
        Ok(scale)
    } else {
        Err(format!("`{text}` does not lie between 0 and 100000"))
    }
}

fn read<T: DeserializeOwned>(file: &Path) -> Result<T, Failure> {
    let wrong = |why: String| Failure::usage(format!("cannot use `{}`: {why}", file.display()));
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))
}

const MADE_UP: usize = 10;
