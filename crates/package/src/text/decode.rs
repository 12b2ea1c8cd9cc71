use serde::{Serialize, Serializer};

use super::CodePage;

/// How a text member was decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextEncoding {
    /// Every byte is below 0x80.
    Ascii,
    /// It has zero bytes but no pattern of text, so it is not text.
    Binary,
    /// The OEM code page with this number.
    Oem(u16),
    /// UTF-16, big-endian.
    Utf16Be,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-8 without a byte order mark.
    Utf8,
    /// UTF-8 with a byte order mark.
    Utf8Bom,
}

impl TextEncoding {
    /// The name, such as `utf-16le` or `cp850`.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::Ascii => "ascii".to_owned(),
            Self::Binary => "binary".to_owned(),
            Self::Oem(page) => format!("cp{page}"),
            Self::Utf16Be => "utf-16be".to_owned(),
            Self::Utf16Le => "utf-16le".to_owned(),
            Self::Utf8 => "utf-8".to_owned(),
            Self::Utf8Bom => "utf-8-bom".to_owned(),
        }
    }
}

impl Serialize for TextEncoding {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.name())
    }
}

/// How a member's bytes are to be decoded, and how long its byte order mark is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Guess {
    pub(crate) encoding: TextEncoding,
    pub(crate) bom: usize,
}

/// Decides how bytes are to be decoded, from the first of them and the host's OEM code page.
///
/// A byte order mark decides; then zero bytes that stand in every other place, as in UTF-16 of any
/// text with spaces and line ends; then whether most of the lines that are not ASCII are UTF-8. UTF-16 is
/// never tried without such a sign, since ASCII of even length decodes to it.
pub(crate) fn guess(begin: &[u8], oem: CodePage) -> Guess {
    let marked = [
        (b"\xef\xbb\xbf".as_slice(), TextEncoding::Utf8Bom),
        (b"\xff\xfe", TextEncoding::Utf16Le),
        (b"\xfe\xff", TextEncoding::Utf16Be),
    ];
    if let Some((mark, encoding)) = marked.into_iter().find(|(mark, _)| begin.starts_with(mark)) {
        return Guess { encoding, bom: mark.len() };
    }
    let encoding = if begin.contains(&0) {
        wide(begin)
    } else if begin.is_ascii() {
        TextEncoding::Ascii
    } else if is_mostly_utf8(begin) {
        TextEncoding::Utf8
    } else {
        TextEncoding::Oem(oem.0)
    };
    Guess { encoding, bom: 0 }
}

/// UTF-16 where zeros stand nearly always in one of two places, else no text.
fn wide(begin: &[u8]) -> TextEncoding {
    let zeros = |from: usize| begin.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, pairs) = (zeros(0), zeros(1), begin.len() / 2);
    // A fifth: text in a script without Latin letters still has spaces, digits and line ends.
    let is_many = |count: usize| count * 5 >= pairs;
    let is_few = |count: usize, other: usize| count * 20 <= other;
    if is_many(odd) && is_few(even, odd) {
        TextEncoding::Utf16Le
    } else if is_many(even) && is_few(odd, even) {
        TextEncoding::Utf16Be
    } else {
        TextEncoding::Binary
    }
}

/// Whether more lines are UTF-8 than are not, of those that are not ASCII; the last character may be cut.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let is_utf8 = |line: &[u8]| {
        str::from_utf8(line).map_or_else(|error| error.error_len().is_none(), |_| true)
    };
    let lines = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_ascii());
    let (count, valid) = lines
        .fold((0_usize, 0), |(count, valid), line| (count + 1, valid + usize::from(is_utf8(line))));
    valid * 2 > count
}

/// How the lines of a member were decoded, as far as they were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    guess: TextEncoding,
    oem: CodePage,
    /// Lines with characters beyond ASCII that are UTF-8, and those that are not.
    utf8: u64,
    other: u64,
    /// Characters of UTF-16 that are none, and the line of the first.
    replaced: u64,
    first: Option<u64>,
    /// Whether they were read to the end.
    pub(crate) is_whole: bool,
}

impl Decoded {
    pub(crate) fn new(guess: TextEncoding, oem: CodePage) -> Self {
        Self { guess, oem, utf8: 0, other: 0, replaced: 0, first: None, is_whole: false }
    }

    /// Decodes one line into `text`. One that is no UTF-8 where others are has the OEM code page.
    pub(super) fn decode(&mut self, line: &[u8], is_cut: bool, text: &mut String) {
        text.clear();
        if line.is_ascii() {
            text.push_str(str::from_utf8(line).unwrap_or_default());
            return;
        }
        // A character that a cut goes through is no fault.
        let valid = match str::from_utf8(line) {
            Ok(valid) => Some(valid),
            Err(error) if is_cut && error.error_len().is_none() => {
                line.get(..error.valid_up_to()).and_then(|line| str::from_utf8(line).ok())
            }
            Err(_) => None,
        };
        match (valid, self.guess) {
            (Some(_), TextEncoding::Oem(page)) => {
                // Where two bytes make a character, or vowels follow consonants, text may look like UTF-8.
                self.utf8 += u64::from(!matches!(page, 874 | 932 | 936 | 949 | 950));
                text.push_str(&self.oem.decode(line));
            }
            (Some(valid), _) => {
                self.utf8 += 1;
                text.push_str(valid);
            }
            (None, _) => {
                self.other += 1;
                text.push_str(&self.oem.decode(line));
            }
        }
    }

    /// Notes a character of UTF-16 that is none.
    pub(super) fn replaced(&mut self, line: impl FnOnce() -> u64) {
        self.replaced += 1;
        self.first.get_or_insert_with(line);
    }

    /// The encoding that most lines had.
    pub(crate) fn encoding(&self) -> TextEncoding {
        match self.guess {
            TextEncoding::Ascii if self.utf8 > 0 => TextEncoding::Utf8,
            TextEncoding::Ascii if self.other > 0 => TextEncoding::Oem(self.oem.0),
            guess => guess,
        }
    }

    /// What to know of lines that were not in that encoding, and the first of them where it is known.
    pub(crate) fn odd(&self) -> Option<(Option<u64>, String)> {
        let (page, utf8, other, replaced) = (self.oem.0, self.utf8, self.other, self.replaced);
        let odd = match self.encoding() {
            _ if replaced > 0 => {
                Some(format!("{replaced} characters are not valid UTF-16, and were read as U+FFFD"))
            }
            TextEncoding::Oem(_) if utf8 > 0 => Some(format!(
                "{utf8} lines look like UTF-8, and were read in code page {page} as the others"
            )),
            TextEncoding::Oem(_) => None,
            _ if other > 0 => Some(format!(
                "{other} lines are no UTF-8 as the others are, and were read in code page {page}"
            )),
            _ => None,
        };
        odd.map(|odd| (self.first, odd))
    }
}

#[cfg(test)]
mod tests {
    use super::{CodePage, Guess, TextEncoding, guess};

    fn encoding(bytes: &[u8]) -> TextEncoding {
        guess(bytes, CodePage(850)).encoding
    }

    #[test]
    fn signs_decide_and_utf_16_is_never_the_first_thought() {
        assert_eq!(encoding(b"even"), TextEncoding::Ascii);
        assert_eq!(encoding("Größe".as_bytes()), TextEncoding::Utf8);
        assert_eq!(encoding(b"Gr\x94\xe1e"), TextEncoding::Oem(850));
        assert_eq!(encoding(b"a\0b\0 \0"), TextEncoding::Utf16Le);
        assert_eq!(encoding(b"\0a\0b\0 "), TextEncoding::Utf16Be);
        assert_eq!(encoding(b"\0\0\x01\0\0\0"), TextEncoding::Binary);
        assert_eq!(
            guess(b"\xef\xbb\xbfx", CodePage(850)),
            Guess { encoding: TextEncoding::Utf8Bom, bom: 3 }
        );
        assert_eq!(guess(b"\xff\xfex\0", CodePage(850)).bom, 2);
    }

    #[test]
    fn a_character_that_the_sample_cuts_is_no_reason_against_utf_8() {
        assert_eq!(encoding("aé".as_bytes().split_last().unwrap().1), TextEncoding::Utf8);
    }

    #[test]
    fn cyrillic_in_utf_16_is_text() {
        let text: Vec<u8> =
            "Имя узла:  PC-1\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(encoding(&text), TextEncoding::Utf16Le);
    }
}
