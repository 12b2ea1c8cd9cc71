//! Pseudorandom numbers from a seed (`SplitMix64`).

use crate::text::hex;

/// A stream of numbers determined by its seed.
#[derive(Clone, Debug)]
pub(crate) struct Random(u64);

impl Random {
    /// The stream called `name`, independent of other streams: the name is mixed into the seed
    /// (FNV-1a).
    pub(crate) fn named(seed: u64, name: &str) -> Self {
        let mixed = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        });
        let mut random = Self(seed ^ mixed);
        random.next();
        random
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, which is not 0.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }

    /// A number from 0 to 1, without 1.
    pub(crate) fn unit(&mut self) -> f64 {
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double exactly")]
        let numerator = (self.next() >> 11) as f64;
        numerator * 2.0_f64.powi(-53)
    }

    pub(crate) fn choose<T: Copy>(&mut self, of: &[T]) -> Option<T> {
        let place = self.below(of.len() as u64);
        of.get(usize::try_from(place).ok()?).copied()
    }

    pub(crate) fn bytes(&mut self, count: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(count + 8);
        while bytes.len() < count {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes.truncate(count);
        bytes
    }

    pub(crate) fn hex(&mut self, digits: usize) -> String {
        let mut text = hex(&self.bytes(digits.div_ceil(2)));
        text.truncate(digits);
        text
    }

    /// A GUID of version 4.
    pub(crate) fn guid(&mut self) -> String {
        let value = (u128::from(self.next()) << 64) | u128::from(self.next());
        let value = (value & !(0xf << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        let hex = format!("{value:032x}");
        let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
        format!("{}-{}-{}-{}-{}", part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32))
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn a_guid_says_that_it_is_of_version_4() {
        let guid = Random::named(7, "guid").guid();
        assert_eq!(guid.len(), 36);
        assert_eq!(guid.as_bytes()[14], b'4');
        assert!(matches!(guid.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }

    #[test]
    fn the_same_seed_and_name_give_the_same_stream() {
        assert_eq!(Random::named(1, "ws-042").hex(40), Random::named(1, "ws-042").hex(40));
        assert_ne!(Random::named(1, "ws-042").hex(40), Random::named(2, "ws-042").hex(40));
        assert_ne!(Random::named(1, "ws-042").hex(40), Random::named(1, "ws-043").hex(40));
    }
}
