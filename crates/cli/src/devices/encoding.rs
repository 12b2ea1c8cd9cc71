//! Text encodings of lists.

/// Decodes UTF-8, or UTF-16 as Windows PowerShell writes it, without the byte order mark.
pub(crate) fn decode(bytes: Vec<u8>) -> Option<String> {
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8(rest.to_vec()).ok(),
        _ => String::from_utf8(bytes).ok(),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks();
    let units: Vec<_> = pairs.iter().copied().map(unit).collect();
    if rest.is_empty() { String::from_utf16(&units).ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_windows_tools_write() {
        for bytes in [b"ws".as_slice(), b"\xef\xbb\xbfws", b"\xff\xfew\0s\0", b"\xfe\xff\0w\0s"] {
            assert_eq!(decode(bytes.to_vec()).as_deref(), Some("ws"), "{bytes:?}");
        }
        for bytes in [b"\x80".as_slice(), b"\xff\xfew", b"\xff\xfe\x00\xd8"] {
            assert_eq!(decode(bytes.to_vec()), None, "{bytes:?}");
        }
    }
}
