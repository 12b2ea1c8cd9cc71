//! SHA-256 values, and whether to compute them.

use std::{fmt, io};

use serde::{Serialize, Serializer};
use sha2::Digest;

/// The hashes that a verification computes for every member.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Digests {
    /// None; only CRC-32 and size are checked.
    None,
    /// SHA-256 of the inflated bytes, in the same pass.
    #[default]
    Sha256,
}

/// A SHA-256 value. Displayed and serialized as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sha256([u8; 32]);

impl Sha256 {
    /// The 32 bytes of the value.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The value that a sum has come to.
    pub(crate) fn finish(sum: sha2::Sha256) -> Self {
        Self(sum.finalize().into())
    }

    /// Computes the SHA-256 of everything that a reader yields.
    ///
    /// Fails with the error that `reader` returns.
    pub fn of(mut reader: impl io::Read) -> io::Result<Self> {
        let mut block = vec![0; 256 << 10];
        let mut sum = sha2::Sha256::new();
        loop {
            match reader.read(&mut block) {
                Ok(0) => return Ok(Self::finish(sum)),
                Ok(count) => sum.update(block.get(..count).unwrap_or_default()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

impl From<[u8; 32]> for Sha256 {
    fn from(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Hex(&self.0).fmt(f)
    }
}

impl fmt::Debug for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sha256({self})")
    }
}

impl Serialize for Sha256 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Serializes bytes as lower-case hexadecimal digits.
pub(crate) fn hex<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&Hex(bytes))
}

/// Bytes as lower-case hexadecimal digits.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
