//! Escapes untrusted text.

/// Escapes everything that a terminal would interpret or not show: control characters, escape sequences, bidirectional
/// and invisible characters.
pub(crate) fn safe(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '\'' | '\\' => out.push(c),
            _ => out.extend(c.escape_debug()),
        }
    }
    out
}

/// Like [`safe`], but keeps tabs.
pub(super) fn visible(text: &str) -> String {
    text.split('\t').map(safe).collect::<Vec<_>>().join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_as_it_is() {
        for text in ["", "ws-042.contoso.com", "it's \"so\" — naïve C:\\x 日本"] {
            assert_eq!(safe(text), text);
        }
    }

    #[test]
    fn nothing_reaches_the_terminal_that_it_would_obey() {
        assert_eq!(safe("a\u{1b}[2Jb"), "a\\u{1b}[2Jb");
        assert_eq!(safe("a\r\nb\tc"), "a\\r\\nb\\tc");
        for c in ['\u{9b}', '\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\u{2028}', '\u{7f}'] {
            let shown = safe(&c.to_string());
            assert!(shown.starts_with("\\u{") && !shown.contains(c), "{shown}");
        }
    }
}
