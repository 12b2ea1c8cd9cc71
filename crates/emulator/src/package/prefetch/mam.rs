//! MAM: the compressed form of a prefetch file, Xpress-Huffman ([MS-XCA] 2.1).
//!
//! Every one of the 512 symbols gets a code of nine bits, so the code of a symbol is its number. That
//! is valid, needs no statistics, and still uses matches, which is all that a reader must understand.

use std::collections::HashMap;

/// The file `MAM\x04`: signature, uncompressed length, blocks.
pub(super) fn compress(plain: &[u8]) -> Vec<u8> {
    let mut out = b"MAM\x04".to_vec();
    out.extend(u32::try_from(plain.len()).unwrap_or(u32::MAX).to_le_bytes());
    for block in plain.chunks(BLOCK) {
        out.extend([0x99; 256]);
        let mut bits = Bits::new(&mut out);
        for step in steps(block) {
            match step {
                Step::Literal(byte) => bits.write(9, byte.into()),
                Step::Match { length, distance } => bits.write_match(length, distance),
            }
        }
        bits.write(9, END);
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
/// Symbol 256 at the end of a block.
const END: u32 = 256;
