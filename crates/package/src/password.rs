//! The password of an archive that somebody packed evidence in again.

use std::fmt;

use zeroize::Zeroizing;

/// The password of an archive that somebody packed evidence in again; the service's own packages
/// have none.
///
/// Its bytes are used as they are: zip tools of today take them from UTF-8, old ones from the code
/// page of their system. It is never printed, and erased from memory when it is dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<Vec<u8>>);

impl Password {
    /// A password of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<&str> for Password {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(..)")
    }
}
