//! The marker by which we recognise our own collections.

use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::json::read_text;
use crate::{Code, Error, hex};

/// A short name that a collect request carries as `ExternalId` and after the comment.
///
/// It is `mdef-` and 20 lower-case hexadecimal digits. It contains no secret and reveals nothing
/// about the case.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(transparent)]
pub struct Marker(String);

impl Marker {
    /// Derives the marker from parts; the same parts give the same marker in every run.
    #[must_use]
    pub fn derive(parts: &[&[u8]]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // Lengths distinguish ("ab", "c") from ("a", "bc").
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let hash = hash.finalize();
        Self(PREFIX.to_owned() + &hex(hash.get(..DIGITS / 2).unwrap_or_default()))
    }

    /// Parses a marker.
    ///
    /// Fails with `invalid_handle` for anything but `mdef-` and 20 lower-case hexadecimal digits.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match find(text) {
            Some((0, marker)) if marker.len() == text.len() => Ok(Self(text.to_owned())),
            _ => Err(Error::new(Code::InvalidHandle, "the handle's marker is not one of ours")),
        }
    }

    /// The marker as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The comment followed by the marker.
    #[must_use]
    pub fn mark(&self, comment: &str) -> String {
        format!("{comment} [{}]", self.0)
    }

    /// Whether this text contains this marker.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        text.contains(&self.0)
    }
}

/// Whether `text` contains a marker of any collection, from this or another run.
#[must_use]
pub fn has_marker(text: &str) -> bool {
    find(text).is_some()
}

read_text!(Marker);

fn find(text: &str) -> Option<(usize, &str)> {
    text.match_indices(PREFIX).find_map(|(at, _)| {
        let marker = text.get(at..at + PREFIX.len() + DIGITS)?;
        let digits = marker.get(PREFIX.len()..)?;
        digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')).then_some((at, marker))
    })
}

const PREFIX: &str = "mdef-";
const DIGITS: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_kept_apart() {
        assert_eq!(Marker::derive(&[b"ab", b"c"]), Marker::derive(&[b"ab", b"c"]));
        assert_ne!(Marker::derive(&[b"ab", b"c"]), Marker::derive(&[b"a", b"bc"]));
    }

    #[test]
    fn is_found_in_a_marked_comment() {
        let marker = Marker::derive(&[b"x"]);
        let comment = marker.mark("INC-42");
        assert!(marker.is_in(&comment));
        assert!(!Marker::derive(&[b"y"]).is_in(&comment));
    }

    #[test]
    fn refuses_what_is_not_a_marker() {
        let marker = Marker::derive(&[b"x"]);
        assert_eq!(Marker::parse(marker.as_str()).unwrap(), marker);
        for bad in
            ["", "mdef-", "x", &format!("{} ", marker.as_str()), &format!("x{}", marker.as_str())]
        {
            assert_eq!(Marker::parse(bad).unwrap_err().code(), Code::InvalidHandle, "{bad}");
        }
    }
}
