use std::ops::Range;

use crate::{Error, Source, source::fill};

/// Looks at a range of a source from its front, through one buffer of fixed size.
pub(super) struct Window<'a> {
    source: &'a dyn Source,
    buffer: Vec<u8>,
    held: Range<usize>,
    /// Where the first byte lies that has not been passed.
    position: u64,
    end: u64,
}

impl<'a> Window<'a> {
    /// The most bytes that can be looked at at once: a central header with three fields of 65,535 bytes.
    pub(super) const LIMIT: usize = 256 << 10;

    pub(super) fn new(source: &'a dyn Source, range: Range<u64>) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            held: 0..0,
            position: range.start,
            end: range.end.min(source.len()),
        }
    }

    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The next `count` bytes, fewer at the end of the range; they stay until passed.
    pub(super) fn peek(&mut self, count: usize) -> Result<&[u8], Error> {
        if self.held.len() < count {
            self.refill()?;
        }
        let held = self.buffer.get(self.held.clone()).unwrap_or_default();
        Ok(held.get(..count).unwrap_or(held))
    }

    /// Passes `count` bytes that were looked at.
    pub(super) fn pass(&mut self, count: usize) {
        let count = count.min(self.held.len());
        self.held.start += count;
        self.position += count as u64;
    }

    fn refill(&mut self) -> Result<(), Error> {
        let there = self.end.saturating_sub(self.position);
        let count = usize::try_from(there).unwrap_or(usize::MAX).min(Self::LIMIT);
        if self.buffer.len() < count {
            self.buffer = vec![0; count];
        }
        let room = self.buffer.get_mut(..count).unwrap_or_default();
        let filled = fill(self.source, self.position, room)?.len();
        self.held = 0..filled;
        Ok(())
    }
}
