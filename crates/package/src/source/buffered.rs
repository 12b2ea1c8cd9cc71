use super::{Source, fill};
use crate::Error;

/// A source seen through one buffer that reads ahead, so that small neighbours cost one read.
pub(crate) struct Buffered<'a> {
    source: &'a dyn Source,
    ahead: usize,
    buffer: Vec<u8>,
    /// Where in the source the buffer begins.
    start: u64,
    /// How many bytes of the buffer are the source's.
    held: usize,
}

impl<'a> Buffered<'a> {
    /// Reads `ahead` bytes at once, or more where more are asked for.
    pub(crate) fn new(source: &'a dyn Source, ahead: usize) -> Self {
        Self { source, ahead, buffer: Vec::new(), start: 0, held: 0 }
    }

    pub(crate) fn source(&self) -> &'a dyn Source {
        self.source
    }

    /// Whether a byte at `offset` is held.
    pub(crate) fn holds(&self, offset: u64) -> bool {
        (self.start..self.start.saturating_add(self.held as u64)).contains(&offset)
    }

    /// What is held from `offset` on: at least `least` bytes, fewer only at the end of the source.
    ///
    /// Fails with [`Error::ReadFailed`].
    pub(crate) fn at(&mut self, offset: u64, least: usize) -> Result<&[u8], Error> {
        if self.rest(offset).len() < least {
            self.refill(offset, least)?;
        }
        Ok(self.rest(offset))
    }

    fn rest(&self, offset: u64) -> &[u8] {
        let held = self.buffer.get(..self.held).unwrap_or_default();
        let from = offset.checked_sub(self.start).and_then(|from| usize::try_from(from).ok());
        from.and_then(|from| held.get(from..)).unwrap_or_default()
    }

    fn refill(&mut self, offset: u64, least: usize) -> Result<(), Error> {
        let there = self.source.len().saturating_sub(offset);
        let count = usize::try_from(there).unwrap_or(usize::MAX).min(self.ahead.max(least));
        if self.buffer.len() < count {
            self.buffer = vec![0; count];
        }
        self.held = 0;
        self.start = offset;
        let room = self.buffer.get_mut(..count).unwrap_or_default();
        self.held = fill(self.source, offset, room)?.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{cell::Cell, io};

    use super::{Buffered, Source};

    /// Counts how often it is read.
    struct Counting(Vec<u8>, Cell<u32>);

    impl Source for Counting {
        fn len(&self) -> u64 {
            Source::len(&self.0)
        }

        fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
            self.1.set(self.1.get() + 1);
            self.0.read_at(offset, buf)
        }
    }

    #[test]
    fn neighbours_cost_one_read() {
        let source = Counting((0..100).collect(), Cell::new(0));
        let mut buffered = Buffered::new(&source, 10);
        assert_eq!(buffered.at(20, 2).unwrap(), (20..30).collect::<Vec<_>>());
        assert_eq!(buffered.at(28, 2).unwrap(), [28, 29]);
        assert!(buffered.holds(29) && !buffered.holds(30) && !buffered.holds(19));
        assert_eq!(source.1.get(), 1);
        assert_eq!(buffered.at(28, 3).unwrap().len(), 10);
        assert_eq!(buffered.at(5, 30).unwrap().len(), 30);
        assert_eq!(buffered.at(95, 10).unwrap(), [95, 96, 97, 98, 99]);
        assert!(buffered.at(100, 1).unwrap().is_empty());
        assert!(buffered.at(u64::MAX, 1).unwrap().is_empty());
    }
}
