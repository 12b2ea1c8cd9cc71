//! An encoder for Xpress Huffman, written from the decoder that \[MS-XCA\] prints.

#![expect(clippy::cast_possible_truncation, reason = "test files are small")]

/// What a compressed stream says.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Token {
    Byte(u8),
    Match { offset: usize, length: usize },
}

/// Compresses tokens of one block with a code in which every symbol has `lengths[symbol]` bits.
pub(crate) fn encode(tokens: &[Token], lengths: &[u8; 512]) -> Vec<u8> {
    let mut out: Vec<u8> = lengths.chunks(2).map(|pair| pair[0] | pair[1] << 4).collect();
    let codes = codes(lengths);
    let mut bits = Words::new(&mut out);
    for token in tokens {
        match *token {
            Token::Byte(byte) => bits.push(codes[usize::from(byte)], lengths[usize::from(byte)]),
            Token::Match { offset, length } => {
                let width = offset.ilog2();
                let short = length - 3;
                let symbol = 256 + (width as usize) * 16 + short.min(15);
                bits.push(codes[symbol], lengths[symbol]);
                match short {
                    0..15 => (),
                    15..270 => bits.bytes(&[(short - 15) as u8]),
                    270..0x1_0000 => {
                        bits.bytes(&[&[255], &(short as u16).to_le_bytes()[..]].concat());
                    }
                    _ => bits.bytes(&[&[255, 0, 0], &(short as u32).to_le_bytes()[..]].concat()),
                }
                bits.push((offset - (1 << width)) as u32, width as u8);
            }
        }
    }
    out
}

/// A complete code in which both the common and the rare symbols occur: 9 bits for most, fewer for a few.
pub(crate) fn skewed() -> [u8; 512] {
    // 1/4 + 1/8 for two symbols, the other 510 share 5/8 = 320/512.
    let mut lengths = [0; 512];
    (lengths[0], lengths[1]) = (2, 3);
    // 130 of 9 bits and 380 of 10 bits fill 130/512 + 190/512.
    lengths[2..132].fill(9);
    lengths[132..].fill(10);
    lengths
}

/// The same length for all.
pub(crate) fn flat() -> [u8; 512] {
    [9; 512]
}

fn codes(lengths: &[u8; 512]) -> Vec<u32> {
    let mut order: Vec<usize> = (0..512).filter(|symbol| lengths[*symbol] > 0).collect();
    order.sort_by_key(|symbol| (lengths[*symbol], *symbol));
    let mut codes = vec![0; 512];
    let (mut code, mut last) = (0_u32, 0);
    for symbol in order {
        code <<= lengths[symbol] - last;
        last = lengths[symbol];
        codes[symbol] = code;
        code += 1;
    }
    codes
}

/// Places words where a decoder that holds at least 16 bits fetches them.
struct Words<'a> {
    out: &'a mut Vec<u8>,
    /// Where the words that are fetched and not yet full stand.
    slots: Vec<usize>,
    used: u32,
    extra: i32,
}

impl<'a> Words<'a> {
    fn new(out: &'a mut Vec<u8>) -> Self {
        let at = out.len();
        out.extend([0; 4]);
        Self { out, slots: vec![at, at + 2], used: 0, extra: 16 }
    }

    fn push(&mut self, value: u32, count: u8) {
        for bit in (0..count).rev() {
            if self.used == 16 {
                self.slots.remove(0);
                self.used = 0;
            }
            if value >> bit & 1 == 1 {
                let place = 15 - self.used;
                self.out[self.slots[0] + (place / 8) as usize] |= 1 << (place % 8);
            }
            self.used += 1;
        }
        self.extra -= i32::from(count);
        if self.extra < 0 {
            self.extra += 16;
            self.slots.push(self.out.len());
            self.out.extend([0; 2]);
        }
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.out.extend(bytes);
    }
}
