//! Runs `tests/vectors/*.json`, which the other languages run too.

mod clouds;
mod endpoints;
mod errors;
mod expect;
mod files;
mod input;
mod metadata;
mod schema;
mod subject;
mod values;
