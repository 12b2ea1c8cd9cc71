//! One entry of a package's central directory, and what checking it gave.

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

/// One entry of a package's central directory, and what checking it gave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Member {
    /// Its place in the central directory, counted from 0.
    pub index: u32,
    /// Its name as safe text: control, bidi and invalid characters are escaped, and it may have been
    /// cut. To show, never to write a file by.
    pub name: String,
    /// Its name as the central directory has it, cut at the budget; serialized as hexadecimal digits.
    #[serde(serialize_with = "crate::digest::hex")]
    pub raw_name: Vec<u8>,
    /// Whether the name was longer than the budget.
    pub name_is_cut: bool,
    /// How the name was decoded.
    pub encoding: Encoding,
    /// How its bytes are compressed, as its headers say: with AES they say 99, and the method is in
    /// [`encryption`](Self::encryption).
    pub method: Method,
    /// How its bytes are encrypted, if they are.
    pub encryption: Option<Encryption>,
    /// The general purpose flags, as they stand in the central directory.
    pub flags: u16,
    /// When it was modified, as it stands in the central directory.
    pub modified: DosTime,
    /// The system that wrote it (high byte) and the version of the format (low byte).
    pub made_by: u16,
    /// The attributes that the writing system gave it.
    pub external_attributes: u32,
    /// How many compressed bytes are declared.
    pub compressed_size: u64,
    /// How many inflated bytes are declared.
    pub size: u64,
    /// How many bytes it inflated to, as far as it was inflated.
    pub actual_size: Option<u64>,
    /// The CRC-32 that is declared.
    pub crc32: u32,
    /// The CRC-32 that its inflated bytes have, if all of them could be had.
    pub actual_crc32: Option<u32>,
    /// SHA-256 of its inflated bytes, if all of them could be had and hashes were asked for.
    pub sha256: Option<Sha256>,
    /// Where its local header lies in the package, in bytes from its start.
    pub header_offset: u64,
    /// Where its compressed bytes lie in the package; `None` where there is no local header.
    pub data_offset: Option<u64>,
    /// What checking it gave.
    pub verdict: Verdict,
}

impl Member {
    /// Whether it is a folder: its name ends in a slash or a backslash, and it declares no bytes. With bytes it is
    /// a file all the same, so that nothing can be hidden in a folder's name.
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

    /// How its bytes are compressed, before they were encrypted if they are.
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
