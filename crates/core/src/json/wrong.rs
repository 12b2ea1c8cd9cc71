use std::fmt;

/// What is wrong with a JSON value, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong(Box<Inner>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Inner {
    path: String,
    why: String,
}

impl Wrong {
    /// The value itself is wrong, for this reason.
    #[must_use]
    pub fn new(why: impl Into<String>) -> Self {
        Self(Box::new(Inner { path: String::new(), why: why.into() }))
    }

    /// The value is of another kind than expected.
    pub(crate) fn kind(found: &str, expected: &str) -> Self {
        Self::new(format!("{found} where {expected} was expected"))
    }

    /// The number is out of range.
    pub(super) fn out_of_range() -> Self {
        Self::new("the number is out of range")
    }

    /// A required field is missing.
    pub(crate) fn missing(field: &str) -> Self {
        Self::new(format!("missing field `{field}`"))
    }

    /// The text is not a known word.
    pub(crate) fn unknown(word: &str) -> Self {
        Self::new(format!(
            "unknown variant `{}`",
            word.chars().take(64).collect::<String>().escape_debug()
        ))
    }

    /// Prepends a field to the path: the value is this field of an object.
    #[must_use]
    pub fn at(mut self, field: &str) -> Self {
        if !self.0.path.is_empty() && !self.0.path.starts_with('[') {
            self.0.path.insert(0, '.');
        }
        self.0.path.insert_str(0, field);
        self
    }

    /// Prepends an index to the path: the value is an element of a list.
    pub(super) fn within(self, index: usize) -> Self {
        self.at(&format!("[{index}]"))
    }

    /// The path to the value from the root, such as `commands[1].errors[0]`; empty for the root
    /// itself.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.0.path
    }

    /// What is wrong there.
    #[must_use]
    pub fn why(&self) -> &str {
        &self.0.why
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.why)?;
        if self.0.path.is_empty() { Ok(()) } else { write!(f, " at `{}`", self.0.path) }
    }
}

impl std::error::Error for Wrong {}
