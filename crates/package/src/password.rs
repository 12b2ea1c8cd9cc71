//! The password of an archive into which somebody repacked evidence.

use std::{fmt, ops::Range};

use zeroize::Zeroizing;

use crate::{
    Error, Member, Source,
    zip::cipher::{Unlocked, unlock},
};

/// The password of an archive into which somebody repacked evidence. The service's own packages
/// have none.
///
/// Its bytes are used as they are: current zip tools encode a password as UTF-8, old ones in the
/// system's code page. It is never printed, and is erased from memory when dropped.
#[derive(Clone)]
pub struct Password {
    bytes: Zeroizing<Vec<u8>>,
    /// The function that opens members. It is stored here so that a program which never makes a password contains no
    /// ciphers.
    unlock: Unlock,
}

type Unlock = fn(&dyn Source, &Member, Range<u64>, &Password) -> Result<Unlocked, Error>;

impl Password {
    /// Creates a password from bytes.
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
