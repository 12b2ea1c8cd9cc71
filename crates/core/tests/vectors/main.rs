//! Runs `tests/vectors/*.json`, which the other languages run too.

#![expect(
    clippy::disallowed_macros,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, and says so when it skips"
)]

mod clouds;
mod endpoints;
mod engine;
mod errors;
mod expect;
mod files;
mod input;
mod metadata;
mod schema;
mod values;
