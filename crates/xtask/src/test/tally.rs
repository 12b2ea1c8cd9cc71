use std::fmt;

use crate::failure::Failure;

/// How many checks ran, and how they ended.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
    /// What a reader must know although nothing failed, such as why something was skipped.
    pub(crate) notes: Vec<String>,
}

/// A step that failed: its count, and what shows it.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) tally: Tally,
    pub(crate) failure: Failure,
}

impl Tally {
    pub(crate) fn passed(passed: u64) -> Self {
        Self { passed, ..Self::default() }
    }

    pub(crate) fn failed(failed: u64) -> Self {
        Self { failed, ..Self::default() }
    }

    pub(crate) fn skipped(skipped: u64) -> Self {
        Self { skipped, ..Self::default() }
    }

    pub(crate) fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds the numbers of `other`, and not its notes.
    pub(crate) fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }

    /// Something ran, and none of it failed.
    pub(crate) fn is_good(&self) -> bool {
        self.passed > 0 && self.failed == 0
    }

    /// One check that gave these offences; none is a pass.
    pub(crate) fn of_offences(offences: &[String]) -> Result<Self, Broken> {
        if offences.is_empty() {
            return Ok(Self::passed(1));
        }
        let (shown, more) = offences.split_at(offences.len().min(SHOWN));
        let mut lines = shown.to_vec();
        if !more.is_empty() {
            lines.push(format!("… and {} more", more.len()));
        }
        Err(Failure::new(lines.join("\n")).into())
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { passed, failed, skipped, .. } = self;
        write!(formatter, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

impl<E: Into<Failure>> From<E> for Broken {
    fn from(error: E) -> Self {
        Self { tally: Tally::failed(1), failure: error.into() }
    }
}

/// One cause can give a thousand offences, and nobody reads them.
const SHOWN: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thousand_offences_are_twenty_and_a_number() {
        let offences = vec!["x".to_owned(); 1_000];
        let text = Tally::of_offences(&offences).unwrap_err().failure.to_string();
        assert_eq!(text.lines().count(), 21);
        assert!(text.ends_with("… and 980 more"));
    }

    #[test]
    fn a_run_without_any_check_is_not_good() {
        assert!(!Tally::default().is_good());
        assert!(!Tally::skipped(3).is_good());
        assert!(Tally::passed(1).is_good());
    }

    #[test]
    fn one_failure_spoils_the_whole() {
        let mut total = Tally::passed(9);
        total.add(&Tally::failed(1));
        total.add(&Tally::skipped(2).note("why"));
        assert!(!total.is_good());
        assert_eq!(total.to_string(), "9 passed, 1 failed, 2 skipped");
        assert!(total.notes.is_empty());
    }
}
