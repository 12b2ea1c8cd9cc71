use std::fmt;

use super::Fault;

/// What contradicts the format in an event log; all else in it is still read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogDefect {
    /// There is no chunk header where a chunk should begin.
    BadChunk {
        /// Its number, counted from 0.
        chunk: u64,
        /// Where it begins, in bytes from the start of the log.
        offset: u64,
    },
    /// Records lie behind the end that a chunk's header declares, as where the log was in use, or where somebody moved the
    /// end so that others do not see them. Their events are read.
    Behind {
        /// The chunk's number, counted from 0.
        chunk: u64,
        /// How many.
        records: u64,
    },
    /// A chunk's header has another CRC-32 than it declares.
    ChunkHeaderSum {
        /// Its number, counted from 0.
        chunk: u64,
    },
    /// A chunk's records have another CRC-32 than it declares.
    ChunkSum {
        /// Its number, counted from 0.
        chunk: u64,
    },
    /// The log has fewer chunks than its header declares.
    ChunksMissing {
        /// How many it declares.
        declared: u64,
        /// How many there are that hold something.
        found: u64,
    },
    /// A chunk declares another number of records than were found before the end that it declares.
    Count {
        /// Its number, counted from 0.
        chunk: u64,
        /// How many records it declares.
        declared: u64,
        /// How many were found before its end.
        read: u64,
        /// How many were found in all, with those that are hidden in others or lie behind the end.
        all: u64,
    },
    /// The log was in use when it was copied, or was never closed: the last events may be missing.
    Dirty,
    /// Chunks hold nothing but zeros, and others come after them.
    EmptyChunks {
        /// How many.
        chunks: u64,
    },
    /// The log's header has another CRC-32 than it declares.
    HeaderSum,
    /// A record lies inside another one, as where a tool takes it out of the log by making the one before it longer. Its
    /// event is read.
    ///
    /// Source: Fox-IT, "Detection and recovery of NSA's covered up tracks", 2017, on `eventlogedit`.
    Hidden {
        /// Its number in its header.
        record: u64,
        /// Where it begins, in bytes from the start of the log.
        offset: u64,
    },
    /// A record could be decoded only in part, or not at all.
    Record {
        /// Its number in its header.
        record: u64,
        /// Where it begins, in bytes from the start of the log.
        offset: u64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The numbers of records do not follow one another.
    RecordOrder {
        /// In how many places.
        breaks: u64,
        /// The number before the first of them.
        after: u64,
        /// The number behind it.
        next: u64,
    },
    /// Bytes between records of a chunk belong to no record, and were passed over.
    Skipped {
        /// Where they begin, in bytes from the start of the log.
        offset: u64,
        /// How many.
        bytes: u64,
    },
    /// The log ends within a chunk.
    Truncated {
        /// The chunk's number, counted from 0.
        chunk: u64,
        /// How many bytes of it there are.
        bytes: u64,
    },
}

impl LogDefect {
    /// A stable name for this kind of defect, in `snake_case`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::BadChunk { .. } => "bad_chunk",
            Self::Behind { .. } => "behind",
            Self::ChunkHeaderSum { .. } => "chunk_header_sum",
            Self::ChunkSum { .. } => "chunk_sum",
            Self::ChunksMissing { .. } => "chunks_missing",
            Self::Count { .. } => "count",
            Self::Dirty => "dirty",
            Self::EmptyChunks { .. } => "empty_chunks",
            Self::HeaderSum => "header_sum",
            Self::Hidden { .. } => "hidden",
            Self::Record { .. } => "record",
            Self::RecordOrder { .. } => "record_order",
            Self::Skipped { .. } => "skipped",
            Self::Truncated { .. } => "truncated",
        }
    }
}

impl fmt::Display for LogDefect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::BadChunk { chunk, offset } => {
                write!(
                    f,
                    "chunk {chunk} at byte {offset} has no chunk header; its events cannot be read"
                )
            }
            Self::Behind { chunk, records } => write!(
                f,
                "{records} record(s) lie behind the end that chunk {chunk} declares: no sum covers them",
            ),
            Self::ChunkHeaderSum { chunk } => {
                write!(f, "the header of chunk {chunk} does not have the declared CRC-32")
            }
            Self::ChunkSum { chunk } => {
                write!(f, "the records of chunk {chunk} do not have the declared CRC-32")
            }
            Self::ChunksMissing { declared, found } => {
                write!(f, "the log declares {declared} chunks of events, and has {found}")
            }
            Self::Count { chunk, declared, read, .. } => {
                write!(f, "chunk {chunk} declares {declared} records, and {read} were found in it")
            }
            Self::Dirty => f.write_str("the log was not closed, its last events may be missing"),
            Self::EmptyChunks { chunks } => {
                write!(f, "{chunks} of the log's chunks are zeros, with others behind them")
            }
            Self::HeaderSum => f.write_str("the log's header does not have the declared CRC-32"),
            Self::Hidden { record, offset } => write!(
                f,
                "record {record} at byte {offset} lies inside another record, as where a tool takes it out of the log",
            ),
            Self::Record { record, offset, fault } => {
                write!(f, "record {record} at byte {offset} was read in part: {fault}")
            }
            Self::RecordOrder { breaks, after, next } => write!(
                f,
                "the numbers of records do not follow one another in {breaks} place(s), first from {after} to {next}: \
                 events were left out or put in",
            ),
            Self::Skipped { offset, bytes } => {
                write!(f, "{bytes} bytes at byte {offset} belong to no record")
            }
            Self::Truncated { chunk, bytes } => {
                write!(f, "the log ends within chunk {chunk}, after {bytes} of its 65536 bytes")
            }
        }
    }
}
