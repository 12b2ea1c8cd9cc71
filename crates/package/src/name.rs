//! The names of members: decoding, safe text and hazards.

mod cp437;
mod display;
mod hazards;

use std::borrow::Cow;

use serde::Serialize;
use unicode_normalization::char::compose;

pub(crate) use display::{safe, shorten};
pub(crate) use hazards::{hazards, is_deceptive, what, windows_key};

/// How a member's name was decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Encoding {
    /// IBM code page 437, the default of the zip format.
    Cp437,
    /// UTF-8, because of the member's flag or because the bytes are valid UTF-8.
    Utf8,
}

/// A decoded name: characters, and bytes that are none.
#[derive(Clone, Debug)]
pub(crate) struct Decoded {
    pub(crate) text: String,
    pub(crate) encoding: Encoding,
    pub(crate) is_valid: bool,
    /// Whether it is UTF-8 by its bytes alone.
    pub(crate) is_unmarked: bool,
}

/// Decodes a name by the language encoding flag (bit 11); APPNOTE.TXT 4.4.4 and appendix D.
///
/// Tools of macOS write UTF-8 without the flag. An honest name of code page 437 is hardly ever valid UTF-8: it would have
/// a sign for frames before each letter that is no ASCII, or a letter such as `ß` before each two of them.
pub(crate) fn decode(raw: &[u8], flags: u16) -> Decoded {
    const UTF8: u16 = 1 << 11;
    let is_valid = std::str::from_utf8(raw).is_ok();
    let is_unmarked = flags & UTF8 == 0 && is_valid && !raw.is_ascii();
    if flags & UTF8 == 0 && !is_unmarked {
        let text = cp437::decode(raw);
        return Decoded { text, encoding: Encoding::Cp437, is_valid: true, is_unmarked };
    }
    let text = String::from_utf8_lossy(raw).into_owned();
    Decoded { text, encoding: Encoding::Utf8, is_valid, is_unmarked }
}

/// A name with each letter and its marks as one character, as Windows writes them; tools of macOS write them apart.
///
/// Marks stand in their order there, so that one is composed after the other.
pub(crate) fn composed(name: &str) -> Cow<'_, str> {
    if name.is_ascii() {
        return name.into();
    }
    let mut whole = String::with_capacity(name.len());
    let mut last = None;
    for character in name.chars() {
        match last.and_then(|last| compose(last, character)) {
            Some(one) => last = Some(one),
            None => whole.extend(last.replace(character)),
        }
    }
    whole.extend(last);
    whole.into()
}
