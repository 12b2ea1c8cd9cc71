//! Tracks which records are durable and who waits for them.

use super::{Context, Input, Unrecorded};
use crate::Error;
use crate::engine::{Command, EventKind, Fact, Record};

impl Context {
    /// Records a fact of a collection.
    pub(in crate::engine) fn record(
        &mut self,
        index: usize,
        collection: &str,
        fact: Fact,
    ) -> Record {
        let record = Record { collection: collection.to_owned(), at: self.now.wall, fact };
        self.append(index, record.clone());
        record
    }

    pub(in crate::engine) fn append(&mut self, index: usize, record: Record) {
        self.append_as(Unrecorded { index, waits: false }, record);
    }

    /// Like [`append`](Self::append), for a record whose collection waits until it and all earlier
    /// ones are durable.
    pub(in crate::engine) fn append_and_tell(&mut self, index: usize, record: Record) {
        self.append_as(Unrecorded { index, waits: true }, record);
    }

    fn append_as(&mut self, unrecorded: Unrecorded, record: Record) {
        self.next_seq += 1;
        self.unrecorded.insert(self.next_seq, unrecorded);
        self.out.push_back(Command::Record { seq: self.next_seq, record: Box::new(record) });
    }

    pub(in crate::engine) fn recorded(&mut self, seq: u64) {
        let Some(Unrecorded { index, waits }) = self.unrecorded.remove(&seq) else { return };
        if waits {
            self.nearly.insert(index, ());
        }
        let is_left = |left: &Unrecorded| left.index == index;
        if !self.nearly.has(&index) || self.unrecorded.values().any(is_left) {
            return;
        }
        self.nearly.remove(&index);
        let input = match self.untold.get(&index) {
            // An intent of a collection that the ledger does not know would be lost in a crash.
            Some(error) => Input::RecordFailed(error.clone()),
            None => Input::Recorded,
        };
        self.inbox.push_back((index, input));
    }

    pub(in crate::engine) fn record_failed(&mut self, seq: u64, error: Error) {
        let Some(Unrecorded { index, waits }) = self.unrecorded.remove(&seq) else { return };
        if waits || self.nearly.remove(&index).is_some() {
            self.inbox.push_back((index, Input::RecordFailed(error)));
            return;
        }
        let message =
            format!("the ledger did not take a record, so a crash now would lose it: {error}");
        self.event(Some(index), EventKind::Warning { message });
        self.untold.insert(index, error);
    }

    /// Whether the ledger lacks a record of this collection; the caller must write everything
    /// again.
    pub(in crate::engine) fn take_untold(&mut self, index: usize) -> bool {
        self.untold.remove(&index).is_some()
    }

    pub(in crate::engine) fn all_recorded(&self) -> bool {
        self.unrecorded.is_empty()
    }
}
