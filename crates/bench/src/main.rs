//! The programs that `cargo xtask bench` measures. Each says what it found as one line of JSON.

mod bare;
mod clock;
mod core;
mod download;
mod emulator;
mod engine;
mod evidence;
mod fleet;
mod ledger;
mod package;
mod process;
mod service;
mod twin;
mod verify;
mod workflow;

use std::error::Error;
use std::fs::File;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser;
use serde_json::{Value, json};

use crate::service::Service;
use crate::twin::Ready;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// One measured program.
#[derive(Debug, Parser)]
#[command(name = "mde-forensics-bench")]
enum Program {
    /// Serves an emulator whose time stands still, until standard input ends. Its first line says where it is.
    Emulator {
        /// How many devices it has.
        #[arg(long, default_value = "8")]
        devices: usize,
        /// Seconds that a collection is pending.
        #[arg(long, default_value = "5")]
        pending: f64,
        /// Seconds that a collection is then in progress.
        #[arg(long, default_value = "10")]
        running: f64,
        /// The least size of a package, in bytes.
        #[arg(long)]
        package_bytes: Option<u64>,
    },
    /// For each line `NAME COUNT` on standard input, makes so many workflows by the client or by bare reqwest.
    Workflow { service: Service },
    /// Collects from one device, and gives the handle and a link to its package.
    Prepare { service: Service },
    /// Downloads the package of a handle into a folder.
    Download { service: Service, handle: String, folder: PathBuf },
    /// Waits until a file is on the disk.
    Sync { file: PathBuf },
    /// Writes a package with so many inflated bytes.
    Package { file: PathBuf, bytes: u64 },
    /// Checks structure and every member's CRC.
    Verify {
        file: PathBuf,
        /// Also make every member's SHA-256.
        #[arg(long)]
        sha256: bool,
    },
    /// Writes an invented package of at least so many bytes, and its event log.
    Evidence { file: PathBuf, log: PathBuf, bytes: u64 },
    /// Opens a package and reads every table.
    Open { file: PathBuf },
    /// Writes the event log of a package as Parquet.
    Events { file: PathBuf, to: PathBuf },
    /// Writes an event log as JSON, by the crate `evtx`.
    Json { log: PathBuf, to: PathBuf },
    /// Collects from so many devices at once, until each package is ready at the service.
    Fleet { service: Service, devices: usize },
    /// The same with the engine alone: no request is sent, and the answers are made here.
    Engine { devices: usize },
    /// For each line on standard input, does what the Python face is measured with.
    Twin { ready: Ready },
    /// Makes requests and reads answers, with nothing between.
    Core,
}

impl Program {
    fn run(self) -> Result<Value> {
        match self {
            Self::Emulator { devices, pending, running, package_bytes } => {
                emulator::serve(devices, (pending, running), package_bytes)
            }
            Self::Workflow { service } => workflow::run(service),
            Self::Prepare { service } => download::prepare(service),
            Self::Download { service, handle, folder } => download::run(&service, &handle, folder),
            Self::Sync { file } => sync(&file),
            Self::Package { file, bytes } => package::write(&file, bytes),
            Self::Verify { file, sha256 } => verify::run(&file, sha256),
            Self::Evidence { file, log, bytes } => evidence::write(&file, &log, bytes),
            Self::Open { file } => evidence::open(&file),
            Self::Events { file, to } => evidence::events(&file, &to),
            Self::Json { log, to } => evidence::json(&log, &to),
            Self::Fleet { service, devices } => fleet::run(service, devices),
            Self::Engine { devices } => engine::run(devices),
            Self::Twin { ready } => twin::run(ready),
            Self::Core => core::run(),
        }
    }
}

fn main() -> ExitCode {
    match Program::parse().run() {
        Ok(found) => {
            println!("{found}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn sync(file: &std::path::Path) -> Result<Value> {
    let file = File::options().write(true).open(file)?;
    let clock = Instant::now();
    file.sync_all()?;
    Ok(json!({ "seconds": clock.elapsed().as_secs_f64() }))
}

/// A runtime on this thread, so that what is measured does not depend on where tasks wander.
fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}
