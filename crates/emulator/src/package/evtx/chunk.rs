//! A chunk: 64 KiB of records that can be read without any other.

use std::collections::BTreeMap;

use super::{Event, binxml, crc};
use crate::package::bytes::{Put as _, len16, len32};
use crate::package::text::utf16;

/// Bytes of a chunk.
pub(super) const CHUNK: usize = 65_536;
/// Bytes before a chunk's first record.
const HEADER: usize = 512;

/// A chunk under construction.
#[derive(Clone, Debug)]
pub(super) struct Chunk {
    pub(super) bytes: Vec<u8>,
    names: BTreeMap<String, u32>,
    name_buckets: [u32; 64],
    templates: BTreeMap<u32, u32>,
    template_buckets: [u32; 32],
    first: Option<u64>,
    last: u64,
    last_at: usize,
}

impl Default for Chunk {
    fn default() -> Self {
        Self {
            bytes: vec![0; HEADER],
            names: BTreeMap::new(),
            name_buckets: [0; 64],
            templates: BTreeMap::new(),
            template_buckets: [0; 32],
            first: None,
            last: 0,
            last_at: HEADER,
        }
    }
}

impl Chunk {
    /// Appends a record, unless it does not fit: then the chunk is as before, and this is false.
    pub(super) fn push(&mut self, event: &Event) -> bool {
        let before = self.clone();
        let at = self.bytes.len();
        self.bytes.extend([0x2a, 0x2a, 0, 0]);
        self.bytes.u32(0);
        self.bytes.u64(event.record);
        self.bytes.u64(event.time);
        binxml::instance(self, event);
        while !(self.bytes.len() + 4 - at).is_multiple_of(8) {
            self.bytes.push(0);
        }
        let size = len32(self.bytes.len() + 4 - at);
        self.bytes.u32(size);
        self.bytes.patch(at + 4, &size.to_le_bytes());
        if self.bytes.len() > CHUNK {
            *self = before;
            return false;
        }
        self.first.get_or_insert(event.record);
        self.last = event.record;
        self.last_at = at;
        true
    }

    /// How many records it holds.
    pub(super) fn records(&self) -> u64 {
        self.first.map_or(0, |first| self.last + 1 - first)
    }

    /// The 65,536 bytes, with header and checksums.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let (first, end) = (self.first.unwrap_or(0), self.bytes.len());
        let records = self.bytes.get(HEADER..).map_or(0, crc);
        let mut header = b"ElfChnk\0".to_vec();
        for number in [first, self.last, first, self.last] {
            header.u64(number);
        }
        header.u32(128);
        header.u32(len32(self.last_at));
        header.u32(len32(end));
        header.u32(records);
        header.resize(128, 0);
        self.name_buckets.into_iter().for_each(|offset| header.u32(offset));
        self.template_buckets.into_iter().for_each(|offset| header.u32(offset));
        self.bytes.patch(0, &header);
        self.bytes.resize(CHUNK, 0);
        let checksum = header_checksum(&self.bytes);
        self.bytes.patch(HEADER_CHECKSUM, &checksum.to_le_bytes());
        self.bytes
    }

    /// Writes a reference to a name, and the name itself at its first use.
    pub(super) fn name(&mut self, name: &str) {
        if let Some(offset) = self.names.get(name) {
            return self.bytes.u32(*offset);
        }
        let offset = len32(self.bytes.len() + 4);
        let hash = name_hash(name);
        self.names.insert(name.to_owned(), offset);
        let bucket = self.name_buckets.get_mut(usize::from(hash % 64));
        let next = bucket.map_or(0, |bucket| std::mem::replace(bucket, offset));
        self.bytes.u32(offset);
        self.bytes.u32(next);
        self.bytes.u16(hash);
        self.bytes.u16(len16(name.encode_utf16().count()));
        self.bytes.extend(utf16(name));
        self.bytes.u16(0);
    }

    /// Where a template is defined.
    pub(super) fn template(&self, id: u32) -> Option<u32> {
        self.templates.get(&id).copied()
    }

    /// Notes a template's place and gives that of the one before in its bucket.
    pub(super) fn remember_template(&mut self, id: u32, offset: u32) -> u32 {
        self.templates.insert(id, offset);
        let bucket = usize::try_from(id % 32).ok().and_then(|at| self.template_buckets.get_mut(at));
        bucket.map_or(0, |bucket| std::mem::replace(bucket, offset))
    }
}

/// Where a chunk's header holds its own checksum.
pub(super) const HEADER_CHECKSUM: usize = 124;

/// CRC-32 of the header without its flags and this checksum.
pub(super) fn header_checksum(chunk: &[u8]) -> u32 {
    let parts = [chunk.get(..120), chunk.get(128..HEADER)];
    crc(&parts.into_iter().flatten().flatten().copied().collect::<Vec<u8>>())
}

fn name_hash(name: &str) -> u16 {
    let step = |hash: u32, unit| hash.wrapping_mul(65_599).wrapping_add(u32::from(unit));
    let hash = name.encode_utf16().fold(0, step);
    u16::try_from(hash & 0xffff).unwrap_or(0)
}
