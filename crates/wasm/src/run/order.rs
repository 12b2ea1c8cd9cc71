//! What a run asks of its driver.

use mde_forensics_core::engine::Event;
use serde::Serialize;

use crate::report::Row;

/// One thing for the driver of a run to do.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(crate) enum Order {
    /// Forget this piece of work.
    Abort { ticket: u64 },
    /// Append this to the ledger's file; where `sync`, sync it and say that it is written.
    Append { text: String, sync: bool },
    /// The run is over.
    Done { rows: Vec<Row>, next: Option<f64> },
    /// Something that a person may want to see.
    Event { event: Box<Event> },
    /// Begin this piece of work; a seal cannot be called back.
    Start { ticket: u64, seal: bool },
    /// Nothing more to do until a piece of work ends or, if given, this monotonic time.
    Wait { until: Option<f64> },
}
