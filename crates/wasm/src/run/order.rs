//! What a run asks of its driver.

use mde_forensics_core::engine::Event;
use serde::Serialize;

use crate::report::Row;

/// An order for the driver of a run.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Order {
    /// Drop this piece of work.
    Abort { ticket: u64 },
    /// Append this to the ledger's file; if `sync` is true, sync it and report `written`.
    Append { text: String, sync: bool },
    /// The run is over.
    Done { rows: Vec<Row>, next: Option<f64> },
    /// Something that a person may want to see.
    Event { event: Box<Event> },
    /// Begin this piece of work; a seal cannot be aborted.
    Start { ticket: u64, seal: bool },
    /// Wait for a piece of work to end or, if given, for this monotonic time.
    Wait { until: Option<f64> },
}
