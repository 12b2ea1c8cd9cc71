use std::fmt;

use serde::{Serialize, Serializer};

/// A compression method. Serialized as its number in the zip format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Method {
    /// Not compressed (0).
    Stored,
    /// Deflate, RFC 1951 (8).
    Deflate,
    /// Any other method, by its number.
    Other(u16),
}

impl Method {
    /// Its number in the zip format.
    #[must_use]
    pub fn number(self) -> u16 {
        match self {
            Self::Stored => 0,
            Self::Deflate => 8,
            Self::Other(number) => number,
        }
    }
}

impl From<u16> for Method {
    fn from(number: u16) -> Self {
        match number {
            0 => Self::Stored,
            8 => Self::Deflate,
            other => Self::Other(other),
        }
    }
}

impl fmt::Display for Method {
    /// Its name in APPNOTE.TXT 4.4.5, or its number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stored => f.write_str("stored"),
            Self::Deflate => f.write_str("deflate"),
            Self::Other(9) => f.write_str("deflate64"),
            Self::Other(12) => f.write_str("bzip2"),
            Self::Other(14) => f.write_str("lzma"),
            Self::Other(93) => f.write_str("zstandard"),
            Self::Other(95) => f.write_str("xz"),
            Self::Other(99) => f.write_str("AES encryption"),
            Self::Other(number) => write!(f, "method {number}"),
        }
    }
}

impl Serialize for Method {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u16(self.number())
    }
}
