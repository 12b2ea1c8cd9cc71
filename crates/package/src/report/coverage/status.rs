use serde::Serialize;

/// What a package has of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CoverageStatus {
    /// It was read, and there is nothing in it.
    Empty,
    /// It is there and could not be read to its end.
    Failed,
    /// The agent says that it was collected, or there is nothing that says what was, and it is not there.
    Missing,
    /// It was not asked for, the agent itself found none, or it is never collected.
    NotCollected,
    /// It is there.
    Present,
    /// It is there, and of no known kind.
    Unrecognised,
    /// It is there from a certain time on.
    Windowed,
}

impl CoverageStatus {
    /// Its name, in `snake_case`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Failed => "failed",
            Self::Missing => "missing",
            Self::NotCollected => "not_collected",
            Self::Present => "present",
            Self::Unrecognised => "unrecognised",
            Self::Windowed => "windowed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::CoverageStatus;

    #[test]
    fn names_are_what_serde_writes() {
        for status in [
            CoverageStatus::Empty,
            CoverageStatus::Failed,
            CoverageStatus::Missing,
            CoverageStatus::NotCollected,
            CoverageStatus::Present,
            CoverageStatus::Unrecognised,
            CoverageStatus::Windowed,
        ] {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
    }
}
