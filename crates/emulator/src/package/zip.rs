//! A zip writer whose headers can be made to lie (APPNOTE 6.3.10; zip64 where sizes demand it).

mod records;

use std::io::Write as _;

use flate2::Compression;
use flate2::write::DeflateEncoder;
use time::OffsetDateTime;

use self::records::End;
pub(super) use self::records::Stamp;
use super::content::Content;

/// One entry, with everything that its headers say.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub(super) name: Vec<u8>,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    /// External attributes: Unix mode in the high half.
    pub(super) attributes: u32,
    pub(super) data: Content,
    /// Has no local header and data of its own, but those of the entry with this number.
    pub(super) shares: Option<usize>,
}

impl Entry {
    /// Deflated, or stored when that is no longer.
    pub(super) fn deflated(name: &str, bytes: Vec<u8>) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        let packed = encoder.write_all(&bytes).and_then(|()| encoder.finish()).ok();
        match packed.filter(|packed| packed.len() < bytes.len()) {
            Some(packed) => Self {
                method: DEFLATE,
                crc: crc32fast::hash(&bytes),
                packed: packed.len() as u64,
                size: bytes.len() as u64,
                ..Self::stored(name, Content::from(packed))
            },
            None => Self::stored(name, Content::from(bytes)),
        }
    }

    /// Stored as it is.
    pub(super) fn stored(name: &str, data: Content) -> Self {
        Self {
            name: name.as_bytes().to_vec(),
            flags: UTF8,
            method: 0,
            crc: data.crc(),
            packed: data.len(),
            size: data.len(),
            attributes: 0,
            data,
            shares: None,
        }
    }
}

/// A finished archive.
#[derive(Clone, Debug)]
pub(super) struct Archive {
    pub(super) content: Content,
    /// Where the central directory begins.
    pub(super) directory: u64,
}

/// Puts the entries one after the other, and the central directory behind them.
pub(super) fn archive(entries: &[Entry], modified: OffsetDateTime) -> Archive {
    let stamp = Stamp::new(modified);
    let mut content = Content::default();
    let mut offsets: Vec<u64> = Vec::with_capacity(entries.len());
    for entry in entries {
        if let Some(offset) = entry.shares.and_then(|shared| offsets.get(shared)) {
            offsets.push(*offset);
            continue;
        }
        offsets.push(content.len());
        content.append(Content::from(records::local(entry, stamp)));
        content.append(entry.data.clone());
    }
    let directory = content.len();
    let mut tail = Vec::new();
    for (entry, offset) in entries.iter().zip(offsets) {
        tail.extend(records::central(entry, stamp, offset));
    }
    let end = End { entries: entries.len() as u64, size: tail.len() as u64, offset: directory };
    tail.extend(end.bytes());
    content.append(Content::from(tail));
    Archive { content, directory }
}

/// An archive without entries.
pub(super) fn empty() -> Vec<u8> {
    End { entries: 0, size: 0, offset: 0 }.bytes()
}

/// A deflate stream of so many MiB of one byte, about a thousand times smaller, and its CRC-32.
pub(super) fn bomb(mebibytes: u64, byte: u8) -> Option<Entry> {
    use super::content::{Repeat, Stream as _};

    let plain = vec![byte; 1 << 20];
    let mut encoder = flate2::Compress::new(Compression::best(), false);
    let mut unit = Vec::with_capacity(1 << 16);
    encoder.compress_vec(&plain, &mut unit, flate2::FlushCompress::Full).ok()?;
    let mut data = Content::stream(Repeat::new(unit, mebibytes));
    data.append(Content::from(vec![0x03, 0x00]));
    let plain = Repeat::new(plain, mebibytes);
    let (crc, size, packed) = (plain.crc(), plain.len(), data.len());
    Some(Entry { method: DEFLATE, crc, size, packed, ..Entry::stored("", data) })
}

/// The method number of deflate.
pub(super) const DEFLATE: u16 = 8;
/// The flag of an encrypted entry.
pub(super) const ENCRYPTED: u16 = 1;
/// The flag that the name is UTF-8.
const UTF8: u16 = 0x0800;
