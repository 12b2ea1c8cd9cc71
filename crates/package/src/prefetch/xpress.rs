//! Xpress compression with Huffman codes: \[MS-XCA\] 2.2.

/// Decompresses into at most `size` bytes.
///
/// Where the input is damaged or ends too early, what came out until then is returned; the caller
/// compares its length with `size`.
pub(super) fn decompress(input: &[u8], size: usize) -> Vec<u8> {
    // What is declared is not allocated before it is there.
    let mut output = Vec::with_capacity(size.min(input.len().saturating_mul(8)));
    let mut codes = Codes::new();
    let mut rest = input;
    while output.len() < size {
        let Some((lengths, body)) = rest.split_first_chunk() else { break };
        if !codes.assign(lengths) {
            break;
        }
        let mut bits = Bits::new(body);
        let end = size.min(output.len().saturating_add(BLOCK));
        if block(&mut bits, &codes, &mut output, end, size).is_none() {
            break;
        }
        rest = bits.rest();
    }
    output
}

/// Decodes symbols until `output` has `end` bytes; a match may go on up to `size`.
fn block(
    bits: &mut Bits<'_>,
    codes: &Codes,
    output: &mut Vec<u8>,
    end: usize,
    size: usize,
) -> Option<()> {
    while output.len() < end {
        let (symbol, length) = codes.symbol(bits.peek(LONGEST));
        bits.skip(length)?;
        let Some(pair) = symbol.checked_sub(256) else {
            // A symbol below 256 is a byte.
            output.push(symbol.to_le_bytes()[0]);
            continue;
        };
        let length = match usize::from(pair % 16) {
            15 => bits.long_length()?,
            length => length,
        };
        let width = u32::from(pair / 16);
        let offset = (1_usize << width) + bits.peek(width) as usize;
        bits.skip(width)?;
        repeat(output, offset, length.saturating_add(3).min(size - output.len()))?;
    }
    Some(())
}

/// Repeats `length` bytes that begin `offset` bytes before the end, and may overlap it.
fn repeat(output: &mut Vec<u8>, offset: usize, length: usize) -> Option<()> {
    let start = output.len().checked_sub(offset)?;
    let mut left = length;
    while left > 0 {
        // What was just appended repeats too, so the source doubles each time.
        let step = left.min(output.len() - start);
        output.extend_from_within(start..start + step);
        left -= step;
    }
    Some(())
}

/// A canonical Huffman code of 512 symbols, looked up by the next 15 bits.
struct Codes {
    /// Symbol in the upper 12 bits, length of its code in the lower 4.
    table: Vec<u16>,
}

impl Codes {
    fn new() -> Self {
        Self { table: Vec::with_capacity(1 << LONGEST) }
    }

    /// Assigns codes from the lengths of all symbols, four bits each; `false` where they are no
    /// complete code.
    fn assign(&mut self, lengths: &[u8; 256]) -> bool {
        let mut symbols = [const { Vec::new() }; 16];
        let pairs = lengths.iter().flat_map(|pair| [pair & 15, pair >> 4]);
        for (symbol, length) in (0_u16..).zip(pairs) {
            if let Some(of_length) = symbols.get_mut(usize::from(length)) {
                of_length.push(symbol << 4 | u16::from(length));
            }
        }
        self.table.clear();
        for (length, symbols) in symbols.iter().enumerate().skip(1) {
            for entry in symbols {
                let places = self.table.len() + (1 << (LONGEST as usize - length));
                if places > 1 << LONGEST {
                    return false;
                }
                self.table.resize(places, *entry);
            }
        }
        self.table.len() == 1 << LONGEST
    }

    /// The symbol that `bits` begin with, and how many of them are its code.
    fn symbol(&self, bits: u32) -> (u16, u32) {
        // The table is complete whenever it is used.
        let entry = self.table.get(bits as usize).copied().unwrap_or_default();
        (entry >> 4, u32::from(entry & 15))
    }
}

/// Bits in the order of 16-bit words, with whole bytes between them.
///
/// At least 16 bits are kept at hand, so that the bytes between stand where the format has them.
struct Bits<'a> {
    input: &'a [u8],
    /// Where the next word or byte is read; beyond the end of the input it reads as zero.
    at: usize,
    next: u32,
    /// How many bits beyond 16 are at hand.
    extra: u32,
}

impl<'a> Bits<'a> {
    fn new(input: &'a [u8]) -> Self {
        let mut bits = Self { input, at: 0, next: 0, extra: 16 };
        bits.next = bits.word() << 16 | bits.word();
        bits
    }

    fn peek(&self, count: u32) -> u32 {
        // In two steps, since a shift by 32 is none.
        self.next >> 1 >> (31 - count)
    }

    /// Takes up to 15 bits; `None` where so many are not there.
    fn skip(&mut self, count: u32) -> Option<()> {
        self.next <<= count;
        if let Some(extra) = self.extra.checked_sub(count) {
            self.extra = extra;
        } else {
            self.next |= self.word() << (count - self.extra);
            self.extra = self.extra + 16 - count;
        }
        let at_hand = (16 + self.extra) as usize;
        (self.at * 8 <= self.input.len() * 8 + at_hand).then_some(())
    }

    /// A length of 15 and more, in one, three or seven bytes.
    fn long_length(&mut self) -> Option<usize> {
        let short = self.bytes::<1>()?[0];
        if short < 255 {
            return Some(usize::from(short) + 15);
        }
        let length = match u16::from_le_bytes(self.bytes()?) {
            0 => usize::try_from(u32::from_le_bytes(self.bytes()?)).ok()?,
            length => usize::from(length),
        };
        (length >= 15).then_some(length)
    }

    fn rest(&self) -> &'a [u8] {
        self.input.get(self.at..).unwrap_or_default()
    }

    fn bytes<const N: usize>(&mut self) -> Option<[u8; N]> {
        let bytes = self.input.get(self.at..)?.first_chunk()?;
        self.at += N;
        Some(*bytes)
    }

    fn word(&mut self) -> u32 {
        let byte = |at| self.input.get(at).copied().unwrap_or_default();
        let word = u16::from_le_bytes([byte(self.at), byte(self.at + 1)]);
        self.at += 2;
        u32::from(word)
    }
}

/// Decompressed bytes after which a new code begins.
const BLOCK: usize = 1 << 16;

/// Bits of the longest code.
const LONGEST: u32 = 15;
