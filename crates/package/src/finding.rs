//! What is unusual, dangerous or broken in a package.

mod kind;
mod log;

use serde::{Serialize, Serializer};

pub use kind::{Kind, Severity};
pub(crate) use log::Log;

/// Something unusual, dangerous or broken in a package.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(as = "Flat<'static>"))]
#[non_exhaustive]
pub struct Finding {
    /// The kind of finding.
    pub kind: Kind,
    /// The member concerned, as its [`Member::index`](crate::Member::index).
    pub member: Option<u32>,
    /// The offset in the package, in bytes.
    pub offset: Option<u64>,
    /// What was found, as one line of safe text.
    pub message: String,
}

impl Finding {
    /// The stable name of its kind.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.kind.code()
    }

    /// How serious it is.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.kind.severity()
    }
}

/// The first of several findings in its own words, and how many there are besides.
pub(crate) fn and_more(first: &str, more: u64) -> String {
    match more {
        0 => first.to_owned(),
        1 => format!("{first}, and 1 more finding"),
        more => format!("{first}, and {more} more findings"),
    }
}

/// The JSON form of a finding.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
struct Flat<'a> {
    /// The kind of finding.
    code: Kind,
    /// How serious it is.
    severity: Severity,
    /// The member concerned, as its position in the central directory, counted from 0.
    member: Option<u32>,
    /// The offset in the package, in bytes.
    offset: Option<u64>,
    /// What was found, as one line of safe text.
    message: &'a str,
}

impl Serialize for Finding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { kind, member, offset, message } = self;
        Flat { code: *kind, severity: self.severity(), member: *member, offset: *offset, message }
            .serialize(serializer)
    }
}
