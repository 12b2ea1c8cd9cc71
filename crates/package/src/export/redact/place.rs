//! The places of a text that are replaced.

use std::{cmp::Reverse, ops::Range};

/// A place, and what is there.
pub(super) struct Place {
    pub(super) at: Range<usize>,
    pub(super) own: Own,
}

pub(super) enum Own {
    /// What is known by its shape, the same in every way of writing it.
    Address(String),
    Sid(String),
    /// One of the words, by its place among them.
    Word(usize),
    /// A host of a domain that is known.
    Host(String),
}

/// What has a shape, in the order of the text; of two that overlap there is the first.
pub(super) struct Shapes(Vec<Place>);

impl Shapes {
    pub(super) fn new(mut places: Vec<Place>) -> Self {
        places.sort_by_key(|place| (place.at.start, Reverse(place.at.end)));
        Self(apart(places))
    }

    /// Whether this is within what has a shape, and so no place where a word begins or ends: what a name took out of a
    /// SID or an address would leave the rest of it standing.
    pub(super) fn hold(&self, at: usize) -> bool {
        let before = self.0.partition_point(|place| place.at.start < at);
        let last = before.checked_sub(1).and_then(|last| self.0.get(last));
        last.is_some_and(|place| at < place.at.end)
    }

    /// These and the words, of several that overlap the first, and of these the longest.
    pub(super) fn with(mut self, words: Vec<Place>) -> Vec<Place> {
        if words.is_empty() {
            return self.0;
        }
        // The order of equals stays: a name that is a whole SID is that SID.
        self.0.extend(words);
        self.0.sort_by_key(|place| (place.at.start, Reverse(place.at.end)));
        apart(self.0)
    }
}

fn apart(mut places: Vec<Place>) -> Vec<Place> {
    let mut end = 0;
    places.retain(|place| {
        let is_apart = place.at.start >= end;
        if is_apart {
            end = place.at.end;
        }
        is_apart
    });
    places
}
