//! The client against an emulator that shares no code with it.

// Lints treat what is marked so as tests; in a test's own file they take only its test functions for that.
#![cfg(test)]

use std::time::Duration;

use mde_forensics::Clock;

/// Where the library lets monotonic time begin.
const HEAD_START: Duration = Duration::from_secs(24 * 60 * 60);

mod bench;
mod calls;
mod collection;
mod credentials;
mod folder;
mod foreign;
/// The clock of the library's own tests.
#[path = "../../src/clock/jump.rs"]
mod jump;
mod ledger;
mod proxy;
mod secrecy;
mod situations;
mod tls;
mod together;
