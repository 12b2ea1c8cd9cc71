//! A builder of archives that may lie in every field.

use std::io::Write as _;

use flate2::{Compression, write::DeflateEncoder};

/// A name header, as it stands before the data and, again, in the central directory.
#[derive(Clone, Default)]
pub(crate) struct Header {
    pub(crate) flags: u16,
    pub(crate) method: u16,
    pub(crate) time: u16,
    pub(crate) date: u16,
    pub(crate) crc32: u32,
    pub(crate) compressed_size: u32,
    pub(crate) size: u32,
    pub(crate) name: Vec<u8>,
    pub(crate) extra: Vec<u8>,
}

/// One member; what is not set by hand is honest.
#[derive(Clone, Default)]
pub(crate) struct Entry {
    /// Bytes before the local header.
    pub(crate) before: Vec<u8>,
    pub(crate) local: Header,
    pub(crate) body: Vec<u8>,
    pub(crate) descriptor: Vec<u8>,
    pub(crate) central: Header,
    pub(crate) made_by: u16,
    pub(crate) attributes: u32,
    pub(crate) comment: Vec<u8>,
    pub(crate) disk: u16,
    /// The offset in the central directory, where it is not the true one.
    pub(crate) offset: Option<u32>,
    pub(crate) is_unlisted: bool,
}

/// A member that is not compressed.
pub(crate) fn stored(name: impl AsRef<[u8]>, data: &[u8]) -> Entry {
    let header = Header {
        crc32: crc32fast::hash(data),
        compressed_size: u32::try_from(data.len()).unwrap(),
        size: u32::try_from(data.len()).unwrap(),
        name: name.as_ref().to_vec(),
        date: 0x5b07,
        time: 0x6839,
        ..Header::default()
    };
    Entry { local: header.clone(), body: data.to_vec(), central: header, ..Entry::default() }
}

/// A member that is deflated.
pub(crate) fn deflated(name: impl AsRef<[u8]>, data: &[u8]) -> Entry {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(data).unwrap();
    let body = encoder.finish().unwrap();
    let compressed_size = u32::try_from(body.len()).unwrap();
    let entry = Entry { body, ..stored(name, data) };
    entry.with(|header| (header.method, header.compressed_size) = (8, compressed_size))
}

impl Entry {
    /// Changes both headers.
    pub(crate) fn with(mut self, change: impl Fn(&mut Header)) -> Self {
        change(&mut self.local);
        change(&mut self.central);
        self
    }

    /// Moves sizes and CRC-32 of the local header into a descriptor behind the data.
    pub(crate) fn with_descriptor(mut self, has_signature: bool, is_wide: bool) -> Self {
        let Header { crc32, compressed_size, size, .. } = self.central;
        self = self.with(|header| header.flags |= 1 << 3);
        (self.local.crc32, self.local.compressed_size, self.local.size) = (0, 0, 0);
        if has_signature {
            self.descriptor.extend(b"PK\x07\x08");
        }
        self.descriptor.extend(crc32.to_le_bytes());
        for size in [compressed_size, size] {
            self.descriptor.extend(size.to_le_bytes());
            self.descriptor.extend(is_wide.then_some([0; 4]).into_iter().flatten());
        }
        self
    }
}

/// An archive.
#[derive(Clone, Default)]
pub(crate) struct Zip {
    pub(crate) entries: Vec<Entry>,
    /// Bytes between the last member and the central directory.
    pub(crate) before_directory: Vec<u8>,
    pub(crate) is_zip64: bool,
    pub(crate) comment: Vec<u8>,
    pub(crate) trailing: Vec<u8>,
}

impl Zip {
    pub(crate) fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        Self { entries: entries.into_iter().collect(), ..Self::default() }
    }

    pub(crate) fn build(&self) -> Vec<u8> {
        let mut zip = Vec::new();
        let mut directory = Vec::new();
        let mut count = 0_u64;
        for entry in &self.entries {
            zip.extend(&entry.before);
            let offset = entry.offset.unwrap_or(u32::try_from(zip.len()).unwrap());
            zip.extend(local_header(&entry.local));
            zip.extend(&entry.body);
            zip.extend(&entry.descriptor);
            if !entry.is_unlisted {
                directory.extend(central_header(entry, offset));
                count += 1;
            }
        }
        zip.extend(&self.before_directory);
        let offset = zip.len() as u64;
        zip.extend(&directory);
        let size = directory.len() as u64;
        if self.is_zip64 {
            zip.extend(zip64_end(count, size, offset));
        }
        zip.extend(end(count, size, offset, &self.comment, self.is_zip64));
        zip.extend(&self.trailing);
        zip
    }
}

/// A local header.
pub(crate) fn local_header(header: &Header) -> Vec<u8> {
    let mut bytes = b"PK\x03\x04\x14\0".to_vec();
    bytes.extend(common(header));
    bytes.extend([&header.name[..], &header.extra].concat());
    bytes
}

fn central_header(entry: &Entry, offset: u32) -> Vec<u8> {
    let header = &entry.central;
    let mut bytes = b"PK\x01\x02".to_vec();
    bytes.extend(entry.made_by.to_le_bytes());
    bytes.extend(20_u16.to_le_bytes());
    bytes.extend(common(header));
    bytes.extend(u16::try_from(entry.comment.len()).unwrap().to_le_bytes());
    bytes.extend(entry.disk.to_le_bytes());
    bytes.extend([0; 2]);
    bytes.extend(entry.attributes.to_le_bytes());
    bytes.extend(offset.to_le_bytes());
    bytes.extend([&header.name[..], &header.extra, &entry.comment].concat());
    bytes
}

fn common(header: &Header) -> Vec<u8> {
    let shorts = [header.flags, header.method, header.time, header.date];
    let longs = [header.crc32, header.compressed_size, header.size];
    let lengths = [header.name.len(), header.extra.len()].map(|n| u16::try_from(n).unwrap());
    let mut bytes = Vec::new();
    bytes.extend(shorts.iter().flat_map(|value| value.to_le_bytes()));
    bytes.extend(longs.iter().flat_map(|value| value.to_le_bytes()));
    bytes.extend(lengths.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

/// A zip64 end record and its locator.
pub(crate) fn zip64_end(count: u64, size: u64, offset: u64) -> Vec<u8> {
    let mut bytes = b"PK\x06\x06".to_vec();
    bytes.extend(44_u64.to_le_bytes());
    bytes.extend([45, 0, 45, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    for value in [count, count, size, offset] {
        bytes.extend(value.to_le_bytes());
    }
    bytes.extend(b"PK\x06\x07\0\0\0\0");
    bytes.extend((offset + size).to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes
}

/// An end record, saturated where a zip64 record goes before it.
pub(crate) fn end(count: u64, size: u64, offset: u64, comment: &[u8], is_zip64: bool) -> Vec<u8> {
    let short = |value: u64| if is_zip64 { u16::MAX } else { u16::try_from(value).unwrap() };
    let long = |value: u64| if is_zip64 { u32::MAX } else { u32::try_from(value).unwrap() };
    let mut bytes = b"PK\x05\x06\0\0\0\0".to_vec();
    bytes.extend([short(count), short(count)].iter().flat_map(|value| value.to_le_bytes()));
    bytes.extend([long(size), long(offset)].iter().flat_map(|value| value.to_le_bytes()));
    bytes.extend(u16::try_from(comment.len()).unwrap().to_le_bytes());
    bytes.extend(comment);
    bytes
}
