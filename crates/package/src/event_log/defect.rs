use std::fmt;

use super::Fault;

/// A contradiction to the format in an event log. Everything else in the log is still read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LogDefect {
    /// There is no chunk header where a chunk should begin.
    BadChunk {
        /// The chunk's number, counted from 0.
        chunk: u64,
        /// Its offset in the log, in bytes.
        offset: u64,
    },
    /// Records follow the end that a chunk's header declares: the log was in use, or somebody moved
    /// the end to hide them. Their events are read.
    Behind {
        /// The chunk's number, counted from 0.
        chunk: u64,
        /// The number of such records.
        records: u64,
    },
    /// The CRC-32 of a chunk's header differs from the declared one.
    ChunkHeaderSum {
        /// The chunk's number, counted from 0.
        chunk: u64,
    },
    /// The CRC-32 of a chunk's records differs from the declared one.
    ChunkSum {
        /// The chunk's number, counted from 0.
        chunk: u64,
    },
    /// The log has fewer chunks than its header declares.
    ChunksMissing {
        /// The declared number of chunks.
        declared: u64,
        /// The number of chunks with content.
        found: u64,
    },
    /// A chunk declares a different number of records than were found before its declared end.
    Count {
        /// The chunk's number, counted from 0.
        chunk: u64,
        /// The declared number of records.
        declared: u64,
        /// The number found before its declared end.
        read: u64,
        /// The number found in all, including those hidden in others or after the end.
        all: u64,
    },
    /// The log was in use when it was copied, or was never closed: the last events may be missing.
    Dirty,
    /// Chunks of only zeros precede other chunks.
    EmptyChunks {
        /// The number of such chunks.
        chunks: u64,
    },
    /// The CRC-32 of the log's header differs from the declared one.
    HeaderSum,
    /// A record lies inside another one, as when a tool removes it from the log by extending the
    /// previous one. Its event is read.
    ///
    /// Source: Fox-IT, "Detection and recovery of NSA's covered up tracks", 2017, on
    /// `eventlogedit`.
    Hidden {
        /// The record number in its header.
        record: u64,
        /// Its offset in the log, in bytes.
        offset: u64,
    },
    /// A record could be decoded only in part, or not at all.
    Record {
        /// The record number in its header.
        record: u64,
        /// Its offset in the log, in bytes.
        offset: u64,
        /// What is wrong with it.
        fault: Fault,
    },
    /// The record numbers are not consecutive.
    RecordOrder {
        /// The number of places where they are not.
        breaks: u64,
        /// The record number before the first of these places.
        after: u64,
        /// The record number after it.
        next: u64,
    },
    /// Bytes between the records of a chunk belong to no record and were skipped.
    Skipped {
        /// Their offset in the log, in bytes.
        offset: u64,
        /// How many bytes there are.
        bytes: u64,
    },
    /// The log ends within a chunk.
    Truncated {
        /// The chunk's number, counted from 0.
        chunk: u64,
        /// How many of its bytes there are.
        bytes: u64,
    },
}

impl LogDefect {
    /// The stable name of this kind of defect, in `snake_case`.
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
