use std::{fmt, ops::Range};

use flate2::{Decompress, FlushDecompress, Status};

use crate::{Error, Method, Source, source::fill};

/// Gives the inflated bytes of one member after the other, through one decompressor and one buffer.
pub(super) struct Inflater {
    decompress: Decompress,
    input: Vec<u8>,
    held: Range<usize>,
    /// What of the source has not been taken into `input`.
    left: Range<u64>,
    method: Method,
    is_done: bool,
}

/// What one step of inflating gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// So many bytes, never 0.
    Bytes(usize),
    /// The end, with so many compressed bytes behind it.
    End { left: u64 },
    /// The compressed bytes are no valid stream.
    Bad,
    /// The compressed bytes stop before the end of the stream.
    Short,
}

impl Inflater {
    pub(super) fn new() -> Self {
        Self {
            decompress: Decompress::new(false),
            input: Vec::new(),
            held: 0..0,
            left: 0..0,
            method: Method::Stored,
            is_done: true,
        }
    }

    /// Begins with the compressed bytes at `range`; a method that is not read counts as bad data.
    pub(super) fn start(&mut self, method: Method, range: Range<u64>) {
        self.method = method;
        self.left = range;
        self.held = 0..0;
        self.is_done = false;
        if method == Method::Deflate {
            self.decompress.reset(false);
        }
    }

    /// How many compressed bytes have not been taken.
    pub(super) fn left(&self) -> u64 {
        self.left.end.saturating_sub(self.left.start) + self.held.len() as u64
    }

    /// Fills `output` from its front; whatever is not [`Step::Bytes`] is the end.
    ///
    /// Fails with [`Error::ReadFailed`].
    pub(super) fn step(&mut self, source: &dyn Source, output: &mut [u8]) -> Result<Step, Error> {
        match self.method {
            Method::Stored => self.copy(source, output),
            Method::Deflate => self.inflate(source, output),
            Method::Other(_) => Ok(Step::Bad),
        }
    }

    fn copy(&mut self, source: &dyn Source, output: &mut [u8]) -> Result<Step, Error> {
        let wanted = usize::try_from(self.left()).unwrap_or(usize::MAX).min(output.len());
        if wanted == 0 {
            return Ok(Step::End { left: 0 });
        }
        let filled = fill(source, self.left.start, output.get_mut(..wanted).unwrap_or_default())?;
        self.left.start += filled.len() as u64;
        Ok(if filled.is_empty() { Step::Short } else { Step::Bytes(filled.len()) })
    }

    fn inflate(&mut self, source: &dyn Source, output: &mut [u8]) -> Result<Step, Error> {
        let mut written = 0;
        while !self.is_done && written < output.len() {
            if self.held.is_empty() {
                self.refill(source)?;
            }
            let input = self.input.get(self.held.clone()).unwrap_or_default();
            let room = output.get_mut(written..).unwrap_or_default();
            let (taken, given) = (self.decompress.total_in(), self.decompress.total_out());
            let status = self.decompress.decompress(input, room, FlushDecompress::None);
            let taken = difference(self.decompress.total_in(), taken);
            let given = difference(self.decompress.total_out(), given);
            self.held.start += taken.min(self.held.len());
            written += given;
            match status {
                Ok(Status::StreamEnd) => self.is_done = true,
                Ok(_) if taken + given > 0 => {}
                // Nothing moved: all input is taken, and the stream is not at its end.
                Ok(_) if written == 0 => return Ok(Step::Short),
                Err(_) if written == 0 => return Ok(Step::Bad),
                // The bytes before the fault are given first; the decompressor stays at the fault.
                Ok(_) | Err(_) => break,
            }
        }
        Ok(match written {
            0 if self.is_done => Step::End { left: self.left() },
            0 => Step::Short,
            bytes => Step::Bytes(bytes),
        })
    }

    fn refill(&mut self, source: &dyn Source) -> Result<(), Error> {
        let there = self.left.end.saturating_sub(self.left.start);
        let wanted = usize::try_from(there).unwrap_or(usize::MAX).min(INPUT);
        if self.input.len() < wanted {
            self.input = vec![0; wanted];
        }
        let room = self.input.get_mut(..wanted).unwrap_or_default();
        let filled = fill(source, self.left.start, room)?.len();
        self.left.start += filled as u64;
        self.held = 0..filled;
        Ok(())
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").field("method", &self.method).finish_non_exhaustive()
    }
}

fn difference(after: u64, before: u64) -> usize {
    usize::try_from(after.saturating_sub(before)).unwrap_or(usize::MAX)
}

/// How many compressed bytes are read at once.
const INPUT: usize = 128 << 10;
