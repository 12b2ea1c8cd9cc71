//! Little-endian fields.

/// Appending to and patching a byte buffer.
pub(super) trait Put {
    fn u16(&mut self, value: u16);
    fn u32(&mut self, value: u32);
    fn u64(&mut self, value: u64);
    /// Overwrites at this place; what lies outside the buffer is not written.
    fn patch(&mut self, at: usize, bytes: &[u8]);
}

impl Put for Vec<u8> {
    fn u16(&mut self, value: u16) {
        self.extend(value.to_le_bytes());
    }

    fn u32(&mut self, value: u32) {
        self.extend(value.to_le_bytes());
    }

    fn u64(&mut self, value: u64) {
        self.extend(value.to_le_bytes());
    }

    fn patch(&mut self, at: usize, bytes: &[u8]) {
        if let Some(place) = self.get_mut(at..at + bytes.len()) {
            place.copy_from_slice(bytes);
        }
    }
}

/// A length or offset as 32 bits; none of ours comes near the limit.
pub(super) fn len32(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// A length or count as 16 bits, at most the largest.
pub(super) fn len16(length: usize) -> u16 {
    u16::try_from(length).unwrap_or(u16::MAX)
}

/// A FILETIME: 100 ns since 1601.
pub(super) fn filetime(instant: time::OffsetDateTime) -> u64 {
    let since_1970 = instant.unix_timestamp_nanos() / 100;
    u64::try_from(since_1970 + 116_444_736_000_000_000).unwrap_or(0)
}
