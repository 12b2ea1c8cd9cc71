//! The same bytes again and again.

use std::sync::Arc;

use super::{Stream, copy_from, join};

/// A unit and how often it comes.
#[derive(Clone, Debug)]
pub(in crate::package) struct Repeat {
    unit: Arc<[u8]>,
    times: u64,
}

impl Repeat {
    /// This unit, so many times.
    pub(in crate::package) fn new(unit: Vec<u8>, times: u64) -> Self {
        Self { unit: unit.into(), times }
    }
}

impl Stream for Repeat {
    fn len(&self) -> u64 {
        self.unit.len() as u64 * self.times
    }

    fn crc(&self) -> u32 {
        let (mut whole, mut rest) = (0, self.times);
        let (mut power, mut power_len) = (crc32fast::hash(&self.unit), self.unit.len() as u64);
        while rest > 0 {
            if rest % 2 == 1 {
                whole = join(whole, power, power_len);
            }
            power = join(power, power, power_len);
            power_len = power_len.saturating_mul(2);
            rest /= 2;
        }
        whole
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> usize {
        let unit = self.unit.len() as u64;
        let mut written = 0;
        while let Some(rest) = buf.get_mut(written..).filter(|rest| !rest.is_empty()) {
            let at = offset + written as u64;
            if at >= self.len() {
                break;
            }
            written += copy_from(&self.unit, at % unit, rest);
        }
        written
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checksum_and_bytes_are_those_of_the_repeated_unit() {
        for times in [0, 1, 2, 3, 7, 100] {
            let repeat = Repeat::new(b"0123456789".to_vec(), times);
            let plain = b"0123456789".repeat(usize::try_from(times).unwrap());
            assert_eq!(repeat.crc(), crc32fast::hash(&plain), "{times}");
            let mut read = vec![0; plain.len() + 5];
            assert_eq!(repeat.read_at(3, &mut read), plain.len().saturating_sub(3));
            assert!(plain.is_empty() || read.starts_with(&plain[3..]));
        }
    }
}
