//! The settings of one run.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use mde_forensics_core::engine::{Event, Options};

use crate::ledger::{Ledger, Shared};
use crate::stop::Stop;

/// The settings of one run. Created by [`Client::run`](crate::Client::run).
#[derive(Clone)]
pub struct Run {
    /// The engine's options.
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

    /// Stores packages, manifests and the ledger in this folder, which is created if needed.
    #[must_use]
    pub fn into_folder(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Calls `heard` for every event, in order, on the task of the run; it must not block.
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

    /// Keeps records in this ledger instead of the file in the output folder. Runs of one client
    /// that share a ledger know of each other.
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
