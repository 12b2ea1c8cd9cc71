use serde::{Serialize, Serializer};

use super::CodePage;

/// How a text member was decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextEncoding {
    /// Every byte is below 0x80.
    Ascii,
    /// It has zero bytes and no pattern of text: it is not text.
    Binary,
    /// An OEM code page, by its number.
    Oem(u16),
    /// UTF-16, big-endian.
    Utf16Be,
    /// UTF-16, little-endian.
    Utf16Le,
    /// UTF-8 without a byte order mark.
    Utf8,
    /// UTF-8 behind a byte order mark.
    Utf8Bom,
}

impl TextEncoding {
    /// Its name, such as `utf-16le` or `cp850`.
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
/// text with spaces and line ends; then UTF-8 that is valid and not ASCII. UTF-16 is never tried
/// without such a sign, since ASCII of even length decodes to it.
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
    } else if is_utf8_so_far(begin) {
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

/// Whether bytes are UTF-8; the last character may be cut.
fn is_utf8_so_far(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes).map_or_else(|error| error.error_len().is_none(), |_| true)
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
