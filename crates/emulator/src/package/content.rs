//! Bytes that need not be in memory: read anywhere, checksummed without being read.

mod repeat;

use std::fmt::Debug;
use std::sync::Arc;

use crc32fast::Hasher;

pub(super) use repeat::Repeat;

/// Parts one after the other.
#[derive(Clone, Debug, Default)]
pub(super) struct Content {
    parts: Vec<Part>,
    len: u64,
}

#[derive(Clone, Debug)]
struct Part {
    start: u64,
    len: u64,
    source: Source,
}

#[derive(Clone, Debug)]
enum Source {
    Bytes(Arc<[u8]>),
    Stream(Arc<dyn Stream>),
}

/// Bytes that are computed from their place.
pub(super) trait Stream: Debug + Send + Sync {
    /// How many there are.
    fn len(&self) -> u64;
    /// CRC-32 of all of them, found without making them.
    fn crc(&self) -> u32;
    /// Writes the bytes from `offset` on, until the buffer or the stream ends; how many.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> usize;
}

impl Content {
    /// These, one after the other.
    pub(super) fn new(contents: impl IntoIterator<Item = Self>) -> Self {
        let mut whole = Self::default();
        contents.into_iter().for_each(|content| whole.append(content));
        whole
    }

    /// What this stream gives.
    pub(super) fn stream(stream: impl Stream + 'static) -> Self {
        let len = stream.len();
        let source = Source::Stream(Arc::new(stream));
        Self { parts: vec![Part { start: 0, len, source }], len }
    }

    /// Adds to the end.
    pub(super) fn append(&mut self, content: Self) {
        for part in content.parts {
            self.parts.push(Part { start: self.len, ..part });
            self.len += part.len;
        }
    }

    /// Forgets what lies beyond this length.
    pub(super) fn truncate(&mut self, len: u64) {
        self.parts.retain(|part| part.start < len);
        if let Some(last) = self.parts.last_mut() {
            last.len = last.len.min(len - last.start);
        }
        self.len = self.len.min(len);
    }

    /// How many bytes.
    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// CRC-32 of all bytes; valid for contents that were not truncated.
    pub(super) fn crc(&self) -> u32 {
        let mut whole = Hasher::new();
        for part in &self.parts {
            match &part.source {
                Source::Bytes(bytes) => whole.update(bytes),
                Source::Stream(stream) => {
                    whole.combine(&Hasher::new_with_initial_len(stream.crc(), stream.len()));
                }
            }
        }
        whole.finalize()
    }

    /// Writes the bytes from `offset` on, until the buffer or the content ends; how many.
    pub(super) fn read_at(&self, mut offset: u64, mut buf: &mut [u8]) -> usize {
        let first = self.parts.partition_point(|part| part.start + part.len <= offset);
        let mut written = 0;
        for part in self.parts.iter().skip(first) {
            let rest = usize::try_from(part.start + part.len - offset).unwrap_or(usize::MAX);
            let (here, after) = buf.split_at_mut(rest.min(buf.len()));
            let count = part.source.read_at(offset - part.start, here);
            written += count;
            offset += count as u64;
            buf = after;
            if buf.is_empty() {
                break;
            }
        }
        written
    }

    /// All bytes, for contents that fit into memory.
    pub(super) fn to_vec(&self) -> Vec<u8> {
        let mut bytes = vec![0; usize::try_from(self.len).unwrap_or(0)];
        self.read_at(0, &mut bytes);
        bytes
    }
}

impl From<Vec<u8>> for Content {
    fn from(bytes: Vec<u8>) -> Self {
        let len = bytes.len() as u64;
        let source = Source::Bytes(bytes.into());
        let parts = if len == 0 { Vec::new() } else { vec![Part { start: 0, len, source }] };
        Self { parts, len }
    }
}

impl Source {
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> usize {
        match self {
            Self::Bytes(bytes) => copy_from(bytes, offset, buf),
            Self::Stream(stream) => stream.read_at(offset, buf),
        }
    }
}

/// Copies from this place on, as much as there is and the buffer takes; how many.
pub(super) fn copy_from(bytes: &[u8], offset: u64, buf: &mut [u8]) -> usize {
    let rest = usize::try_from(offset).ok().and_then(|at| bytes.get(at..)).unwrap_or_default();
    let count = rest.len().min(buf.len());
    if let (Some(to), Some(from)) = (buf.get_mut(..count), rest.get(..count)) {
        to.copy_from_slice(from);
    }
    count
}

/// The CRC-32 of one text after another, from both and the second's length.
///
/// It is linear over GF(2), so it also joins *differences* of checksums.
pub(super) fn join(first: u32, second: u32, second_len: u64) -> u32 {
    let mut hasher = Hasher::new_with_initial(first);
    hasher.combine(&Hasher::new_with_initial_len(second, second_len));
    hasher.finalize()
}
