//! The wasm of the npm package's package reader: it converts, and decides nothing.
//!
//! What goes in is JSON, numbers, and a `Desk` of JavaScript's that is read from; what comes out is JSON, and bytes
//! that are given to the desk. What fails throws the JSON of its error.

#![expect(unreachable_pub, reason = "wasm-bindgen exports what is public in any module")]

mod budgets;
mod convert;
mod desk;
mod package;
mod said;
#[cfg(feature = "typescript")]
pub mod typescript;
