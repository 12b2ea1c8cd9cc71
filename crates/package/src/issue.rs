//! What a responder should know before trusting a package's content.

use serde::Serialize;

use crate::Error;

/// One thing that a responder should know about the content of a package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Issue {
    /// The kind of issue.
    #[serde(rename = "code")]
    pub kind: IssueKind,
    /// The member concerned, as in the column `member`.
    pub member: Option<String>,
    /// The line or record in the member, counted from 1.
    pub line: Option<u64>,
    /// What was found, as one line of safe text.
    pub message: String,
}

/// What an issue is about. Each kind has a stable name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum IssueKind {
    /// An artifact does not have the format it should have.
    BadFormat,
    /// Two independent counts of the same thing differ.
    CountMismatch,
    /// The member is damaged, encrypted or compressed with an unsupported method, so rows may be
    /// missing.
    DamagedMember,
    /// Text was decoded in more than one way, or has invalid bytes.
    Encoding,
    /// The package could harm or mislead a careless reader: for example with names that lead out of
    /// the folder they are extracted to, two host names, or an event log inside another one.
    Hazard,
    /// An entry of the folder was not read: it is a link or special file, or nested too deeply.
    LeftOut,
    /// The package's own summary or log says that something was not collected, or the summary is
    /// absent.
    Missing,
    /// The agent's summary or robocopy's log says that something was collected, or should have
    /// been, but no member has it. Its rows are missing.
    MissingMember,
    /// No member is of a known kind, so there are no tables.
    NothingRecognised,
    /// A budget ran out, so rows or bytes are missing.
    OverBudget,
    /// A row could not be read in full.
    PartialRow,
    /// The reader failed on a member, which is a bug of this crate. Its rows are missing.
    ReaderFailed,
    /// Several packages were put together, and their rows share one package id.
    SeveralPackages,
    /// Times cannot be fully trusted: no offset was found, two sources differ, or one could be read
    /// only in part.
    Time,
    /// A member is of no known kind; it was only hashed.
    Unrecognised,
    /// Rows of a table have no time in UTC, so the timeline lacks them.
    Untimed,
}

impl IssueKind {
    /// Every kind, in alphabetical order.
    pub const ALL: &'static [Self] = &[
        Self::BadFormat,
        Self::CountMismatch,
        Self::DamagedMember,
        Self::Encoding,
        Self::Hazard,
        Self::LeftOut,
        Self::Missing,
        Self::MissingMember,
        Self::NothingRecognised,
        Self::OverBudget,
        Self::PartialRow,
        Self::ReaderFailed,
        Self::SeveralPackages,
        Self::Time,
        Self::Unrecognised,
        Self::Untimed,
    ];

    /// What it means for a member's rows that reading it failed so.
    pub(crate) fn of(error: &Error) -> Self {
        match error {
            Error::OverBudget { .. } => Self::OverBudget,
            Error::ReaderFailed { .. } => Self::ReaderFailed,
            _ => Self::DamagedMember,
        }
    }

    /// The stable name in `snake_case`, as in serialized issues.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::BadFormat => "bad_format",
            Self::CountMismatch => "count_mismatch",
            Self::DamagedMember => "damaged_member",
            Self::Encoding => "encoding",
            Self::Hazard => "hazard",
            Self::LeftOut => "left_out",
            Self::Missing => "missing",
            Self::MissingMember => "missing_member",
            Self::NothingRecognised => "nothing_recognised",
            Self::OverBudget => "over_budget",
            Self::PartialRow => "partial_row",
            Self::ReaderFailed => "reader_failed",
            Self::SeveralPackages => "several_packages",
            Self::Time => "time",
            Self::Unrecognised => "unrecognised",
            Self::Untimed => "untimed",
        }
    }

    /// Whether it means that evidence is missing or in doubt, rather than something to keep in
    /// mind.
    #[must_use]
    pub fn needs_a_look(self) -> bool {
        !matches!(self, Self::Missing | Self::Unrecognised | Self::Encoding)
    }
}

impl Issue {
    /// One about the package as a whole.
    pub(crate) fn of_package(kind: IssueKind, message: String) -> Self {
        Self { kind, member: None, line: None, message }
    }

    /// Whether it means that something is missing from the tables or listed under another name, so
    /// that finding nothing there proves nothing.
    #[must_use]
    pub fn hides_rows(&self) -> bool {
        matches!(
            self.kind,
            IssueKind::BadFormat
                | IssueKind::DamagedMember
                | IssueKind::LeftOut
                | IssueKind::MissingMember
                | IssueKind::NothingRecognised
                | IssueKind::OverBudget
                | IssueKind::ReaderFailed
                | IssueKind::SeveralPackages
                | IssueKind::Untimed
        )
    }
}

#[cfg(test)]
mod tests {
    use super::IssueKind;

    #[test]
    fn codes_are_what_serde_writes() {
        for (index, kind) in IssueKind::ALL.iter().enumerate() {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.code());
            assert_eq!(*kind as usize, index, "`ALL` has every kind once");
        }
    }
}
