//! The wasm of the npm package's package reader: it converts, and decides nothing.
//!
//! What goes in is JSON, numbers, and a `ReaderHost` of JavaScript's that is read from; what comes out is JSON, and bytes
//! that are given to the host. What fails throws the JSON of its error.

#![expect(unreachable_pub, reason = "wasm-bindgen exports what is public in any module")]

mod budgets;
mod convert;
mod package;
mod reader_host;
mod said;
#[cfg(feature = "typescript")]
pub mod typescript;
