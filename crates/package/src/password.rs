//! The password of an archive that somebody packed evidence in again.

use std::{fmt, ops::Range};

use zeroize::Zeroizing;

use crate::{
    Error, Member, Source,
    zip::cipher::{Unlocked, unlock},
};

/// The password of an archive that somebody packed evidence in again; the service's own packages
/// have none.
///
/// Its bytes are used as they are: zip tools of today take them from UTF-8, old ones from the code
/// page of their system. It is never printed, and erased from memory when it is dropped.
#[derive(Clone)]
pub struct Password {
    bytes: Zeroizing<Vec<u8>>,
    /// The function that opens members. It is stored here so that a program which never makes a password contains no
    /// ciphers.
    unlock: Unlock,
}

type Unlock = fn(&dyn Source, &Member, Range<u64>, &Password) -> Result<Unlocked, Error>;

impl Password {
    /// A password of these bytes.
    #[must_use]
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self { bytes: Zeroizing::new(bytes.into()), unlock }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Tries it on a member whose bytes are at `data`.
    ///
    /// Fails with [`Error::ReadFailed`].
    pub(crate) fn unlock(
        &self,
        source: &dyn Source,
        member: &Member,
        data: Range<u64>,
    ) -> Result<Unlocked, Error> {
        (self.unlock)(source, member, data, self)
    }
}

impl PartialEq for Password {
    fn eq(&self, other: &Self) -> bool {
        self.bytes == other.bytes
    }
}

impl Eq for Password {}

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
