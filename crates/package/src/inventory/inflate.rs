use std::{fmt, ops::Range};

use flate2::{Decompress, FlushDecompress, Status};

use crate::{
    Error, Method, Source,
    source::{Buffered, fill},
    zip::cipher::{Cipher, Opened},
};

/// Gives the inflated bytes of one member after the other, through one decompressor and one buffer.
pub(super) struct Inflater<'a> {
    decompress: Decompress,
    input: Buffered<'a>,
    /// What of the source has not been taken.
    data: Range<u64>,
    method: Method,
    is_done: bool,
    lock: Option<Lock>,
}

/// What decrypts a member, and its bytes that were decrypted and not inflated yet.
struct Lock {
    cipher: Box<dyn Cipher + Send + Sync>,
    clear: Vec<u8>,
    taken: usize,
}

/// What one step of inflating gave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// So many bytes, never 0.
    Bytes(usize),
    /// The end, with so many compressed bytes behind it.
    End { left: u64 },
    /// The end, and what was decrypted is not what was encrypted.
    Forged,
    /// The compressed bytes are no valid stream.
    Bad,
    /// The compressed bytes stop before the end of the stream.
    Short,
}

impl<'a> Inflater<'a> {
    /// Inflates from a source, which is read in pieces of `ahead` bytes.
    pub(super) fn new(source: &'a dyn Source, ahead: usize) -> Self {
        Self {
            decompress: Decompress::new(false),
            input: Buffered::new(source, ahead),
            data: 0..0,
            method: Method::Stored,
            is_done: true,
            lock: None,
        }
    }

    /// Begins with a member's bytes; a method that is not read counts as bad data.
    pub(super) fn start(&mut self, method: Method, opened: Opened) {
        self.method = method;
        self.data = opened.data;
        self.lock = opened.cipher.map(|cipher| Lock { cipher, clear: Vec::new(), taken: 0 });
        self.is_done = false;
        if method == Method::Deflate {
            self.decompress.reset(false);
        }
    }

    /// Where in the source the next compressed byte lies.
    pub(super) fn position(&self) -> u64 {
        self.data.start
    }

    /// How many compressed bytes have not been taken.
    pub(super) fn left(&self) -> u64 {
        let clear = self.lock.as_ref().map_or(0, |lock| lock.rest().len());
        self.data.end.saturating_sub(self.data.start).saturating_add(clear as u64)
    }

    /// Fills `output` from its front; whatever is not [`Step::Bytes`] is the end.
    ///
    /// Fails with [`Error::ReadFailed`].
    pub(super) fn step(&mut self, output: &mut [u8]) -> Result<Step, Error> {
        match self.method {
            Method::Stored => self.copy(output),
            Method::Deflate => self.inflate(output),
            Method::Other(_) => Ok(Step::Bad),
        }
    }

    fn copy(&mut self, output: &mut [u8]) -> Result<Step, Error> {
        let wanted = usize::try_from(self.left()).unwrap_or(usize::MAX).min(output.len());
        let output = output.get_mut(..wanted).unwrap_or_default();
        if output.is_empty() {
            return Ok(self.end());
        }
        let count = if let Some(lock) = &mut self.lock {
            let bytes = fill(self.input.source(), self.data.start, output)?;
            lock.cipher.decrypt(bytes);
            bytes.len()
        } else if self.input.holds(self.data.start) || wanted < SMALL {
            let held = self.input.at(self.data.start, 1)?;
            output.iter_mut().zip(held).map(|(target, byte)| *target = *byte).count()
        } else {
            fill(self.input.source(), self.data.start, output)?.len()
        };
        self.data.start += count as u64;
        Ok(if count == 0 { Step::Short } else { Step::Bytes(count) })
    }

    fn inflate(&mut self, output: &mut [u8]) -> Result<Step, Error> {
        let mut written = 0;
        while !self.is_done && written < output.len() {
            let left = usize::try_from(self.left()).unwrap_or(usize::MAX);
            let held = match &mut self.lock {
                Some(lock) => lock.refill(self.input.source(), &mut self.data),
                None if left == 0 => Ok(&[][..]),
                None => self.input.at(self.data.start, 1),
            };
            let held = match held {
                // What was inflated before is given first; the next step meets the failure again.
                Err(_) if written > 0 => break,
                held => held?,
            };
            let input = held.get(..left).unwrap_or(held);
            let room = output.get_mut(written..).unwrap_or_default();
            let (taken, given) = (self.decompress.total_in(), self.decompress.total_out());
            let status = self.decompress.decompress(input, room, FlushDecompress::None);
            let taken = self.decompress.total_in().saturating_sub(taken);
            let given = self.decompress.total_out().saturating_sub(given);
            match &mut self.lock {
                Some(lock) => lock.taken += usize::try_from(taken).unwrap_or_default(),
                None => self.data.start = self.data.start.saturating_add(taken),
            }
            written += usize::try_from(given).unwrap_or_default();
            match status {
                Ok(Status::StreamEnd) => self.is_done = true,
                Ok(_) if taken > 0 || given > 0 => {}
                // Nothing moved: all input is taken, and the stream is not at its end.
                Ok(_) if written == 0 => return Ok(Step::Short),
                Err(_) if written == 0 => return Ok(Step::Bad),
                // The bytes before the fault are given first; the decompressor stays at the fault.
                Ok(_) | Err(_) => break,
            }
        }
        Ok(match written {
            0 if self.is_done => self.end(),
            0 => Step::Short,
            bytes => Step::Bytes(bytes),
        })
    }

    fn end(&self) -> Step {
        match (&self.lock, self.left()) {
            (Some(lock), 0) if !lock.cipher.is_authentic() => Step::Forged,
            (_, left) => Step::End { left },
        }
    }
}

impl Lock {
    fn rest(&self) -> &[u8] {
        self.clear.get(self.taken..).unwrap_or_default()
    }

    /// What is decrypted, with more of `data` where all of it was taken.
    fn refill(&mut self, source: &dyn Source, data: &mut Range<u64>) -> Result<&[u8], Error> {
        if self.rest().is_empty() && !data.is_empty() {
            let left = usize::try_from(data.end - data.start).unwrap_or(usize::MAX);
            self.clear.resize(left.min(CLEAR), 0);
            self.taken = 0;
            let count = match fill(source, data.start, &mut self.clear) {
                Ok(filled) => filled.len(),
                Err(error) => {
                    self.clear.clear();
                    return Err(error);
                }
            };
            self.clear.truncate(count);
            self.cipher.decrypt(&mut self.clear);
            data.start = data.start.saturating_add(count as u64);
        }
        Ok(self.rest())
    }
}

impl fmt::Debug for Inflater<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").field("method", &self.method).finish_non_exhaustive()
    }
}

/// Stored bytes that are fewer than this go through the buffer; more are read where they are wanted.
const SMALL: usize = 32 << 10;
/// Bytes that are decrypted at once.
const CLEAR: usize = 64 << 10;
