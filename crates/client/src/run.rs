//! What one run is asked to do, and with what.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use mde_forensics_core::engine::{Event, Options};

use crate::ledger::{Ledger, Shared};
use crate::stop::Stop;

/// What one run is asked to do, and with what. Made by [`Client::run`](crate::Client::run).
#[derive(Clone)]
pub struct Run {
    /// How the engine goes about it.
    pub options: Options,
    pub(crate) folder: Option<PathBuf>,
    pub(crate) ledger: Option<Arc<Shared>>,
    pub(crate) on_event: Arc<dyn Fn(&Event) + Send + Sync>,
    pub(crate) stop: Stop,
}

impl Run {
    pub(crate) fn new(options: Options) -> Self {
        Self { options, folder: None, ledger: None, on_event: Arc::new(|_| {}), stop: Stop::new() }
    }

    /// Packages, manifests and the ledger go into this folder; it is created if need be.
    #[must_use]
    pub fn into_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Calls `heard` for every event, in order, on the task that runs; it must not block.
    #[must_use]
    pub fn on_event(mut self, heard: impl Fn(&Event) + Send + Sync + 'static) -> Self {
        self.on_event = Arc::new(heard);
        self
    }

    /// Lets `stop` stop this run.
    #[must_use]
    pub fn stopped_by(mut self, stop: &Stop) -> Self {
        self.stop = stop.clone();
        self
    }

    /// Keeps records in this ledger, in place of the file under the output folder. Runs of one client that are given the same
    /// ledger know of each other.
    #[must_use]
    pub fn with_ledger(mut self, ledger: Arc<Mutex<dyn Ledger>>) -> Self {
        self.ledger = Some(Arc::new(Shared::new(ledger)));
        self
    }
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("options", &self.options)
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}
