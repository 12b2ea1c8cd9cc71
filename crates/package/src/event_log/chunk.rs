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
        let doubt = (!header.has_sum).then_some(Fault::Sum);
        let mut budget = Budget::of_chunk();
        let (mut at, mut read, mut all) = (RECORDS, 0, 0);
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
            all += self.whole(chunk, record, offset, doubt, &mut budget, sink);
            at += record.size;
            read += 1;
        }
        // The header of a log that was in use may not know the last ones yet, and an end can be moved.
        let mut behind = 0;
        while let Some(record) = Record::at(chunk, at, chunk.len())
            && self.sequence.goes_on(record.number)
        {
            all += self.whole(chunk, record, offset, Some(Fault::Behind), &mut budget, sink);
            at += record.size;
            behind += 1;
        }
        if behind > 0 {
            sink.defect(LogDefect::Behind { chunk: number, records: behind });
        }
        if let Some(declared) = header.count
            && declared != read
        {
            sink.defect(LogDefect::Count { chunk: number, declared, read, all });
        }
    }

    /// Gives a record's event, and those that it hides, each of which may hide more; returns how many they are. `offset` is
    /// that of the chunk.
    fn whole(
        &mut self,
        chunk: &[u8],
        record: Record,
        offset: u64,
        doubt: Option<Fault>,
        budget: &mut Budget,
        sink: &mut dyn EventSink,
    ) -> u64 {
        self.sequence.record(record.number);
        let mut at = self.record(chunk, record, offset, doubt, budget, sink);
        let mut count = 1;
        while let Some(hidden) = record.hidden(chunk, at) {
            let place = offset + hidden.at as u64;
            sink.defect(LogDefect::Hidden { record: hidden.number, offset: place });
            at = self.record(chunk, hidden, offset, Some(Fault::Hidden), budget, sink);
            count += 1;
        }
        count
    }

    /// Gives one event, and returns where something else may begin.
    fn record(
        &mut self,
        chunk: &[u8],
        record: Record,
        offset: u64,
        doubt: Option<Fault>,
        budget: &mut Budget,
        sink: &mut dyn EventSink,
    ) -> usize {
        let offset = offset + record.at as u64;
        self.draft.clear();
        let slots = &mut self.slots;
        let mut player =
            Player { chunk, program: &mut self.program, budget: *budget, slots, fault: None };
        let body = record.at + BEFORE..record.at + record.size - BEHIND;
        let begin = body.start;
        let (past, mut fault) = match player.record(body, &mut self.draft) {
            Ok(found) => found,
            Err(fault) => (begin, Some(fault)),
        };
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
            fault: fault.or(doubt),
            // It is made of UTF-8.
            data: str::from_utf8(&self.json).unwrap_or_default(),
            draft: &self.draft,
            names,
            chunk,
        });
        past
    }
}

impl Record {
    /// The record at this place; `None` where there is none, or it does not lie before `end`.
    fn at(chunk: &[u8], at: usize, end: usize) -> Option<Self> {
        let mut fields = Cursor::new(chunk, at, end);
        if fields.array()? != SIGNATURE {
            return None;
        }
        let size = usize::try_from(fields.u32()?).ok()?;
        let (number, written) = (fields.u64()?, FileTime::new(fields.u64()?));
        let again = Cursor::new(chunk, at.checked_add(size)?.checked_sub(BEHIND)?, end).u32()?;
        let is_whole = size >= BEFORE + BEHIND && usize::try_from(again).ok()? == size;
        is_whole.then_some(Self { at, size, number, written })
    }

    /// The first record from `from` on that lies inside this one: up to its end, or up to the next that it hides. Where
    /// its own end was, there is that of the one around it.
    fn hidden(self, chunk: &[u8], from: usize) -> Option<Self> {
        let end = self.at + self.size;
        (from..=end.checked_sub(BEFORE + BEHIND)?).find_map(|at| {
            let mut fields = Cursor::new(chunk, at, end);
            if fields.array()? != SIGNATURE {
                return None;
            }
            let size = usize::try_from(fields.u32()?).ok()?;
            let (number, written) = (fields.u64()?, FileTime::new(fields.u64()?));
            let past = at.checked_add(size).filter(|_| size >= BEFORE + BEHIND)?;
            let is_last = past == end;
            let is_one = is_last || Cursor::new(chunk, past, end).array() == Some(SIGNATURE);
            is_one.then_some(Self { at, size, number, written })
        })
    }
}

/// What the header of a chunk says.
struct Header {
    /// Where its records end.
    end: usize,
    /// How many records it has; `None` where that cannot be, or nobody believes it.
    count: Option<u64>,
    has_header_sum: bool,
    has_sum: bool,
}

impl Header {
    fn parse(chunk: &[u8]) -> Option<Self> {
        let has_signature = chunk.starts_with(b"ElfChnk\0");
        // Without its signature it is a chunk all the same where its first record is in its place.
        if !has_signature && Record::at(chunk, RECORDS, chunk.len()).is_none() {
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
        let has_header_sum = has_signature && hasher.finalize() == header_sum;
        let records = chunk.get(RECORDS..end);
        Some(Self {
            // A header that lies does not hide records.
            end: if records.is_some() && has_header_sum { end } else { chunk.len() },
            count: match last {
                _ if !has_header_sum => None,
                // Of one that has no record yet.
                u64::MAX => Some(0),
                last => last.checked_sub(first).and_then(|count| count.checked_add(1)),
            },
            has_header_sum,
            has_sum: records.is_some_and(|records| crate::crc::crc32(records) == sum),
        })
    }
}

/// Bytes of a chunk.
pub(super) const CHUNK: usize = 1 << 16;

/// Where the first record of a chunk begins.
const RECORDS: usize = 512;

/// What a record begins with.
const SIGNATURE: [u8; 4] = *b"**\0\0";

/// Bytes of a record before its binary XML, and behind.
const BEFORE: usize = 24;
const BEHIND: usize = 4;
