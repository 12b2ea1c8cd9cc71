use std::fmt;

use crate::error::{Code, Error};

/// The length in characters above which a comment is called long; the service's limit is not
/// documented.
const LONG: usize = 4_000;

/// The reason for an action: the service requires it and keeps it with the action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment(String);

impl Comment {
    /// Takes a comment unchanged.
    ///
    /// Fails with [`Code::InvalidComment`] if it is empty or blank, or contains a control character
    /// other than a line feed or a tab.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if text.trim().is_empty() {
            return Err(Error::new(Code::InvalidComment, "the comment is empty"));
        }
        if let Some(control) = text.chars().find(|c| c.is_control() && *c != '\n' && *c != '\t') {
            return Err(Error::new(
                Code::InvalidComment,
                format!("the comment holds the control character U+{:04X}", u32::from(control)),
            ));
        }
        Ok(Self(text.to_owned()))
    }

    /// The comment.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is longer than 4,000 characters, which the service may reject.
    #[must_use]
    pub fn is_long(&self) -> bool {
        self.0.chars().nth(LONG).is_some()
    }
}

impl fmt::Display for Comment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_comment_says_something() {
        for text in ["", " \t\n", "a\u{0}b", "a\rb", "\u{1b}[2J"] {
            assert_eq!(Comment::parse(text).unwrap_err().code(), Code::InvalidComment, "{text:?}");
        }
        assert_eq!(Comment::parse("INC-42\n\t„é“").unwrap().as_str(), "INC-42\n\t„é“");
        assert!(!Comment::parse(&"é".repeat(4_000)).unwrap().is_long());
        assert!(Comment::parse(&"é".repeat(4_001)).unwrap().is_long());
    }
}
