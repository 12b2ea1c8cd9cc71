//! Makes text from a package safe to display. Any of it may come from an attacker.

use std::borrow::Cow;
use std::fmt::Write as _;

use crate::name::is_deceptive;

/// Makes text safe for a terminal or a log: control, bidirectional and invisible characters become
/// `\u{..}`.
///
/// `text` is cut after `limit` characters.
#[must_use]
pub fn for_terminal(text: &str, limit: usize) -> String {
    crate::name::safe(text, limit)
}

/// Escapes text for HTML, inside an element or a quoted attribute.
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

/// Makes JSON safe to look at: characters that control a terminal or do not show as themselves
/// become escapes such as `\u202e`, which a JSON parser reads as the same text. `json` is a whole
/// document, or the inside of a string.
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

/// Makes text safe for a spreadsheet cell: an apostrophe is put before text that would be taken for
/// a formula, also after characters at which some spreadsheets start a new cell or line.
#[must_use]
pub fn for_spreadsheet(text: &str) -> Cow<'_, str> {
    let mut safe = String::new();
    let mut taken = 0;
    let begins = text.match_indices(BREAKS).map(|(at, mark)| at + mark.len());
    for at in std::iter::once(0).chain(begins) {
        let cell = text.get(at..).unwrap_or_default();
        // A whole cell that begins with them is taken for one too; elsewhere they are breaks themselves.
        if begins_formula(cell) || at == 0 && cell.starts_with(['\t', '\r']) {
            safe.push_str(text.get(taken..at).unwrap_or_default());
            safe.push('\'');
            taken = at;
        }
    }
    if safe.is_empty() {
        return text.into();
    }
    safe.push_str(text.get(taken..).unwrap_or_default());
    safe.into()
}

fn begins_formula(cell: &str) -> bool {
    // Spreadsheets skip leading spaces and quotes before they look for a formula.
    let begin = cell.trim_start_matches([' ', '\u{a0}', '\u{3000}', '\u{feff}', '"']);
    begin.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '%'])
}

/// Where a spreadsheet that was told so, or whose language has it so, begins a cell or a line.
const BREAKS: [char; 7] = [';', '\t', '\n', '\r', '\u{b}', '\u{85}', '\u{2028}'];

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
        for (text, safe) in [
            ("a;=cmd|' /C calc'!A0", "a;'=cmd|' /C calc'!A0"),
            ("a\t=1", "a\t'=1"),
            ("a\n=1;+2", "a\n'=1;'+2"),
            ("a\r\n@x", "a\r\n'@x"),
            ("a; \"=1", "a;' \"=1"),
            ("=1;-2", "'=1;'-2"),
            ("a;b;c", "a;b;c"),
            ("a\t\t=1", "a\t\t'=1"),
            ("\n=1", "\n'=1"),
        ] {
            assert_eq!(for_spreadsheet(text), safe, "{text:?}");
        }
    }
}
