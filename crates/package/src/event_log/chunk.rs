use super::{
    Event, EventSink, Fault, LogDefect,
    budget::Budget,
    bytes::Cursor,
    draft::Draft,
    player::Player,
    program::{Program, Slot},
    sequence::Sequence,
};
use crate::FileTime;

/// Decodes one chunk after the other; kept from chunk to chunk for its room.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    program: Program,
    slots: Vec<Slot>,
    draft: Draft,
    json: Vec<u8>,
    pub(super) sequence: Sequence,
}

/// A record's place in its chunk, and what its header says.
#[derive(Clone, Copy, Debug)]
struct Record {
    at: usize,
    size: usize,
    number: u64,
    written: FileTime,
}

impl Decoder {
    /// Gives the events and defects of a chunk to `sink`.
    pub(super) fn chunk(
        &mut self,
        chunk: &[u8],
        number: u64,
        offset: u64,
        sink: &mut dyn EventSink,
    ) {
        let Some(header) = Header::parse(chunk) else {
            // Space that a log was given and never used.
            let is_zero = chunk.iter().all(|byte| *byte == 0);
            self.sequence.chunk(is_zero);
            if !is_zero {
                sink.defect(LogDefect::BadChunk { chunk: number, offset });
            }
            return;
        };
        self.sequence.chunk(false);
        if !header.has_header_sum {
            sink.defect(LogDefect::ChunkHeaderSum { chunk: number });
        } else if !header.has_sum {
            sink.defect(LogDefect::ChunkSum { chunk: number });
        }
        self.program.next_chunk();
        let mut budget = Budget::of_chunk();
        let (mut at, mut read) = (RECORDS, 0);
        while at < header.end {
            let Some(record) = Record::at(chunk, at, header.end) else {
                let next = (at + 1..header.end)
                    .find(|at| Record::at(chunk, *at, header.end).is_some())
                    .unwrap_or(header.end);
                let bytes = chunk.get(at..next).unwrap_or_default();
                if bytes.iter().any(|byte| *byte != 0) {
                    let offset = offset + at as u64;
                    sink.defect(LogDefect::Skipped { offset, bytes: bytes.len() as u64 });
                }
                at = next;
                continue;
            };
            self.sequence.record(record.number);
            self.record(chunk, record, offset + at as u64, &mut budget, sink);
            at += record.size;
            read += 1;
        }
        if let Some(declared) = header.count
            && declared != read
        {
            sink.defect(LogDefect::Count { chunk: number, declared, read });
        }
    }

    fn record(
        &mut self,
        chunk: &[u8],
        record: Record,
        offset: u64,
        budget: &mut Budget,
        sink: &mut dyn EventSink,
    ) {
        self.draft.clear();
        let slots = &mut self.slots;
        let mut player = Player { chunk, program: &mut self.program, budget: *budget, slots };
        let body = record.at + BEFORE..record.at + record.size - BEHIND;
        let mut fault = player.record(body, &mut self.draft).err();
        *budget = player.budget;
        if fault.is_none() && !self.draft.is_event {
            fault = Some(Fault::Empty);
        }
        if let Some(fault) = fault {
            sink.defect(LogDefect::Record { record: record.number, offset, fault });
        }
        self.json.clear();
        let names = &self.program.names;
        if !self.draft.tree.is_empty() {
            self.draft.tree.push_json(&mut self.json, names, chunk);
        }
        sink.event(&Event {
            record: record.number,
            written: record.written,
            offset,
            system: &self.draft.system,
            fault,
            // It is made of UTF-8.
            data: str::from_utf8(&self.json).unwrap_or_default(),
            draft: &self.draft,
            names,
            chunk,
        });
    }
}

impl Record {
    /// The record at this place; `None` where there is none, or it does not lie before `end`.
    fn at(chunk: &[u8], at: usize, end: usize) -> Option<Self> {
        let mut fields = Cursor::new(chunk, at, end);
        if fields.array()? != *b"**\0\0" {
            return None;
        }
        let size = usize::try_from(fields.u32()?).ok()?;
        let (number, written) = (fields.u64()?, FileTime::new(fields.u64()?));
        let again = Cursor::new(chunk, at.checked_add(size)?.checked_sub(BEHIND)?, end).u32()?;
        let is_whole = size >= BEFORE + BEHIND && usize::try_from(again).ok()? == size;
        is_whole.then_some(Self { at, size, number, written })
    }
}

/// What the header of a chunk says.
struct Header {
    /// Where its records end.
    end: usize,
    /// How many records it has.
    count: Option<u64>,
    has_header_sum: bool,
    has_sum: bool,
}

impl Header {
    fn parse(chunk: &[u8]) -> Option<Self> {
        if !chunk.starts_with(b"ElfChnk\0") {
            return None;
        }
        let mut fields = Cursor::new(chunk, 8, chunk.len());
        let (first, last) = (fields.u64()?, fields.u64()?);
        fields.skip(24)?;
        let end = usize::try_from(fields.u32()?).ok()?;
        let sum = fields.u32()?;
        let header_sum = Cursor::new(chunk, 124, chunk.len()).u32()?;
        let mut hasher = crate::crc::Crc32::default();
        hasher.update(chunk.get(..120)?);
        hasher.update(chunk.get(128..RECORDS)?);
        let has_header_sum = hasher.finalize() == header_sum;
        let records = chunk.get(RECORDS..end);
        Some(Self {
            // A header that lies does not hide records.
            end: if records.is_some() && has_header_sum { end } else { chunk.len() },
            count: last.checked_sub(first).and_then(|count| count.checked_add(1)),
            has_header_sum,
            has_sum: records.is_some_and(|records| crate::crc::crc32(records) == sum),
        })
    }
}

/// Bytes of a chunk.
pub(super) const CHUNK: usize = 1 << 16;

/// Where the first record of a chunk begins.
const RECORDS: usize = 512;

/// Bytes of a record before its binary XML, and behind.
const BEFORE: usize = 24;
const BEHIND: usize = 4;
