//! Where words begin and end, in text that may be written by a program.

use crate::escape::ends_in_escape;

/// Whether a word begins here: what is before it is no letter and no digit, or the end of an escape.
pub(crate) fn begins(text: &str, at: usize) -> bool {
    let (Some(before), Some(after)) = (text.get(..at), text.get(at..)) else { return false };
    match (before.chars().next_back(), after.chars().next()) {
        (Some(before_), Some(own)) => are_apart(before_, own) || ends_in_escape(before),
        _ => true,
    }
}

/// Whether a word ends here.
pub(crate) fn ends(text: &str, at: usize) -> bool {
    let own = text.get(..at).and_then(|before| before.chars().next_back());
    match (own, text.get(at..).and_then(|after| after.chars().next())) {
        (Some(own), Some(after)) => are_apart(own, after),
        _ => true,
    }
}

/// Scripts that stand side by side are two words, and in some every sign may be one.
pub(crate) fn are_apart(one: char, other: char) -> bool {
    match (Script::of(one), Script::of(other)) {
        (None | Some(Script::Signs), _) | (_, None | Some(Script::Signs)) => true,
        (Some(Script::Digits), Some(_)) | (Some(_), Some(Script::Digits)) => false,
        (one, other) => one != other,
    }
}

#[derive(Eq, PartialEq)]
enum Script {
    Digits,
    Latin,
    /// Greek, Cyrillic, Arabic and others that write words apart.
    Letters,
    /// Chinese, Japanese and Korean, which do not.
    Signs,
}

impl Script {
    fn of(c: char) -> Option<Self> {
        match c {
            '0'..='9' => Some(Self::Digits),
            _ if !c.is_alphanumeric() => None,
            ..'\u{250}' => Some(Self::Latin),
            '\u{2e80}'..='\u{d7ff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'.. => Some(Self::Signs),
            _ => Some(Self::Letters),
        }
    }
}

/// How many bytes here are the rest of an escape that began just before.
pub(crate) fn escape_at(text: &str, at: usize) -> usize {
    let (Some(before), Some(after)) = (text.get(..at), text.get(at..)) else { return 0 };
    let is_backslash = before.ends_with('\\') && !before.ends_with("\\\\");
    if !is_backslash && !before.ends_with('%') {
        return 0;
    }
    let end = (1..=5).find(|length| {
        after.is_char_boundary(*length) && text.get(..at + length).is_some_and(ends_in_escape)
    });
    end.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_apart() {
        for (text, is_apart) in [
            ("bob", true),
            ("x bob", true),
            (r"x\0bob", true),
            ("%2Fbob", true),
            (r"\nbob", true),
            (r"\u002fbob", true),
            (r"\x2fbob", true),
            ("は bob", true),
            ("はbob", true),
            ("xbob", false),
            ("0bob", false),
            ("u002fbob", false),
        ] {
            assert_eq!(begins(text, text.len() - 3), is_apart, "{text}");
        }
        for (text, at, length) in [
            (r"\0bob", 1, 1),
            ("%2Fbob", 1, 2),
            (r"\u002fbob", 1, 5),
            (r"\\nas", 2, 0),
            ("x bob", 2, 0),
        ] {
            assert_eq!(escape_at(text, at), length, "{text}");
        }
        assert!(ends("bobさん", 3) && ends("田中さん", 6) && ends("bob%", 3));
        assert!(!ends("bobby", 3) && !ends("bob2", 3));
    }
}
