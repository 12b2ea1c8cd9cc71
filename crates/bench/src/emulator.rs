//! The service that everything is measured against.

use std::io;

use mde_forensics_emulator::config::ClockMode;
use mde_forensics_emulator::{Config, Emulator};
use serde_json::{Value, json};

use crate::Result;
use crate::clock::START;

/// Serves until standard input ends, which it does when the benchmark does.
///
/// `life` is for how many seconds a collection is pending and then in progress.
pub(crate) fn serve(devices: usize, life: (f64, f64), package_bytes: Option<u64>) -> Result<Value> {
    let mut config = Config::default();
    config.clock = ClockMode::Manual;
    config.start = Some(START);
    config.options.quotas.on = false;
    config.fleet.generated = devices;
    (config.fleet.life.pending, config.fleet.life.running) = life;
    config.fleet.life.package.size = package_bytes;
    crate::runtime()?.block_on(async {
        let emulator = Emulator::start(config).await?;
        println!("{}", emulator.ready_line());
        tokio::task::spawn_blocking(|| io::copy(&mut io::stdin(), &mut io::sink())).await??;
        emulator.shutdown().await;
        Ok(json!({}))
    })
}
