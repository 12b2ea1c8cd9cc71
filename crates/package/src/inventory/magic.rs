/// The archive format that bytes begin as: APPNOTE.TXT 4.3.7 and 4.3.16, MS-CAB 2.1, and the formats of
/// 7-Zip and RAR.
pub(super) fn archive_format(bytes: &[u8]) -> Option<&'static str> {
    [
        (b"PK\x03\x04".as_slice(), "zip"),
        (b"PK\x05\x06", "zip"),
        (b"MSCF\0\0\0\0", "cab"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!\x1a\x07", "rar"),
    ]
    .into_iter()
    .find_map(|(magic, format)| bytes.starts_with(magic).then_some(format))
}
