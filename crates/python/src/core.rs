//! Endpoints and engine with no I/O, and the desk that keeps records, quotas and files for a driver.

pub(crate) mod answer;
pub(crate) mod command;
pub(crate) mod desk;
pub(crate) mod engine;
pub(crate) mod operation;
