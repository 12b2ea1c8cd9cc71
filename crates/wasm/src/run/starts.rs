//! Where a run begins.

use mde_forensics_core::json::{Fields, Json, Read, Wrong};

/// Where a run begins, and how far it may go.
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
    /// Handles of collections to go on with.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub(super) handles: Vec<String>,
    /// Go on with everything that the ledger knows.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub(super) from_ledger: bool,
    /// What the output folder is called; none where nothing is downloaded.
    pub(super) folder: Option<String>,
    /// Come back within so many seconds.
    pub(super) budget: Option<f64>,
    /// Come back before that where there is nothing to do.
    #[cfg_attr(feature = "typescript", ts(as = "Option<_>"))]
    pub(super) no_waiting: bool,
    /// Ask once where collections stand: that one ended badly, or goes on, is no failure then.
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
