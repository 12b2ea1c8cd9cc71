//! Encodings and line ends of the members.

/// Line ends as Windows writes them.
pub(super) fn crlf(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

/// The same, behind the UTF-8 byte order mark that the agent puts before what it rewrites.
pub(super) fn marked(text: &str) -> Vec<u8> {
    let mut bytes = b"\xef\xbb\xbf".to_vec();
    bytes.extend(crlf(text));
    bytes
}

/// UTF-16, little-endian, without a byte order mark.
pub(super) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
