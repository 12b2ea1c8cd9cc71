use std::fmt::Write;

use super::hazards::is_deceptive;

/// Text that may go to a terminal, a log or a page: everything that does not show as itself is escaped
/// as `\u{..}`, and more than `limit` characters are cut.
pub(crate) fn safe(text: &str, limit: usize) -> String {
    if text.len() <= limit && text.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len().min(limit));
    for (count, character) in text.chars().enumerate() {
        if count == limit {
            shown.push('…');
            break;
        }
        if character.is_control() || is_deceptive(character) {
            // Writing to a String does not fail.
            let _ = write!(shown, "\\u{{{:x}}}", u32::from(character));
        } else {
            shown.push(character);
        }
    }
    shown
}

/// Safe text, short enough for a message.
pub(crate) fn shorten(name: &str) -> String {
    const LIMIT: usize = 120;
    safe(name, LIMIT)
}

#[cfg(test)]
mod tests {
    use super::safe;

    #[test]
    fn nothing_is_left_that_a_terminal_obeys() {
        assert_eq!(safe("a\u{1b}[2J\n", 99), r"a\u{1b}[2J\u{a}");
        assert_eq!(safe("gnp\u{202e}exe\u{feff}", 99), r"gnp\u{202e}exe\u{feff}");
        assert_eq!(safe("Größe \u{2028}", 99), r"Größe \u{2028}");
        assert_eq!(safe("abcdef", 3), "abc…");
    }
}
