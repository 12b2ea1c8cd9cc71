//! What is remarkable, dangerous or broken about a package.

mod kind;
mod log;

use serde::ser::{Serialize, SerializeStruct, Serializer};

pub use kind::{Kind, Severity};
pub(crate) use log::Log;

/// One thing that is remarkable, dangerous or broken about a package.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Finding {
    /// What it is.
    pub kind: Kind,
    /// The member it is about, as [`Member::index`](crate::Member::index).
    pub member: Option<u32>,
    /// Where in the package it is, in bytes from its start.
    pub offset: Option<u64>,
    /// What was seen, in one line of safe text.
    pub message: String,
}

impl Finding {
    /// The stable name of its kind.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// How grave it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.kind.severity()
    }
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_struct("Finding", 5)?;
        object.serialize_field("code", self.code())?;
        object.serialize_field("severity", &self.severity())?;
        object.serialize_field("member", &self.member)?;
        object.serialize_field("offset", &self.offset)?;
        object.serialize_field("message", &self.message)?;
        object.end()
    }
}
