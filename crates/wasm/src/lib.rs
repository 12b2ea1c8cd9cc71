//! The wasm of the npm package: it converts and decides nothing.
//!
//! Inputs and outputs are JSON, bytes and numbers. A failure throws the error's JSON. Times are in
//! seconds: since the epoch (`wall`), and of a clock that never runs backwards (`mono`).

#![expect(
    clippy::needless_pass_by_value,
    reason = "what JavaScript passes comes by value: that is the interface of wasm-bindgen"
)]
#![expect(unreachable_pub, reason = "wasm-bindgen exports what is public in any module")]

mod answer;
mod ask;
mod client;
mod convert;
mod core;
mod engine;
mod judge;
mod raised;
mod report;
mod run;
mod settings;
mod sums;
mod task;
#[cfg(feature = "typescript")]
pub mod typescript;
