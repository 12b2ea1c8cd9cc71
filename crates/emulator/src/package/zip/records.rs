//! The headers of a zip.

use time::OffsetDateTime;

use super::Entry;
use crate::package::bytes::{Put as _, len16, len32};

/// A time as MS-DOS has it: two seconds apart, no zone, from 1980.
#[derive(Clone, Copy, Debug)]
pub(in crate::package) struct Stamp {
    pub(in crate::package) time: u16,
    pub(in crate::package) date: u16,
}

impl Stamp {
    pub(in crate::package) fn new(at: OffsetDateTime) -> Self {
        let year = u16::try_from(at.year() - 1980).unwrap_or(0).min(127);
        let (hour, minute, second) = at.time().as_hms();
        let half = u16::from(second / 2);
        Self {
            time: (u16::from(hour) << 11) | (u16::from(minute) << 5) | half,
            date: (year << 9) | (u16::from(u8::from(at.month())) << 5) | u16::from(at.day()),
        }
    }
}

/// The header before an entry's data.
pub(super) fn local(entry: &Entry, stamp: Stamp) -> Vec<u8> {
    let is_large = entry.size >= LIMIT || entry.packed >= LIMIT;
    let mut extra = Vec::new();
    if is_large {
        extra.u16(1);
        extra.u16(16);
        extra.u64(entry.size);
        extra.u64(entry.packed);
    }
    let mut out = b"PK\x03\x04".to_vec();
    out.u16(if is_large { 45 } else { 20 });
    common(&mut out, entry, stamp, is_large);
    out.u16(len16(extra.len()));
    out.extend(&entry.name);
    out.extend(extra);
    out
}

/// The header in the central directory.
pub(super) fn central(entry: &Entry, stamp: Stamp, offset: u64) -> Vec<u8> {
    let is_large = entry.size >= LIMIT || entry.packed >= LIMIT;
    let mut fields = Vec::new();
    if is_large {
        fields.u64(entry.size);
        fields.u64(entry.packed);
    }
    if offset >= LIMIT {
        fields.u64(offset);
    }
    let mut extra = Vec::new();
    if !fields.is_empty() {
        extra.u16(1);
        extra.u16(len16(fields.len()));
        extra.extend(fields);
    }
    let version = if extra.is_empty() { 20 } else { 45 };
    let made_by_unix = if entry.attributes == 0 { 0 } else { 3 << 8 };
    let mut out = b"PK\x01\x02".to_vec();
    out.u16(version | made_by_unix);
    out.u16(version);
    common(&mut out, entry, stamp, is_large);
    out.u16(len16(extra.len()));
    out.u16(0);
    out.u16(0);
    out.u16(0);
    out.u32(entry.attributes);
    out.u32(low(offset));
    out.extend(&entry.name);
    out.extend(extra);
    out
}

/// From the flags to the length of the name: the same in both headers.
fn common(out: &mut Vec<u8>, entry: &Entry, stamp: Stamp, is_large: bool) {
    out.u16(entry.flags);
    out.u16(entry.method);
    out.u16(stamp.time);
    out.u16(stamp.date);
    out.u32(entry.crc);
    out.u32(if is_large { u32::MAX } else { low(entry.packed) });
    out.u32(if is_large { u32::MAX } else { low(entry.size) });
    out.u16(len16(entry.name.len()));
}

/// What ends the archive.
#[derive(Clone, Copy, Debug)]
pub(super) struct End {
    pub(super) entries: u64,
    pub(super) size: u64,
    pub(super) offset: u64,
}

impl End {
    pub(super) fn bytes(self) -> Vec<u8> {
        let Self { entries, size, offset } = self;
        let mut out = Vec::new();
        if entries >= u64::from(u16::MAX) || size >= LIMIT || offset >= LIMIT {
            out.extend(b"PK\x06\x06");
            out.u64(44);
            out.u16(45);
            out.u16(45);
            out.u32(0);
            out.u32(0);
            out.u64(entries);
            out.u64(entries);
            out.u64(size);
            out.u64(offset);
            out.extend(b"PK\x06\x07");
            out.u32(0);
            out.u64(offset + size);
            out.u32(1);
        }
        let entries = len16(usize::try_from(entries).unwrap_or(usize::MAX));
        out.extend(b"PK\x05\x06");
        out.u16(0);
        out.u16(0);
        out.u16(entries);
        out.u16(entries);
        out.u32(low(size));
        out.u32(low(offset));
        out.u16(0);
        out
    }
}

/// The low field of a number that may need zip64.
fn low(number: u64) -> u32 {
    len32(usize::try_from(number).unwrap_or(usize::MAX))
}

/// From here on a 32-bit field says "see zip64".
const LIMIT: u64 = 0xffff_ffff;
