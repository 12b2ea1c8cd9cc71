//! Windows event logs (`.evtx`), read in one pass, chunk by chunk.

mod budget;
mod bytes;
mod chunk;
mod defect;
mod draft;
mod event;
mod fault;
mod field;
mod header;
mod names;
mod player;
mod program;
mod sequence;
mod text;
mod tree;
mod value;

use std::io::{self, Read};

pub use defect::LogDefect;
pub use event::{Event, System};
pub use fault::Fault;
pub use field::Field;
pub use header::LogHeader;

use chunk::{CHUNK, Decoder};

/// An event log being read.
///
/// Memory does not grow with the log: only one chunk of 64 KiB and what its events need is held.
/// Time depends only on the log's length, whatever it contains.
///
/// Source: Joachim Metz, "Windows XML Event Log (EVTX)"; Microsoft, \[MS-EVEN6\] 2.2.12 on binary
/// XML.
#[derive(Debug)]
pub struct EventLog<R> {
    input: R,
    header: LogHeader,
    chunk: Vec<u8>,
    /// Chunks that were read.
    chunks: u64,
    decoder: Decoder,
    is_told: bool,
    is_ended: bool,
}

/// Receives what is read from an event log.
pub trait EventSink {
    /// Receives an event, in the order of the log.
    fn event(&mut self, event: &Event<'_>);

    /// Receives a defect.
    fn defect(&mut self, defect: LogDefect);
}

/// Why an event log could not be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EventLogError {
    /// It does not start like an event log.
    #[error("no event log: it begins with `{begin}`")]
    NotALog {
        /// The first bytes as printable text, escaped.
        begin: String,
    },

    /// The input could not be read, or is itself damaged; everything before that point is good.
    #[error("the event log could not be read further than chunk {chunk}")]
    Read {
        /// How many chunks were read before.
        chunk: u64,
        /// The error that the reader returned.
        source: io::Error,
    },
}

impl<R: Read> EventLog<R> {
    /// Reads the header of a log.
    ///
    /// Fails with [`EventLogError::NotALog`] or [`EventLogError::Read`].
    pub fn open(mut input: R) -> Result<Self, EventLogError> {
        let header = LogHeader::read(&mut input)?;
        Ok(Self {
            input,
            header,
            chunk: vec![0; CHUNK],
            chunks: 0,
            decoder: Decoder::default(),
            is_told: false,
            is_ended: false,
        })
    }

    /// The log's header.
    #[must_use]
    pub fn header(&self) -> &LogHeader {
        &self.header
    }

    /// Reads the next chunk and passes its events and defects to `sink`. Returns `false` if there
    /// are no more chunks.
    ///
    /// Fails with [`EventLogError::Read`], after passing on everything read before. Damage in the
    /// log itself is a defect, not an error.
    pub fn next_chunk(&mut self, sink: &mut dyn EventSink) -> Result<bool, EventLogError> {
        if !self.is_told {
            self.is_told = true;
            self.header.defects().for_each(|defect| sink.defect(defect));
        }
        let (filled, fault) = header::fill(&mut self.input, &mut self.chunk);
        let chunk = self.chunks;
        if filled > 0 {
            self.decode(filled, sink);
        }
        // Damage is an end too: what the log lacks up to there is told all the same.
        if (filled == 0 || fault.is_some()) && !std::mem::replace(&mut self.is_ended, true) {
            self.decoder.sequence.defects(&self.header).for_each(|defect| sink.defect(defect));
        }
        match fault {
            Some(source) => Err(EventLogError::Read { chunk, source }),
            None => Ok(filled > 0),
        }
    }

    /// Gives the events and defects of the chunk that was read, of which there are so many bytes.
    fn decode(&mut self, filled: usize, sink: &mut dyn EventSink) {
        let number = self.chunks;
        self.chunks += 1;
        let offset = self.header.size + number * CHUNK as u64;
        if let Some(rest) = self.chunk.get_mut(filled..)
            && !rest.is_empty()
        {
            rest.fill(0);
            sink.defect(LogDefect::Truncated { chunk: number, bytes: filled as u64 });
        }
        self.decoder.chunk(&self.chunk, number, offset, sink);
    }

    /// Reads all remaining chunks.
    ///
    /// Fails like [`next_chunk`](Self::next_chunk).
    pub fn read_all(&mut self, sink: &mut dyn EventSink) -> Result<(), EventLogError> {
        while self.next_chunk(sink)? {}
        Ok(())
    }
}
