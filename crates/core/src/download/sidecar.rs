//! Identifies the bytes in a `.part` file.

use serde::Serialize;

use crate::engine::Partial;
use crate::json::{self, Fields, Json, Read, Wrong, deserialize};

/// What identifies the bytes in a `.part` file. It never contains the link.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Sidecar {
    version: u32,
    /// The strong entity tag; without one the download cannot be continued.
    pub validator: Option<String>,
    /// The size of the whole package in bytes, if the service gave it.
    pub total: Option<u64>,
}

impl Sidecar {
    /// Creates the sidecar for the bytes of a reply.
    #[must_use]
    pub fn new(validator: Option<String>, total: Option<u64>) -> Self {
        Self { version: VERSION, validator, total }
    }

    /// Parses a sidecar file; one of another version or an unreadable one yields the default.
    #[must_use]
    pub fn read(json: &[u8]) -> Self {
        let read: Option<Self> = json::parse(json).ok();
        read.filter(|sidecar| sidecar.version == VERSION).unwrap_or_default()
    }

    /// The file's text.
    #[must_use]
    pub fn to_text(&self) -> String {
        json::text(self)
    }

    /// The partial download of `received` bytes, as reported to the engine.
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

impl Read for Sidecar {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                version: fields.take("version")?,
                validator: fields.optional("validator"),
                total: fields.optional("total"),
            })
        })
    }
}

deserialize!(Sidecar);
