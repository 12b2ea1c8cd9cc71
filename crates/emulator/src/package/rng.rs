//! Reproducible chance: one seed gives one package, on every platform.

use std::fmt::Write as _;

/// `SplitMix64` (Steele, Lea, Flood 2014): small, stable, and good enough for making up facts.
#[derive(Clone, Debug)]
pub(super) struct Rng(u64);

impl Rng {
    /// A stream for this seed.
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// An independent stream for a named purpose, so that one artifact's draws never move another's.
    pub(super) fn fork(&self, purpose: &str) -> Self {
        Self(hash(self.0, purpose.as_bytes()))
    }

    /// The next 64 bits.
    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from 0 up to but without `end`; 0 for an `end` of 0.
    pub(super) fn below(&mut self, end: u64) -> u64 {
        self.next().checked_rem(end).unwrap_or(0)
    }

    /// A number from `start` up to but without `end`.
    pub(super) fn range(&mut self, start: u64, end: u64) -> u64 {
        start + self.below(end.saturating_sub(start))
    }

    /// True in `percent` of a hundred draws.
    pub(super) fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    /// One of these.
    #[expect(clippy::indexing_slicing, reason = "the lists are our own and never empty")]
    pub(super) fn of<'a, T: ?Sized>(&mut self, items: &[&'a T]) -> &'a T {
        items[usize::try_from(self.below(items.len() as u64)).unwrap_or(0)]
    }

    /// So many lower-case hexadecimal digits.
    pub(super) fn hex(&mut self, digits: usize) -> String {
        let mut text = String::with_capacity(digits);
        for _ in 0..digits {
            let _ = write!(text, "{:x}", self.below(16));
        }
        text
    }

    /// A random (version 4) GUID, lower case, without braces.
    pub(super) fn guid(&mut self) -> String {
        let (first, second, third) = (self.hex(8), self.hex(4), self.hex(3));
        let (variant, fourth, last) = (self.range(8, 12), self.hex(3), self.hex(12));
        format!("{first}-{second}-4{third}-{variant:x}{fourth}-{last}")
    }
}

/// FNV-1a over the bytes, mixed once more with the seed.
pub(super) fn hash(seed: u64, bytes: &[u8]) -> u64 {
    let mut state = 0xcbf2_9ce4_8422_2325 ^ seed.rotate_left(17);
    for byte in bytes {
        state = (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    Rng(state).next()
}
