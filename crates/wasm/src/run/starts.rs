//! The starting points of a run.

use mde_forensics_core::json::{Fields, Json, Read, Wrong};

/// The starting points of a run, and its limits.
#[derive(Default)]
#[cfg_attr(
    feature = "typescript",
    derive(ts_rs::TS),
    ts(rename_all = "camelCase", optional_fields)
)]
pub(crate) struct Starts {
    /// Names, ids or addresses of devices.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub(super) devices: Vec<String>,
    /// Handles of collections to continue.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub(super) handles: Vec<String>,
    /// Whether to continue everything that the ledger knows.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub(super) from_ledger: bool,
    /// The output folder's name; unset if nothing is downloaded.
    pub(super) folder: Option<String>,
    /// The time after which the run returns, in seconds.
    pub(super) budget: Option<f64>,
    /// Whether to return earlier if there is nothing to do but wait.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub(super) no_waiting: bool,
    /// Whether to ask only once for the state of collections; then a bad end, or none yet, is not
    /// an error.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub(super) refresh: bool,
}

impl Read for Starts {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                devices: fields.take_or("devices", Vec::new())?,
                handles: fields.take_or("handles", Vec::new())?,
                from_ledger: fields.take_or("fromLedger", false)?,
                folder: fields.optional("folder"),
                budget: fields.optional("budget"),
                no_waiting: fields.take_or("noWaiting", false)?,
                refresh: fields.take_or("refresh", false)?,
            })
        })
    }
}
