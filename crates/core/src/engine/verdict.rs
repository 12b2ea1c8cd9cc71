//! The result of verifying a package.

use serde::Serialize;

use crate::json::read_word;

/// The result of verifying a package; the same word in the manifest, the events and the report.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Verdict {
    /// The structure or a CRC is wrong; the package was kept nevertheless, under another name.
    Damaged,
    /// Nothing is known to be wrong, but not every byte could be checked: a member is encrypted,
    /// uses an unsupported compression, or inflates to more than the budgets allow.
    Unverified,
    /// The structure and every CRC are right.
    Whole,
}

impl Verdict {
    /// The verdict for a package whose structure and known checksums are right (`is_whole`), or
    /// whose every byte was checked as well (`is_verified`).
    #[must_use]
    pub fn of(is_whole: bool, is_verified: bool) -> Self {
        match (is_whole, is_verified) {
            (_, true) => Self::Whole,
            (true, false) => Self::Unverified,
            (false, false) => Self::Damaged,
        }
    }

    /// The serialized word.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Unverified => "unverified",
            Self::Whole => "whole",
        }
    }
}

read_word!(Verdict { Damaged = "damaged", Unverified = "unverified", Whole = "whole" });
