//! Names of one kind, and their numbers.

use std::collections::BTreeMap;

use super::{vocabulary::is_common, words::lower};
use crate::Error;

/// Who says that something is a name.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Said {
    /// A command line, a path or whoever tries to log on: it may be any word.
    ByAnybody,
    /// Windows, of its own accounts and settings.
    ByWindows,
}

/// Names in lower case, in the order in which they were found.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    /// Who said so, and its number.
    seen: BTreeMap<String, (Said, usize)>,
    /// Each with its number.
    order: Vec<(String, usize)>,
    last: usize,
    /// By the name of a host alone its number, and whether its full name is known.
    by_label: BTreeMap<String, (usize, bool)>,
    has_more: bool,
}

impl Names {
    pub(super) fn has(&self, name: &str) -> bool {
        self.seen.contains_key(name)
    }

    pub(super) fn said(&self, name: &str) -> Option<Said> {
        self.seen.get(name).map(|(said, _)| *said)
    }

    pub(super) fn number(&self, name: &str) -> Option<usize> {
        self.seen.get(name).map(|(_, number)| *number)
    }

    /// The names with their numbers.
    ///
    /// Fails with [`Error::TooManyNames`].
    pub(super) fn all(&self) -> Result<&[(String, usize)], Error> {
        if self.has_more { Err(too_many()) } else { Ok(&self.order) }
    }

    pub(super) fn add(&mut self, name: &str, said: Said) {
        self.add_as(name, None, said);
    }

    /// Adds a name that is written in another way too, by one number.
    pub(super) fn add_both(&mut self, name: &str, other: &str, said: Said) {
        let number = self.add_as(name, None, said);
        self.add_as(other, number, said);
    }

    /// Adds the name of a host: its short and its full name are one. Of several full names that begin with one short
    /// name, which stay several, it is that of the first.
    pub(super) fn add_host(&mut self, name: &str, said: Said) {
        let name = lower(name.trim());
        let label = name.split('.').next().unwrap_or_default();
        let is_full = label.len() < name.len();
        let known = self.by_label.get(label).copied();
        let shared = known.filter(|(_, has_full)| !is_full || !has_full).map(|(number, _)| number);
        if let Some(number) = self.add_as(&name, shared, said)
            && (known.is_none() || shared.is_some())
        {
            let has_full = is_full || known.is_some_and(|(_, has_full)| has_full);
            self.by_label.insert(label.to_owned(), (number, has_full));
        }
    }

    /// Adds a name by a number that it shares with another, or by one of its own, and gives the number of one that is
    /// new.
    fn add_as(&mut self, name: &str, shared: Option<usize>, said: Said) -> Option<usize> {
        let name = lower(name.trim());
        let is_name = (2..=LONGEST).contains(&name.chars().count())
            && name.chars().any(char::is_alphanumeric)
            && !is_common(&name);
        if !is_name {
            return None;
        }
        if let Some((known, _)) = self.seen.get_mut(&name) {
            *known = said.max(*known);
            return None;
        }
        if self.order.len() == MOST {
            self.has_more = true;
            return None;
        }
        let number = shared.unwrap_or_else(|| {
            self.last += 1;
            self.last
        });
        self.seen.insert(name.clone(), (said, number));
        self.order.push((name, number));
        Some(number)
    }
}

pub(super) fn too_many() -> Error {
    Error::TooManyNames { limit: MOST }
}

/// Names that are replaced of each kind; no host has as many, but a log of guesses may. What searches for them then
/// takes some hundred MiB.
const MOST: usize = 200_000;
/// Characters of a name; a DNS name has at most 253.
const LONGEST: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_would_stay_are_no_redaction() {
        let mut names = Names::default();
        for number in 0..MOST {
            names.add(&format!("u{number}"), Said::ByAnybody);
        }
        assert_eq!(names.all().unwrap().len(), MOST);
        names.add("U0", Said::ByAnybody);
        assert!(names.all().is_ok(), "a name that is known already is none more");
        names.add("one more", Said::ByAnybody);
        assert!(matches!(names.all(), Err(Error::TooManyNames { limit: MOST })));
    }
}
