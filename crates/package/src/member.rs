//! A member of a package: its central directory entry, and the result of checking it.

mod dos_time;
mod encryption;
mod method;
mod verdict;

use std::ops::Range;

use serde::Serialize;

use crate::{Encoding, Sha256};

pub use dos_time::DosTime;
pub use encryption::Encryption;
pub use method::Method;
pub use verdict::Verdict;

/// A member of a package: its central directory entry, and the result of checking it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Member {
    /// Its position in the central directory, counted from 0.
    pub index: u32,
    /// Its name as safe text: control, bidirectional and invalid characters are escaped, and it may
    /// be cut. For display only; never write a file under this name.
    pub name: String,
    /// Its name as in the central directory, cut at the budget. Serialized as hexadecimal digits.
    #[serde(serialize_with = "crate::digest::hex")]
    pub raw_name: Vec<u8>,
    /// Whether the name was longer than the budget.
    pub name_is_cut: bool,
    /// How the name was decoded.
    pub encoding: Encoding,
    /// The compression method in its headers. With AES that is 99, and the real method is in
    /// [`encryption`](Self::encryption).
    pub method: Method,
    /// How it is encrypted, if it is.
    pub encryption: Option<Encryption>,
    /// The general purpose flags in the central directory.
    pub flags: u16,
    /// The modification time in the central directory.
    pub modified: DosTime,
    /// The system that wrote it (high byte) and the version of the format (low byte).
    pub made_by: u16,
    /// The file attributes, in the format of the system that wrote it.
    pub external_attributes: u32,
    /// The declared compressed size in bytes.
    pub compressed_size: u64,
    /// The declared inflated size in bytes.
    pub size: u64,
    /// How many bytes it inflated to, as far as it was inflated.
    pub actual_size: Option<u64>,
    /// The declared CRC-32.
    pub crc32: u32,
    /// The CRC-32 of its inflated bytes, if all of them could be read.
    pub actual_crc32: Option<u32>,
    /// The SHA-256 of its inflated bytes, if all of them could be read and hashes were requested.
    pub sha256: Option<Sha256>,
    /// The offset of its local header in the package, in bytes.
    pub header_offset: u64,
    /// The offset of its compressed bytes in the package; `None` if there is no local header.
    pub data_offset: Option<u64>,
    /// The result of checking it.
    pub verdict: Verdict,
}

impl Member {
    /// Whether it is a folder: its name ends in a slash or a backslash, and it declares no bytes.
    /// With bytes it counts as a file, so that nothing can hide behind a folder's name.
    #[must_use]
    pub fn is_directory(&self) -> bool {
        matches!(self.raw_name.last(), Some(b'/' | b'\\'))
            && self.size == 0
            && self.compressed_size == 0
    }

    /// Whether its bytes, its central directory entry, or both are encrypted.
    #[must_use]
    pub fn is_encrypted(&self) -> bool {
        self.encryption.is_some()
    }

    /// The compression method of its bytes, underneath any encryption.
    #[must_use]
    pub fn compression(&self) -> Method {
        match self.encryption {
            Some(Encryption::Aes { method, .. }) => method,
            _ => self.method,
        }
    }

    /// Whether the member carries a CRC-32 (AE-2 encryption omits it).
    pub(crate) fn has_crc32(&self) -> bool {
        !matches!(self.encryption, Some(Encryption::Aes { version: 2, .. }))
    }

    /// Whether the password of its archive is needed for its bytes; a folder that has none needs none.
    pub(crate) fn is_locked(&self) -> bool {
        self.is_encrypted() && !self.is_directory()
    }

    /// Whether a data descriptor follows its compressed bytes.
    pub(crate) fn has_descriptor(&self) -> bool {
        self.flags & (1 << 3) != 0
    }

    /// Where its compressed bytes lie, as far as a package of `length` bytes has them.
    pub(crate) fn data(&self, length: u64) -> Option<Range<u64>> {
        let start = self.data_offset?;
        let end = start.saturating_add(self.compressed_size).min(length);
        Some(start.min(end)..end)
    }

    /// Its name, short enough for a message.
    pub(crate) fn label(&self) -> String {
        crate::name::shorten(&self.name)
    }
}
