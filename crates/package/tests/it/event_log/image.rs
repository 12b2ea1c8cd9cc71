//! A builder of event logs, honest or not.

#![expect(clippy::cast_possible_truncation, reason = "test files are small")]

use std::collections::BTreeMap;

/// A type of value, and its bytes.
pub(crate) type Value = (u8, Vec<u8>);

/// A log of these chunks, each of 64 KiB.
pub(crate) fn log(chunks: &[Vec<u8>]) -> Vec<u8> {
    let mut header = vec![0; 4_096];
    put(&mut header, 0, b"ElfFile\0");
    put(&mut header, 16, &(chunks.len() as u64).saturating_sub(1).to_le_bytes());
    put(&mut header, 24, &1_000_u64.to_le_bytes());
    put(&mut header, 32, &128_u32.to_le_bytes());
    put(&mut header, 36, &1_u16.to_le_bytes());
    put(&mut header, 38, &3_u16.to_le_bytes());
    put(&mut header, 40, &4_096_u16.to_le_bytes());
    put(&mut header, 42, &(chunks.len() as u16).to_le_bytes());
    let sum = crc32fast::hash(&header[..120]);
    put(&mut header, 124, &sum.to_le_bytes());
    let mut log = header;
    log.extend(chunks.concat());
    log
}

/// A chunk that is being written.
pub(crate) struct Chunk {
    bytes: Vec<u8>,
    names: BTreeMap<String, u32>,
    first: u64,
    next: u64,
}

impl Chunk {
    pub(crate) fn new(first: u64) -> Self {
        Self { bytes: vec![0; 512], names: BTreeMap::new(), first, next: first }
    }

    /// Where the next byte goes.
    pub(crate) fn at(&self) -> u32 {
        self.bytes.len() as u32
    }

    /// Adds a record whose binary XML `write` writes.
    pub(crate) fn record(&mut self, write: impl FnOnce(&mut Xml<'_>)) -> &mut Self {
        let begin = self.bytes.len();
        self.bytes.extend(b"**\0\0\0\0\0\0");
        self.bytes.extend(self.next.to_le_bytes());
        self.bytes.extend((133_990_453_101_234_567 + self.next).to_le_bytes());
        self.next += 1;
        let mut xml = Xml { out: &mut self.bytes, names: &mut self.names };
        xml.token(&[0x0f, 1, 1, 0]);
        write(&mut xml);
        xml.token(&[0]);
        let size = (self.bytes.len() - begin + 4) as u32;
        put(&mut self.bytes, begin + 4, &size.to_le_bytes());
        self.bytes.extend(size.to_le_bytes());
        self
    }

    /// Adds bytes that are no record.
    pub(crate) fn garbage(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend(bytes);
        self
    }

    /// The chunk with a header that fits.
    pub(crate) fn finish(&self) -> Vec<u8> {
        let mut chunk = self.bytes.clone();
        let end = chunk.len();
        assert!(end <= 1 << 16, "a chunk holds 64 KiB");
        chunk.resize(1 << 16, 0);
        put(&mut chunk, 0, b"ElfChnk\0");
        for (at, number) in
            [(8, self.first), (16, self.next - 1), (24, self.first), (32, self.next - 1)]
        {
            put(&mut chunk, at, &number.to_le_bytes());
        }
        put(&mut chunk, 40, &128_u32.to_le_bytes());
        put(&mut chunk, 48, &(end as u32).to_le_bytes());
        let sum = crc32fast::hash(&chunk[512..end]);
        put(&mut chunk, 52, &sum.to_le_bytes());
        let sum = crc32fast::hash(&[&chunk[..120], &chunk[128..512]].concat());
        put(&mut chunk, 124, &sum.to_le_bytes());
        chunk
    }
}

/// Binary XML that is being written into a chunk.
pub(crate) struct Xml<'a> {
    out: &'a mut Vec<u8>,
    names: &'a mut BTreeMap<String, u32>,
}

impl Xml<'_> {
    pub(crate) fn token(&mut self, bytes: &[u8]) -> &mut Self {
        self.out.extend(bytes);
        self
    }

    /// Begins an element of a template; `depends` on a value, or `0xffff`.
    pub(crate) fn open(&mut self, name: &str, depends: u16, has_attributes: bool) -> &mut Self {
        self.token(&[if has_attributes { 0x41 } else { 0x01 }]);
        self.token(&depends.to_le_bytes()).token(&[0; 4]).name(name);
        if has_attributes {
            self.token(&[0; 4]);
        }
        self
    }

    pub(crate) fn attribute(&mut self, name: &str) -> &mut Self {
        self.token(&[0x06]).name(name)
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        let units = utf16(text);
        self.token(&[0x05, 0x01]).token(&(units.len() as u16 / 2).to_le_bytes()).token(&units)
    }

    pub(crate) fn value(&mut self, number: u16) -> &mut Self {
        self.token(&[0x0e]).token(&number.to_le_bytes()).token(&[0])
    }

    pub(crate) fn body(&mut self) -> &mut Self {
        self.token(&[0x02])
    }

    pub(crate) fn close(&mut self) -> &mut Self {
        self.token(&[0x04])
    }

    /// An element that holds one value of the template.
    pub(crate) fn element(&mut self, name: &str, value: u16) -> &mut Self {
        self.open(name, value, false).body().value(value).close()
    }

    /// `Data` with a name and one value.
    pub(crate) fn data(&mut self, name: &str, value: u16) -> &mut Self {
        self.open("Data", 0xffff, true).attribute("Name").text(name).body().value(value).close()
    }

    /// An instance of a template that is defined right here; returns where.
    pub(crate) fn define(&mut self, write: impl FnOnce(&mut Xml<'_>), values: &[Value]) -> u32 {
        self.token(&[0x0c, 1, 0, 0, 0, 0]);
        let definition = self.out.len() as u32 + 4;
        self.token(&definition.to_le_bytes());
        self.token(&[0; 24]);
        let begin = self.out.len();
        self.token(&[0x0f, 1, 1, 0]);
        write(self);
        self.token(&[0]);
        let size = (self.out.len() - begin) as u32;
        put(self.out, definition as usize + 20, &size.to_le_bytes());
        self.values(values);
        definition
    }

    /// An instance of a template that is defined elsewhere.
    pub(crate) fn instance(&mut self, definition: u32, values: &[Value]) -> &mut Self {
        self.token(&[0x0c, 1, 0, 0, 0, 0]).token(&definition.to_le_bytes()).values(values);
        self
    }

    fn values(&mut self, values: &[Value]) {
        self.token(&(values.len() as u32).to_le_bytes());
        for (kind, bytes) in values {
            self.token(&(bytes.len() as u16).to_le_bytes()).token(&[*kind, 0]);
        }
        for (_, bytes) in values {
            self.token(bytes);
        }
    }

    fn name(&mut self, name: &str) -> &mut Self {
        if let Some(at) = self.names.get(name).copied() {
            return self.token(&at.to_le_bytes());
        }
        let at = self.out.len() as u32 + 4;
        self.names.insert(name.to_owned(), at);
        let units = utf16(name);
        self.token(&at.to_le_bytes()).token(&[0; 6]);
        self.token(&(units.len() as u16 / 2).to_le_bytes()).token(&units).token(&[0; 2])
    }
}

pub(crate) fn text(text: &str) -> Value {
    (1, utf16(text))
}

pub(crate) fn null() -> Value {
    (0, Vec::new())
}

pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

pub(crate) fn put(file: &mut [u8], at: usize, bytes: &[u8]) {
    file[at..at + bytes.len()].copy_from_slice(bytes);
}
