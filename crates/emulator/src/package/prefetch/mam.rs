//! MAM: the compressed form of a prefetch file, Xpress-Huffman ([MS-XCA] 2.1).
//!
//! Every one of the 512 symbols gets a code of nine bits, so the code of a symbol is its number. That
//! is valid, needs no statistics, and still uses matches, which is all that a reader must understand.

use std::collections::HashMap;

/// The file `MAM\x04`: signature, uncompressed length, blocks.
pub(super) fn compress(plain: &[u8]) -> Vec<u8> {
    let mut out = b"MAM\x04".to_vec();
    out.extend(u32::try_from(plain.len()).unwrap_or(u32::MAX).to_le_bytes());
    let mut blocks = plain.chunks(BLOCK).peekable();
    while let Some(block) = blocks.next() {
        out.extend([0x99; 256]);
        let mut bits = Bits::new(&mut out);
        for step in steps(block) {
            match step {
                Step::Literal(byte) => bits.write(9, byte.into()),
                Step::Match { length, distance } => bits.write_match(length, distance),
            }
        }
        if blocks.peek().is_none() {
            bits.write(9, END);
        }
        bits.finish();
    }
    out
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Literal(u8),
    Match { length: u16, distance: u16 },
}

/// The block as literals and greedy matches within the block.
fn steps(block: &[u8]) -> Vec<Step> {
    let mut seen: HashMap<&[u8], usize> = HashMap::new();
    let (mut steps, mut at) = (Vec::new(), 0);
    while let Some(&byte) = block.get(at) {
        let key = block.get(at..at + 4);
        let before = key.and_then(|key| seen.insert(key, at));
        let found = before.and_then(|before| {
            let pairs = block.iter().skip(before).zip(block.iter().skip(at));
            let length = pairs.take_while(|(a, b)| a == b).take(LONGEST).count();
            Some((u16::try_from(length).ok()?, u16::try_from(at - before).ok()?))
        });
        if let Some((length, distance)) = found {
            steps.push(Step::Match { length, distance });
            at += usize::from(length);
        } else {
            steps.push(Step::Literal(byte));
            at += 1;
        }
    }
    steps
}

/// 16-bit words of bits, most significant first, among which whole bytes are strewn: a word's place is
/// kept free two words ahead.
struct Bits<'a> {
    out: &'a mut Vec<u8>,
    free: u32,
    word: u32,
    places: [usize; 2],
}

impl<'a> Bits<'a> {
    fn new(out: &'a mut Vec<u8>) -> Self {
        let places = [out.len(), out.len() + 2];
        out.extend([0; 4]);
        Self { out, free: 16, word: 0, places }
    }

    fn write(&mut self, count: u32, value: u32) {
        if self.free >= count {
            self.free -= count;
            self.word = (self.word << count) | value;
            return;
        }
        let rest = count - self.free;
        let word = (self.word << self.free) | (value >> rest);
        self.put(word);
        self.places = [self.places[1], self.out.len()];
        self.out.extend([0; 2]);
        self.free = 16 - rest;
        self.word = value & ((1 << rest) - 1);
    }

    fn write_match(&mut self, length: u16, distance: u16) {
        let (extra, high) = (u32::from(length) - 3, distance.ilog2());
        self.write(9, 256 | (high << 4) | extra.min(15));
        if let Some(beyond) = extra.checked_sub(15) {
            match u8::try_from(beyond) {
                Ok(beyond) if beyond < 255 => self.out.push(beyond),
                _ => {
                    self.out.push(255);
                    self.out.extend(u16::try_from(extra).unwrap_or(u16::MAX).to_le_bytes());
                }
            }
        }
        self.write(high, u32::from(distance) ^ (1 << high));
    }

    fn finish(mut self) {
        let word = self.word << self.free;
        self.put(word);
    }

    fn put(&mut self, word: u32) {
        let bytes = u16::try_from(word & 0xffff).unwrap_or(0).to_le_bytes();
        let [place, _] = self.places;
        if let Some(to) = self.out.get_mut(place..place + 2) {
            to.copy_from_slice(&bytes);
        }
    }
}

const BLOCK: usize = 65_536;
const LONGEST: usize = 4_000;
/// Symbol 256, which ends the last block.
const END: u32 = 256;

#[cfg(test)]
mod tests {
    use super::*;

    /// Decompresses with codes of any length, as [MS-XCA] 2.2.4 tells it.
    fn decompress(file: &[u8]) -> Vec<u8> {
        let size = u32::from_le_bytes(file[4..8].try_into().unwrap()) as usize;
        let (mut out, mut at) = (Vec::new(), 8);
        while out.len() < size {
            let lengths: Vec<u8> =
                file[at..at + 256].iter().flat_map(|byte| [byte & 15, byte >> 4]).collect();
            let codes = codes(&lengths);
            at += 256;
            let word = |at: usize| match file.get(at..at + 2) {
                Some(bytes) => u32::from(u16::from_le_bytes(bytes.try_into().unwrap())),
                None => 0,
            };
            let (mut window, mut spare) = ((word(at) << 16) | word(at + 2), 16_i32);
            at += 4;
            let end = size.min(out.len() + BLOCK);
            while out.len() < end {
                let mut lengths = 1..=15;
                let found =
                    |length| Some((*codes.get(&(length, window >> (32 - length)))?, length));
                let (symbol, length) = lengths.find_map(found).unwrap();
                let take = |count: u32, window: &mut u32, spare: &mut i32, at: &mut usize| {
                    *window = window.checked_shl(count).unwrap_or(0);
                    *spare -= i32::try_from(count).unwrap();
                    if *spare < 0 {
                        *window |= word(*at) << -*spare;
                        *at += 2;
                        *spare += 16;
                    }
                };
                take(length, &mut window, &mut spare, &mut at);
                let Some(code) = symbol.checked_sub(256) else {
                    out.push(u8::try_from(symbol).unwrap());
                    continue;
                };
                let (mut copied, high) = (code & 15, u32::try_from(code >> 4).unwrap());
                if copied == 15 {
                    copied += usize::from(file[at]);
                    at += 1;
                    if copied == 270 {
                        copied = usize::try_from(word(at)).unwrap();
                        at += 2;
                    }
                }
                let low = if high == 0 { 0 } else { window >> (32 - high) };
                take(high, &mut window, &mut spare, &mut at);
                let distance = usize::try_from((1 << high) + low).unwrap();
                (0..copied + 3).for_each(|_| out.push(out[out.len() - distance]));
            }
        }
        out
    }

    /// The canonical codes of these lengths.
    fn codes(lengths: &[u8]) -> HashMap<(u32, u32), usize> {
        let (mut codes, mut code) = (HashMap::new(), 0);
        for length in 1..=15_u8 {
            for (symbol, _) in lengths.iter().enumerate().filter(|(_, own)| **own == length) {
                codes.insert((length.into(), code), symbol);
                code += 1;
            }
            code <<= 1;
        }
        codes
    }

    #[test]
    fn literals_short_and_long_matches_and_several_blocks_come_back() {
        let mut rng = crate::package::rng::Rng::new(5);
        let mut plain: Vec<u8> = (0..7_000).map(|_| rng.next().to_le_bytes()[0]).collect();
        plain.extend_from_within(100..117);
        plain.extend_from_within(100..118);
        plain.extend_from_within(5_000..5_270);
        plain.extend_from_within(5_000..5_275);
        plain.resize(plain.len() + 90_000, b'x');
        plain.extend_from_within(0..3_000);
        for len in [0, 1, 2, 3, 4, 65_535, 65_536, 65_537, plain.len()] {
            let file = compress(&plain[..len]);
            assert!(decompress(&file) == plain[..len], "{len}");
        }
        assert!(compress(&plain).len() < plain.len() / 2);
    }
}
