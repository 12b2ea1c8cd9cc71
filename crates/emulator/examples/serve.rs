//! Serves an emulator until it is interrupted: `serve [CONFIG.json]`.

use std::error::Error;

use mde_forensics_emulator::{Config, Emulator};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let config = match std::env::args_os().nth(1) {
        Some(path) => serde_json::from_slice(&std::fs::read(path)?)?,
        None => Config::default(),
    };
    let emulator = Emulator::start(config).await?;
    println!("{}", emulator.ready_line());
    std::future::pending().await
}
