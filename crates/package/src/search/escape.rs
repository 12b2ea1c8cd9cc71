//! Texts that are written otherwise than they are meant.

use crate::edge::begins;

/// What a text of JSON or a script means, where a backslash is written twice and a quote behind one.
pub(super) fn of_json(text: &str) -> Option<String> {
    if !text.contains(r"\\") {
        return None;
    }
    let mut meant = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(own) = chars.next() {
        let escaped = chars.next_if(|next| own == '\\' && matches!(next, '\\' | '"'));
        meant.push(escaped.unwrap_or(own));
    }
    Some(meant)
}

/// What a text means that has a path with slashes, as scripts and URLs write it.
pub(super) fn of_slashes(text: &str) -> Option<String> {
    let is_drive = |(at, _): (usize, &str)| {
        text.get(..at).is_some_and(|before| {
            before.ends_with(|c: char| c.is_ascii_alphabetic()) && begins(before, at - 1)
        })
    };
    let has_path = text.match_indices(":/").any(is_drive);
    has_path.then(|| text.replace('/', "\\").replace("%20", " "))
}

/// What the bytes of a binary value say as text, where it is written as hexadecimal digits: one character a byte, and
/// two bytes a character from either of the first two.
pub(super) fn of_binary(digits: &str) -> Option<String> {
    let is_hex = digits.len() >= 8
        && digits.len().is_multiple_of(2)
        && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !is_hex {
        return None;
    }
    let bytes: Vec<u8> = digits
        .as_bytes()
        .chunks_exact(2)
        .filter_map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok())
        .collect();
    let narrow = bytes.iter().map(|byte| char::from(*byte));
    let wide = |from: usize| {
        let units = bytes.get(from..).unwrap_or_default().chunks_exact(2);
        let units = units.map(|pair| {
            u16::from_le_bytes([
                pair.first().copied().unwrap_or_default(),
                pair.get(1).copied().unwrap_or_default(),
            ])
        });
        String::from_utf16_lossy(&units.collect::<Vec<_>>())
    };
    Some(format!("{}\n{}\n{}", narrow.collect::<String>(), wide(0), wide(1)))
}

#[cfg(test)]
mod tests {
    use super::{of_binary, of_json, of_slashes};

    #[test]
    fn slashes_are_told_behind_a_drive_alone() {
        assert_eq!(of_slashes("x C:/a%20b/c").unwrap(), r"x C:\a b\c");
        assert_eq!(of_slashes("file:///C:/a").unwrap(), r"file:\\\C:\a");
        assert!(of_slashes("http://a/b").is_none() && of_slashes("/a/b").is_none());
    }

    #[test]
    fn json_says_what_it_means() {
        assert_eq!(of_json(r#"{"a":"\\\\s\\a b\\\"\n"}"#).unwrap(), r#"{"a":"\\s\a b\"\n"}"#);
        assert_eq!(of_json(r"C:\a\b"), None);
    }

    #[test]
    fn binary_values_say_what_they_mean() {
        let wide = "c2.example"
            .encode_utf16()
            .map(|unit| format!("{:04X}", unit.swap_bytes()))
            .collect::<Vec<_>>()
            .concat();
        assert!(of_binary(&wide).unwrap().contains("c2.example"));
        assert!(of_binary(&format!("00{wide}00")).unwrap().contains("c2.example"));
        assert!(of_binary("6332").is_none() && of_binary("no hexadecimal").is_none());
    }
}
