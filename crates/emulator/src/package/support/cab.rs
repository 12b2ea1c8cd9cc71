//! A cabinet of one folder, compressed with MSZIP ([MS-CAB], [MS-MCI]).

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use time::OffsetDateTime;

use crate::package::bytes::{Put as _, len16, len32};
use crate::package::zip::Stamp;

/// The cabinet of these files.
pub(super) fn cabinet(files: &[(String, Vec<u8>)], at: OffsetDateTime) -> Vec<u8> {
    let stamp = Stamp::new(at);
    let mut entries = Vec::new();
    let mut folder = Vec::new();
    for (name, bytes) in files {
        entries.u32(len32(bytes.len()));
        entries.u32(len32(folder.len()));
        entries.u16(0);
        entries.u16(stamp.date);
        entries.u16(stamp.time);
        entries.u16(ARCHIVED);
        entries.extend(name.as_bytes());
        entries.push(0);
        folder.extend(bytes);
    }
    let blocks: Vec<Vec<u8>> = folder.chunks(BLOCK).map(data).collect();
    let first_data = HEADER + FOLDER + entries.len();
    let total = first_data + blocks.iter().map(Vec::len).sum::<usize>();

    let mut out = b"MSCF".to_vec();
    out.u32(0);
    out.u32(len32(total));
    out.u32(0);
    out.u32(len32(HEADER + FOLDER));
    out.u32(0);
    out.extend([3, 1]);
    out.u16(1);
    out.u16(len16(files.len()));
    out.u16(0);
    out.u16(0x4d50);
    out.u16(0);
    out.u32(len32(first_data));
    out.u16(len16(blocks.len()));
    out.u16(MSZIP);
    out.extend(entries);
    out.extend(blocks.into_iter().flatten());
    out
}

/// A data block: checksum, both lengths, `CK` and a deflate stream of its own.
fn data(plain: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(b"CK".to_vec(), Compression::default());
    let packed = encoder.write_all(plain).and_then(|()| encoder.finish()).unwrap_or_default();
    let mut lengths = Vec::new();
    lengths.u16(len16(packed.len()));
    lengths.u16(len16(plain.len()));
    let mut out = Vec::new();
    out.u32(checksum(&packed) ^ checksum(&lengths));
    out.extend(lengths);
    out.extend(packed);
    out
}

/// The exclusive or of the little-endian words; what is left over counts backwards.
fn checksum(bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<4>();
    let sum = words.iter().fold(0, |sum, word| sum ^ u32::from_le_bytes(*word));
    sum ^ rest.iter().fold(0, |tail, byte| (tail << 8) | u32::from(*byte))
}

const HEADER: usize = 36;
const FOLDER: usize = 8;
const BLOCK: usize = 32_768;
const MSZIP: u16 = 1;
/// The attribute "modified since the last backup".
const ARCHIVED: u16 = 0x20;
