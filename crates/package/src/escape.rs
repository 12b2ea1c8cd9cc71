//! Characters that stand for another: what follows them begins a word.

/// Whether a text ends in one character that is written as several: the `\0` between the strings of a value of the
/// registry, `%2F` of a URL, and those of JSON and scripts.
pub(crate) fn ends_in_escape(before: &str) -> bool {
    let are_hex = |digits: &[u8]| digits.iter().all(u8::is_ascii_hexdigit);
    match before.as_bytes() {
        [.., b'\\', b'0' | b'n' | b'r' | b't' | b'N' | b'R' | b'T'] => true,
        [.., b'\\', b'x' | b'X', one, other] | [.., b'%', one, other] => are_hex(&[*one, *other]),
        [.., b'\\', b'u' | b'U', one, two, three, four] => are_hex(&[*one, *two, *three, *four]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::ends_in_escape;

    #[test]
    fn escapes_are_told_from_words() {
        for text in
            [r"a\0", "x%2F", "%2f", r"{x\n", r"\t", r"\x22", r"\u0022", r"\N", r"\X2f", r"\U002F"]
        {
            assert!(ends_in_escape(text), "{text}");
        }
        for text in ["", "0", "a0", "%", "%2", r"\u002", r"\\q", "2F"] {
            assert!(!ends_in_escape(text), "{text}");
        }
    }
}
