//! What the runs of one client share: who is at work on what, and the ledgers of their folders.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::slice;
use std::time::Duration;

use mde_forensics_core::engine::{Handle, Record};
use mde_forensics_core::ledger::{Book, Taken, Wanted};
use mde_forensics_core::{MachineId, Now};

/// One run's part in what the runs of a client share.
#[derive(Clone)]
pub(crate) struct Office {
    shared: Rc<RefCell<Shared>>,
    folder: String,
    run: u64,
}

#[derive(Default)]
pub(crate) struct Shared {
    taken: Taken,
    books: BTreeMap<String, Book>,
}

impl Office {
    /// The part of a run into this folder that begins.
    pub(crate) fn begin(shared: &Rc<RefCell<Shared>>, folder: &str) -> Self {
        let run = shared.borrow_mut().taken.begin(folder);
        Self { shared: Rc::clone(shared), folder: folder.to_owned(), run }
    }

    /// The collections of these names that nobody else is at work on.
    pub(crate) fn free(&self, names: &[String]) -> Vec<Handle> {
        let Shared { taken, books } = &mut *self.shared.borrow_mut();
        taken.begin_wanted(Wanted::Named(names), self.run);
        let Some(book) = books.get(&self.folder) else { return Vec::new() };
        let is_free = |it: &&Handle| taken.begin_if_free(it.collection(), self.run);
        book.handles(Wanted::Named(names)).filter(is_free).cloned().collect()
    }

    /// What is lost is what the ledger does not take.
    pub(crate) fn append(&mut self, record: &Record, is_lost: bool, now: Now) {
        let Shared { taken, books } = &mut *self.shared.borrow_mut();
        let records = slice::from_ref(record);
        let ours = taken.begin_append(records, self.run);
        let book = books.entry(self.folder.clone()).or_default();
        if !is_lost {
            for record in ours.iter() {
                book.append(record);
            }
        }
        let asking = Taken::asking(&ours);
        let asking = book.handles(Wanted::Named(&asking)).cloned();
        taken.end_append(records, !is_lost, asking, self.run, now);
    }

    /// Takes the device; gives what the ledger knows, and who asked it last for whatever folder.
    pub(crate) fn claim(
        &mut self,
        machine: &MachineId,
        wants_device: bool,
        collection: &str,
        now: Now,
    ) -> Result<(Vec<Handle>, Option<Handle>), Duration> {
        let mut shared = self.shared.borrow_mut();
        let asked = shared.taken.claim(machine, wants_device, collection, self.run, now)?;
        let here = shared.books.get(&self.folder).into_iter();
        let here = here.flat_map(|book| book.handles(Wanted::Claimed(machine, collection)));
        Ok((here.cloned().collect(), asked))
    }

    pub(crate) fn take_package(
        &mut self,
        name: &str,
        collection: &str,
        now: Now,
    ) -> Result<(), Duration> {
        let path = format!("{}/{name}", self.folder);
        self.shared.borrow_mut().taken.take_package(path, collection, self.run, now)
    }

    pub(crate) fn end(&mut self) {
        self.shared.borrow_mut().taken.end(self.run);
    }
}
