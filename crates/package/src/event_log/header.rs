use std::io::{self, Read};

use super::{EventLogError, LogDefect, bytes::Cursor};
use crate::name::shorten;

/// The header of a log.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LogHeader {
    /// Major and minor version of the format: 3.1, or 3.2 since Windows 10 2004.
    pub version: (u16, u16),
    /// The number that the next record would have had.
    pub next_record: u64,
    /// The declared number of chunks. It has 16 bits, so a large log has more.
    pub chunks: u16,
    /// Whether it was not closed, for example because it was copied while in use.
    pub is_dirty: bool,
    /// Whether it was full.
    pub is_full: bool,
    /// Bytes before the first chunk.
    pub(super) size: u64,
    has_sum: bool,
}

impl LogHeader {
    pub(super) fn read(input: &mut impl Read) -> Result<Self, EventLogError> {
        let mut block = [0; BLOCK];
        let (filled, fault) = fill(input, &mut block);
        if let Some(source) = fault {
            return Err(EventLogError::Read { chunk: 0, source });
        }
        let begin = block.get(..filled).unwrap_or_default();
        Self::parse(begin).ok_or_else(|| {
            let begin = begin.iter().take(8).copied().map(char::from);
            EventLogError::NotALog { begin: shorten(&begin.collect::<String>()) }
        })
    }

    fn parse(block: &[u8]) -> Option<Self> {
        let fields = block.strip_prefix(b"ElfFile\0")?;
        let mut fields = Cursor::new(fields, 16, fields.len());
        let next_record = fields.u64()?;
        fields.skip(4)?;
        let (minor, major) = (fields.u16()?, fields.u16()?);
        fields.skip(2)?;
        let chunks = fields.u16()?;
        fields.skip(76)?;
        let (flags, sum) = (fields.u32()?, fields.u32()?);
        Some(Self {
            version: (major, minor),
            next_record,
            chunks,
            is_dirty: flags & 1 != 0,
            is_full: flags & 2 != 0,
            size: BLOCK as u64,
            has_sum: crate::crc::crc32(block.get(..120)?) == sum,
        })
    }

    pub(super) fn defects(&self) -> impl Iterator<Item = LogDefect> + use<> {
        let sum = (!self.has_sum).then_some(LogDefect::HeaderSum);
        sum.into_iter().chain(self.is_dirty.then_some(LogDefect::Dirty))
    }
}

/// Fills `buf` as far as the input reaches, and returns how far, and why no further where that is not its end.
pub(super) fn fill(input: &mut impl Read, buf: &mut [u8]) -> (usize, Option<io::Error>) {
    let mut filled = 0;
    while let Some(rest) = buf.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        match input.read(rest) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return (filled, Some(error)),
        }
    }
    (filled, None)
}

/// Bytes of the block that the header stands in. Another size was never seen.
const BLOCK: usize = 4_096;
