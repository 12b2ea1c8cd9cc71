use std::{cell::Cell, rc::Rc};

use encoding_rs::{Decoder, DecoderResult, UTF_16BE, UTF_16LE};

use super::{CodePage, Decoded, TextEncoding, guess};
use crate::{Error, package::Bytes};

/// What whoever reads a member hears once its lines are done with.
#[derive(Debug)]
pub(crate) struct Told {
    /// How they were decoded.
    pub(crate) decoded: Decoded,
    /// The damage that they ended with.
    pub(crate) fault: Option<Error>,
}

/// The lines of a text member, decoded as they are read; memory is bounded by the longest line
/// that the budget allows.
///
/// A line ends at a line feed; carriage returns before it, one or more, belong to the end. A line
/// that is no valid UTF-8 in a member that else is, is decoded with the OEM code page: one byte
/// never costs more than its own line. All that comes before damage is given, the line that it goes through as one that
/// is cut.
pub(crate) struct Lines<'a> {
    bytes: Bytes<'a>,
    decoded: Decoded,
    /// Where it is told how the lines were decoded, and which damage ended them.
    told: Option<Rc<Cell<Option<Told>>>>,
    /// Why no more bytes come, where that is not the member's end.
    fault: Option<Error>,
    limit: usize,
    block: Box<[u8]>,
    /// What of `held` has not been given.
    next: usize,
    held: Vec<u8>,
    wide: Option<Decoder>,
    number: u64,
    is_ended: bool,
    text: String,
}

/// One line of text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'a> {
    /// Counted from 1.
    pub(crate) number: u64,
    /// Without its end.
    pub(crate) text: &'a str,
    /// Whether it is longer than the budget and was cut.
    pub(crate) is_cut: bool,
    /// How many carriage returns stand before the line feed.
    pub(crate) returns: usize,
}

impl<'a> Lines<'a> {
    /// The lines of `bytes`, cut at `limit` bytes each.
    pub(crate) fn new(mut bytes: Bytes<'a>, oem: CodePage, limit: u64) -> Result<Self, Error> {
        let mut block = vec![0; BLOCK].into_boxed_slice();
        let mut held = Vec::new();
        // The first block may come in pieces, and the guess wants more than a few bytes.
        let (mut is_ended, mut fault) = (false, None);
        while held.len() < SAMPLE && !is_ended {
            let count = read(&mut bytes, &mut block, &mut fault)?;
            held.extend_from_slice(block.get(..count).unwrap_or_default());
            is_ended = count == 0;
        }
        let guess = guess(&held, oem);
        let wide = match guess.encoding {
            TextEncoding::Utf16Be => Some(UTF_16BE.new_decoder_without_bom_handling()),
            TextEncoding::Utf16Le => Some(UTF_16LE.new_decoder_without_bom_handling()),
            _ => None,
        };
        let mut lines = Self {
            bytes,
            decoded: Decoded::new(guess.encoding, oem),
            told: None,
            fault,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            block,
            next: guess.bom,
            held,
            wide,
            number: 0,
            is_ended,
            text: String::new(),
        };
        if lines.wide.is_some() {
            let raw = std::mem::take(&mut lines.held);
            lines.next = 0;
            lines.widen(raw.get(guess.bom..).unwrap_or_default());
        }
        Ok(lines)
    }

    /// How the lines so far were decoded.
    pub(crate) fn encoding(&self) -> TextEncoding {
        self.decoded.encoding()
    }

    /// The same lines, which report in `told`, once they are dropped, how they were decoded and which damage ended them.
    /// [`next`](Self::next) then treats damage as an ordinary end, so that a reader which holds lines back still gives
    /// them.
    pub(crate) fn telling(mut self, told: Rc<Cell<Option<Told>>>) -> Self {
        self.told = Some(told);
        self
    }

    /// The next line, or `None` at the end.
    ///
    /// Fails where the member is damaged, once all lines before the damage were given, unless it is told otherwise.
    pub(crate) fn next(&mut self) -> Result<Option<Line<'_>>, Error> {
        let mut searched = self.next;
        let mut dropped = false;
        let (end, after) = loop {
            let rest = self.held.get(searched..).unwrap_or_default();
            if let Some(found) = rest.iter().position(|byte| *byte == b'\n') {
                break (searched + found, searched + found + 1);
            }
            if self.is_ended {
                if self.next >= self.held.len() {
                    return self.end();
                }
                dropped |= self.fault.is_some();
                break (self.held.len(), self.held.len());
            }
            // What is longer than the budget is dropped as it comes, but for its first bytes.
            let longest = self.next.saturating_add(self.limit);
            if self.held.len() > longest.saturating_add(BLOCK) {
                self.held.truncate(longest);
                dropped = true;
            }
            if self.next > 0 {
                self.held.drain(..self.next);
                self.next = 0;
            }
            searched = self.held.len();
            self.refill()?;
        };
        let start = self.next;
        self.next = after;
        self.number += 1;
        let mut line = self.held.get(start..end).unwrap_or_default();
        let whole = line.len();
        while let Some((b'\r', before)) = line.split_last() {
            line = before;
        }
        let returns = whole - line.len();
        let is_cut = dropped || line.len() > self.limit;
        let line = line.get(..self.limit).unwrap_or(line);
        self.decoded.decode(line, is_cut, &mut self.text);
        Ok(Some(Line { number: self.number, text: &self.text, is_cut, returns }))
    }

    fn end(&mut self) -> Result<Option<Line<'_>>, Error> {
        self.decoded.is_whole = self.fault.is_none();
        match self.fault.take_if(|_| self.told.is_none()) {
            Some(fault) => Err(fault),
            None => Ok(None),
        }
    }

    fn refill(&mut self) -> Result<(), Error> {
        let count = read(&mut self.bytes, &mut self.block, &mut self.fault)?;
        self.is_ended = count == 0;
        if self.wide.is_some() {
            let block = std::mem::take(&mut self.block);
            self.widen(block.get(..count).unwrap_or_default());
            self.block = block;
        } else {
            self.held.extend_from_slice(self.block.get(..count).unwrap_or_default());
        }
        Ok(())
    }

    /// Turns UTF-16 into UTF-8, which lines are split in.
    fn widen(&mut self, mut raw: &[u8]) {
        // A character that damage cuts is told with the damage.
        let is_last = self.is_ended && self.fault.is_none();
        let Some(decoder) = &mut self.wide else { return };
        let mut text = String::with_capacity(
            decoder.max_utf8_buffer_length(raw.len()).unwrap_or(raw.len()).min(4 * BLOCK + 16),
        );
        loop {
            let (result, read) =
                decoder.decode_to_string_without_replacement(raw, &mut text, is_last);
            raw = raw.get(read..).unwrap_or_default();
            self.held.extend_from_slice(text.as_bytes());
            text.clear();
            match result {
                DecoderResult::InputEmpty => break,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(..) => {
                    let before = self.held.get(self.next..).unwrap_or_default();
                    let ends = || before.split(|byte| *byte == b'\n').count() as u64 - 1;
                    self.decoded.replaced(|| self.number + 1 + ends());
                    self.held.extend_from_slice("\u{fffd}".as_bytes());
                }
            }
        }
    }
}

impl Drop for Lines<'_> {
    fn drop(&mut self) {
        if let Some(told) = &self.told {
            told.set(Some(Told { decoded: self.decoded, fault: self.fault.take() }));
        }
    }
}

/// Fills a block from its front; damage is an end that is kept in mind.
fn read(
    bytes: &mut Bytes<'_>,
    block: &mut [u8],
    fault: &mut Option<Error>,
) -> Result<usize, Error> {
    match bytes.read(block) {
        Err(error) if error.is_of_the_member() => {
            *fault = Some(error);
            Ok(0)
        }
        read => read,
    }
}

/// Bytes that are read at once.
const BLOCK: usize = 64 << 10;
/// Bytes that the encoding is decided from, at least, where there are as many.
const SAMPLE: usize = 16 << 10;

#[cfg(test)]
mod tests {
    use super::{Bytes, CodePage, Lines};

    fn all(bytes: &[u8], limit: u64) -> Vec<(u64, String, bool)> {
        let mut lines = Lines::new(Bytes::of(bytes), CodePage(850), limit).unwrap();
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push((line.number, line.text.to_owned(), line.is_cut));
        }
        found
    }

    #[test]
    fn every_kind_of_line_end_is_one_end() {
        let lines = all(b"a\r\r\nb\r\nc\n\nd", 99);
        let texts: Vec<_> = lines.iter().map(|line| line.1.as_str()).collect();
        assert_eq!(texts, ["a", "b", "c", "", "d"]);
        assert_eq!(lines[4].0, 5);
    }

    #[test]
    fn a_line_beyond_the_budget_is_cut_and_the_next_is_whole() {
        let mut bytes = vec![b'x'; 3 << 20];
        bytes.extend_from_slice(b"\ny\n");
        let lines = all(&bytes, 1_000);
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].1.len(), lines[0].2), (1_000, true));
        assert_eq!(lines[1], (2, "y".to_owned(), false));
    }

    #[test]
    fn one_byte_that_is_no_utf_8_costs_its_own_line_only() {
        let mut bytes = "Größe\n".as_bytes().repeat(10_000);
        bytes.extend_from_slice(b"Gr\x94\xe1e\n");
        let mut lines = Lines::new(Bytes::of(&bytes), CodePage(850), 99).unwrap();
        let mut count = 0;
        while let Some(line) = lines.next().unwrap() {
            assert_eq!(line.text, "Größe");
            count += 1;
        }
        assert_eq!(count, 10_001);
        assert!(lines.decoded.odd().unwrap().1.starts_with("1 lines are no UTF-8"));
    }

    #[test]
    fn utf_16_is_split_after_decoding() {
        let text = "ab \u{a0a}\r\nc".repeat(40_000);
        let bytes: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let lines = all(&bytes, 99);
        assert_eq!(lines.len(), 40_001);
        assert_eq!(lines[1].1, "cab \u{a0a}");
    }

    #[test]
    fn a_byte_order_mark_is_no_text() {
        assert_eq!(all(b"\xef\xbb\xbfa", 99)[0].1, "a");
        assert_eq!(all(b"\xff\xfea\0", 99)[0].1, "a");
        assert!(all(b"", 99).is_empty());
    }
}
