//! Endpoints and engine without I/O, and the workspace that keeps records, quotas and files for a
//! driver.

pub(crate) mod answer;
pub(crate) mod command;
pub(crate) mod engine;
pub(crate) mod operation;
pub(crate) mod workspace;
