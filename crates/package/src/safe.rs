//! Text from a package, made safe for the place where it is shown: whatever is in it may be an
//! attacker's.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::name::is_deceptive;

/// For a terminal or a log: control, bidirectional and invisible characters become `\u{..}`.
///
/// `text` is cut after `limit` characters.
#[must_use]
pub fn for_terminal(text: &str, limit: usize) -> String {
    crate::name::safe(text, limit)
}

/// For HTML, inside an element or a quoted attribute.
#[must_use]
pub fn for_html(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(character),
            // HTML forbids them even as references, and some change how their neighbours show.
            _ if character.is_control() || is_deceptive(character) => {
                safe.push_str(&crate::name::safe(character.encode_utf8(&mut [0; 4]), 1));
            }
            _ => safe.push(character),
        }
    }
    safe
}

/// For whoever sees JSON as it stands: what a terminal obeys and what does not show as itself becomes `\u202e`, which
/// is the same to whoever reads it. `json` is whole, or the inside of a string.
#[must_use]
pub fn for_json(json: &str) -> Cow<'_, str> {
    let is_safe = |c: char| c == '\n' || c == '\t' || !(c.is_control() || is_deceptive(c));
    if json.is_ascii() && !json.contains('\u{7f}') || json.chars().all(is_safe) {
        return json.into();
    }
    let mut safe = String::with_capacity(json.len());
    for character in json.chars() {
        if is_safe(character) || character.is_ascii_control() && character != '\u{7f}' {
            safe.push(character);
        } else {
            for unit in character.encode_utf16(&mut [0; 2]) {
                // Writing to a String does not fail.
                let _ = write!(safe, "\\u{unit:04x}");
            }
        }
    }
    safe.into()
}

/// For a cell of a spreadsheet: a text that a spreadsheet would take for a formula gets an apostrophe
/// before it.
#[must_use]
pub fn for_spreadsheet(text: &str) -> Cow<'_, str> {
    // Spreadsheets skip leading spaces and line ends before they look for a formula.
    let begin = text.trim_start_matches([' ', '\u{a0}', '\u{feff}', '\n']);
    let is_formula =
        begin.starts_with(['=', '+', '-', '@', '\t', '\r', '＝', '＋', '－', '＠', '|', '%']);
    if is_formula { format!("'{text}").into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::{for_html, for_json, for_spreadsheet, for_terminal};

    #[test]
    fn each_place_has_its_own_danger() {
        assert_eq!(for_terminal("\u{1b}[2Jx", 99), "\\u{1b}[2Jx");
        assert_eq!(for_html("<a href='x'>&\u{202e}"), "&lt;a href=&#39;x&#39;&gt;&amp;\\u{202e}");
        assert_eq!(
            for_json("{\"é\": \"\u{202e}\u{7f}\u{9b}\u{e0001}\"}\n"),
            "{\"é\": \"\\u202e\\u007f\\u009b\\udb40\\udc01\"}\n"
        );
        for text in ["=1+1", "+1", "-1", "@x", "\tx", " =1", "＝1"] {
            assert_eq!(for_spreadsheet(text), format!("'{text}"), "{text:?}");
        }
        assert_eq!(for_spreadsheet("a=1"), "a=1");
    }
}
