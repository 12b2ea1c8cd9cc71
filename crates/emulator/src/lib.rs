//! A local emulator of the Microsoft Defender for Endpoint API.
//!
//! It stands in for the service's three origins: the login host, the API, and the host that
//! packages are downloaded from. Each has its own listener on the loopback interface.
//!
//! ```no_run
//! # async fn example() -> Result<(), mde_forensics_emulator::Error> {
//! use mde_forensics_emulator::{Config, Emulator};
//!
//! let emulator = Emulator::start(Config::default()).await?;
//! println!("{}", emulator.ready_line());
//! emulator.shutdown().await;
//! # Ok(())
//! # }
//! ```
//!
//! It is strict by default: it refuses what the service refuses, with the service's own codes and
//! texts. Unknown behaviour of the service is an [option](config::Options), and failures are
//! injected with [rules](config::Rule). It shares no code with the client.

pub mod config;
pub mod package;

mod answer;
mod api;
mod clock;
mod control;
mod cors;
mod download;
mod emulator;
mod error;
mod exchange;
mod faults;
mod handle;
mod login;
mod net;
mod packages;
mod random;
mod site;
mod text;
mod wire;
mod world;

pub use config::Config;
pub use emulator::Emulator;
pub use error::Error;
pub use handle::{
    ActionState, DeviceCodeState, DeviceState, FaultState, Handle, NewCollection, PackageDigest,
    TokenRequest, Transition,
};
pub use site::Site;
pub use world::{CallRecord, Status};
