use super::{LogDefect, LogHeader};

/// What of a log's chunks and records was met so far: to see that none is missing between them, or at the end.
#[derive(Debug, Default)]
pub(super) struct Sequence {
    /// Chunks that hold something.
    used: u64,
    /// Chunks of zeros since, and those that others came after.
    zeros: u64,
    passed: u64,
    first: Option<u64>,
    last: Option<u64>,
    breaks: u64,
    first_break: Option<(u64, u64)>,
}

impl Sequence {
    /// Notes a chunk, which is nothing but zeros or not.
    pub(super) fn chunk(&mut self, is_zero: bool) {
        if is_zero {
            self.zeros += 1;
        } else {
            self.used += 1;
            self.passed += std::mem::take(&mut self.zeros);
        }
    }

    /// Notes the number of the next record.
    pub(super) fn record(&mut self, number: u64) {
        self.first.get_or_insert(number);
        if let Some(last) = self.last.replace(number)
            && last.checked_add(1) != Some(number)
        {
            self.breaks += 1;
            self.first_break.get_or_insert((last, number));
        }
    }

    /// Whether a record of this number goes on where the last one ended.
    pub(super) fn goes_on(&self, number: u64) -> bool {
        self.last.is_some_and(|last| last.checked_add(1) == Some(number))
    }

    /// What the whole log comes to.
    pub(super) fn defects(&self, header: &LogHeader) -> impl Iterator<Item = LogDefect> + use<> {
        let declared = u64::from(header.chunks);
        let missing = (self.used < declared)
            .then_some(LogDefect::ChunksMissing { declared, found: self.used });
        let empty = (self.passed > 0).then_some(LogDefect::EmptyChunks { chunks: self.passed });
        // A log that is full goes on at its begin, and so has its oldest record somewhere in the middle.
        let went_round =
            self.breaks == 1 && self.last.and_then(|last| last.checked_add(1)) == self.first;
        let order = self
            .first_break
            .filter(|_| !went_round)
            .map(|(after, next)| LogDefect::RecordOrder { breaks: self.breaks, after, next });
        missing.into_iter().chain(empty).chain(order)
    }
}
