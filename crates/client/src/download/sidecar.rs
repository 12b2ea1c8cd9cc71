//! What the bytes in a `.part` belong to.

use std::fs;
use std::io;

use mde_forensics_core::engine::Partial;
use serde::{Deserialize, Serialize};

use super::paths::Paths;
use crate::place;

/// What the bytes in a `.part` belong to. Never the link.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Sidecar {
    version: u32,
    /// The strong entity tag; without one the download cannot be continued.
    pub(super) validator: Option<String>,
    /// Bytes of the whole package, where the service said so.
    pub(super) total: Option<u64>,
}

impl Sidecar {
    pub(super) fn new(validator: Option<String>, total: Option<u64>) -> Self {
        Self { version: VERSION, validator, total }
    }

    /// What lies on disk; one that is absent, of another version or unreadable says nothing.
    pub(super) fn read(paths: &Paths) -> Self {
        fs::read(&paths.sidecar)
            .ok()
            .and_then(|json| serde_json::from_slice::<Self>(&json).ok())
            .filter(|sidecar| sidecar.version == VERSION)
            .unwrap_or_else(|| Self::new(None, None))
    }

    /// Replaces what lies on disk as a whole.
    pub(super) fn write(&self, paths: &Paths) -> io::Result<()> {
        place::replace(&paths.sidecar, &serde_json::to_vec(self)?)
    }

    /// What the engine hears of `received` bytes that belong to this.
    pub(super) fn partial(&self, received: u64) -> Partial {
        Partial::new(received, self.validator.clone(), self.total)
    }
}

const VERSION: u32 = 1;
