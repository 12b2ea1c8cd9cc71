//! PKWARE's traditional encryption, APPNOTE.TXT 6.1. It keeps nobody out, and is what many tools write.

use zeroize::Zeroizing;

use super::Cipher;
use crate::{Member, Password};

/// The three keys, as they stand before the next byte.
pub(crate) struct ZipCrypto(Zeroizing<[u32; 3]>);

impl ZipCrypto {
    /// Reads the header of 12 bytes; `None` where its last does not agree with the member.
    pub(super) fn open(password: &Password, header: &[u8], member: &Member) -> Option<Self> {
        let mut keys = Self(Zeroizing::new([0x1234_5678, 0x2345_6789, 0x3456_7890]));
        password.as_bytes().iter().for_each(|byte| keys.update(*byte));
        let last = header.iter().fold(0, |_, byte| keys.decrypt_byte(*byte));
        let [.., of_crc] = member.crc32.to_le_bytes();
        // With a descriptor the CRC-32 was not known yet, and the time of day stands in for it.
        let [_, of_time] = member.modified.time.to_le_bytes();
        let expected = if member.has_descriptor() { of_time } else { of_crc };
        (last == expected).then_some(keys)
    }

    fn decrypt_byte(&mut self, byte: u8) -> u8 {
        let [.., third] = *self.0;
        let [low, high, ..] = third.to_le_bytes();
        let mix = u16::from_le_bytes([low, high]) | 2;
        let [_, key] = mix.wrapping_mul(mix ^ 1).to_le_bytes();
        let plain = byte ^ key;
        self.update(plain);
        plain
    }

    fn update(&mut self, byte: u8) {
        let [first, second, third] = &mut *self.0;
        *first = crc32(*first, byte);
        *second = second.wrapping_add(*first & 0xff).wrapping_mul(134_775_813).wrapping_add(1);
        let [.., top] = second.to_le_bytes();
        *third = crc32(*third, top);
    }
}

impl Cipher for ZipCrypto {
    fn decrypt(&mut self, bytes: &mut [u8]) {
        for byte in bytes {
            *byte = self.decrypt_byte(*byte);
        }
    }

    fn is_authentic(&self) -> bool {
        true
    }
}

/// One step of CRC-32, without the inversions at its begin and end.
fn crc32(sum: u32, byte: u8) -> u32 {
    let [low, ..] = sum.to_le_bytes();
    let entry = TABLE.get(usize::from(low ^ byte)).copied().unwrap_or_default();
    entry ^ (sum >> 8)
}

/// The bytes before those that are encrypted.
pub(super) const HEADER: usize = 12;

const TABLE: [u32; 256] = {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut sum = index;
        let mut bit = 0;
        while bit < 8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
            bit += 1;
        }
        #[expect(clippy::indexing_slicing, reason = "the index is below 256, at compile time")]
        {
            table[index as usize] = sum;
        }
        index += 1;
    }
    table
};
