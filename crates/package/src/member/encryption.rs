use std::fmt;

use serde::{Serialize, Serializer};

use super::Method;

/// How a member is encrypted. Serialized as a name such as `zip_crypto` or `aes_256`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Encryption {
    /// `WinZip` AES ("AES Encryption Information: Encryption Specification AE-1 and AE-2").
    Aes {
        /// The key length in bits: 128, 192 or 256.
        bits: u16,
        /// 1 (AE-1) if the CRC-32 is valid, 2 (AE-2) if it is not used.
        version: u16,
        /// The compression method underneath.
        method: Method,
    },
    /// An unsupported kind: PKWARE strong encryption, a masked central directory, or an unknown AES
    /// variant.
    Other,
    /// PKWARE traditional encryption (APPNOTE.TXT 6.1).
    ZipCrypto,
}

impl Encryption {
    /// What flags, method and AES field of a header say; `None` where it is not encrypted.
    pub(crate) fn of(flags: u16, method: Method, aes: Option<&[u8]>) -> Option<Self> {
        const ENCRYPTED: u16 = 1 << 0;
        const STRONG: u16 = 1 << 6;
        const MASKED: u16 = 1 << 13;
        if flags & (STRONG | MASKED) != 0 {
            return Some(Self::Other);
        }
        let is_encrypted = flags & ENCRYPTED != 0;
        is_encrypted.then_some(match (method, aes) {
            (Method::Other(AES), Some(field)) => Self::aes(field).unwrap_or(Self::Other),
            (Method::Other(AES), None) => Self::Other,
            _ => Self::ZipCrypto,
        })
    }

    fn aes(field: &[u8]) -> Option<Self> {
        let (version, rest) = field.split_first_chunk::<2>()?;
        let rest = rest.strip_prefix(b"AE")?;
        let (strength, rest) = rest.split_first()?;
        let (method, _) = rest.split_first_chunk::<2>()?;
        let version = Some(u16::from_le_bytes(*version)).filter(|version| [1, 2].contains(version));
        let bits = Some(strength).filter(|strength| (1..=3).contains(*strength));
        Some(Self::Aes {
            bits: 64 + 64 * u16::from(*bits?),
            version: version?,
            method: Method::from(u16::from_le_bytes(*method)),
        })
    }

    /// The name in `snake_case`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Aes { bits: 128, .. } => "aes_128",
            Self::Aes { bits: 192, .. } => "aes_192",
            Self::Aes { .. } => "aes_256",
            Self::Other => "other",
            Self::ZipCrypto => "zip_crypto",
        }
    }
}

impl fmt::Display for Encryption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Encryption {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

/// The method that stands in the headers of a member with AES.
const AES: u16 = 99;
