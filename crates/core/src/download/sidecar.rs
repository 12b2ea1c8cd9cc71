//! What the bytes in a `.part` belong to.

use serde::{Deserialize, Serialize};

use crate::engine::Partial;

/// What the bytes in a `.part` belong to. Never the link.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Sidecar {
    version: u32,
    /// The strong entity tag; without one the download cannot be continued.
    pub validator: Option<String>,
    /// Bytes of the whole package, where the service said so.
    pub total: Option<u64>,
}

impl Sidecar {
    /// What a reply says of the bytes that come with it.
    #[must_use]
    pub fn new(validator: Option<String>, total: Option<u64>) -> Self {
        Self { version: VERSION, validator, total }
    }

    /// What a file says; one of another version or that cannot be read says nothing.
    #[must_use]
    pub fn read(json: &[u8]) -> Self {
        let read = serde_json::from_slice::<Self>(json).ok();
        read.filter(|sidecar| sidecar.version == VERSION).unwrap_or_default()
    }

    /// The file's bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// What the engine hears of `received` bytes that belong to this.
    #[must_use]
    pub fn partial(&self, received: u64) -> Partial {
        Partial::new(received, self.validator.clone(), self.total)
    }
}

impl Default for Sidecar {
    fn default() -> Self {
        Self::new(None, None)
    }
}

const VERSION: u32 = 1;
