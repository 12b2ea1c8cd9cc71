//! What the runs of one client share: who is at work on what, and the ledgers of their folders.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use mde_forensics_core::engine::{Fact, Handle, Record};
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
    /// The latest of all of them that was asked for.
    lately: Option<Handle>,
}

impl Office {
    /// The part of a run into this folder that begins.
    pub(crate) fn begin(shared: &Rc<RefCell<Shared>>, folder: &str) -> Self {
        let run = shared.borrow_mut().taken.begin(folder);
        Self { shared: Rc::clone(shared), folder: folder.to_owned(), run }
    }

    /// The collections of these names that nobody else is at work on.
    pub(crate) fn free(&self, names: &[String]) -> Vec<Handle> {
        let shared = self.shared.borrow();
        let Some(book) = shared.books.get(&self.folder) else { return Vec::new() };
        let is_free = |it: &&Handle| !shared.taken.is_others(it.collection(), self.run);
        book.handles(Wanted::Named(names)).filter(is_free).cloned().collect()
    }

    pub(crate) fn append(&mut self, record: &Record) {
        let mut shared = self.shared.borrow_mut();
        shared.taken.follow(record, self.run);
        let book = shared.books.entry(self.folder.clone()).or_default();
        book.append(record);
        let is_of_request = matches!(
            record.fact,
            Fact::Begun { intent: Some(_), .. }
                | Fact::Accepted { .. }
                | Fact::Doubted { .. }
                | Fact::Intended { .. }
                | Fact::Refused { .. }
        );
        if is_of_request {
            let name = [record.collection.clone()];
            let asked = book.handles(Wanted::Named(&name)).next().cloned();
            let is_it = asked.as_ref().map(Handle::collection)
                == shared.lately.as_ref().map(Handle::collection);
            let at = |it: &Option<Handle>| it.as_ref().and_then(Handle::asked_at);
            if is_it || at(&shared.lately) <= at(&asked) {
                shared.lately = asked;
            }
        }
    }

    /// Takes the device; gives what is known of it.
    pub(crate) fn claim(
        &mut self,
        machine: &MachineId,
        collection: &str,
        now: Now,
    ) -> Result<Vec<Handle>, Duration> {
        let mut shared = self.shared.borrow_mut();
        shared.taken.is_free(machine, self.run, now)?;
        shared.taken.claim(machine, collection, self.run);
        let here = shared.books.get(&self.folder).into_iter();
        let here = here.flat_map(|book| book.handles(Wanted::Of(machine)));
        Ok(shared.lately.iter().chain(here).cloned().collect())
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
