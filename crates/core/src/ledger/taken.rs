//! What the runs of one client are working on, and what they requested recently.

use std::borrow::Cow;
use std::time::Duration;

use super::{Lately, Wanted};
use crate::engine::{Fact, Handle, Limit, Outcome, Record};
use crate::{MachineId, Map, Now};

/// What belongs to which run, by the run's number.
///
/// A collection belongs to the run that claims it until it has ended. Meanwhile, only this run may
/// write records about it, since two runs would overwrite each other's. Afterwards, a run that
/// worked on it earlier and has not claimed it since may not write either, because its knowledge is
/// older. The device also belongs to the run that claims it, but only until the service has
/// accepted the request: a later run finds the action and continues with it. A package belongs to
/// the run that looks for it in the output folder until the collection has ended, since two
/// downloads into one file would corrupt each other.
///
/// A driver appends between [`begin_append`](Self::begin_append) and
/// [`end_append`](Self::end_append), and passes what [`claim`](Self::claim) and its ledger know to
/// the engine with [`learn`](crate::engine::Engine::learn).
#[derive(Debug, Default)]
pub struct Taken {
    runs: u64,
    parts: Map<u64, Part>,
    /// By folder and name, like `works`.
    claims: Map<String, Holder>,
    machines: Map<String, Holder>,
    packages: Map<String, Holder>,
    works: Map<String, Vec<Work>>,
    lately: Lately,
}

/// What a run must release at its end.
#[derive(Debug, Default)]
struct Part {
    /// The run's folder: collections of the same name in two folders are distinct.
    folder: String,
    /// The keys of its works, current and past.
    places: Vec<String>,
    /// The packages of stopped collections.
    packages: Vec<String>,
}

/// The collections of one run that share a device, a name or a package.
#[derive(Debug)]
struct Holder {
    run: u64,
    collections: Vec<String>,
}

/// What a run holds for one collection that it is working on.
#[derive(Debug)]
struct Work {
    run: u64,
    /// Whether another run has claimed the collection since, so that this run's knowledge may be
    /// older.
    is_outrun: bool,
    machine: Option<String>,
    package: Option<String>,
}

impl Taken {
    /// Registers a new run whose ledger is in this folder, and returns its number.
    pub fn begin(&mut self, folder: &str) -> u64 {
        self.runs += 1;
        self.parts.insert(self.runs, Part { folder: folder.to_owned(), ..Part::default() });
        self.runs
    }

    /// Returns the records that the run may append: those of collections that no other run has
    /// claimed since this run began to work on them. The others are not lost: after its own next
    /// claim, the run continues from the ledger's state.
    pub fn begin_append<'a>(&mut self, records: &'a [Record], run: u64) -> Cow<'a, [Record]> {
        let mut ours = Cow::Borrowed(records);
        if records.iter().any(|it| !self.may_write(&it.collection, run)) {
            ours.to_mut().retain(|it| self.may_write(&it.collection, run));
        }
        for record in records {
            self.work(&record.collection, run);
        }
        ours
    }

    /// The names of the collections whose handles [`end_append`](Self::end_append) needs: their
    /// devices may have been asked.
    #[must_use]
    pub fn asking(appended: &[Record]) -> Vec<String> {
        let asking = appended.iter().filter(|it| Lately::concerns(it));
        let mut names: Vec<_> = asking.map(|it| it.collection.clone()).collect();
        names.dedup();
        names
    }

    /// Notes everything that a run wanted to append, and the current `handles` of the collections
    /// that are [`asking`](Self::asking). To be called only after the append, because a run that
    /// takes what this releases reads the ledger. Even if the ledger did not take the records, an
    /// end releases: it is known that the device was asked.
    pub fn end_append(
        &mut self,
        records: &[Record],
        is_appended: bool,
        handles: impl IntoIterator<Item = Handle>,
        run: u64,
        now: Now,
    ) {
        let folder = self.parts.get(&run).map_or("", |part| part.folder.as_str());
        for handle in handles {
            self.lately.note(folder, handle, now);
        }
        for record in records {
            if is_appended || matches!(record.fact, Fact::Ended { .. }) {
                self.follow(record, run);
            }
        }
    }

    fn follow(&mut self, record: &Record, run: u64) {
        let name = record.collection.as_str();
        match &record.fact {
            Fact::Accepted { .. } => {
                let work = self.work(name, run);
                let machine = work.machine.take();
                let_go(&mut self.machines, machine, name, run);
            }
            Fact::Ended { outcome, .. } => {
                let place = self.place(name, run);
                let Some(Work { machine, package, .. }) = self.take_work(&place, run) else {
                    return;
                };
                let_go(&mut self.claims, Some(place), name, run);
                let_go(&mut self.machines, machine, name, run);
                if !is_called_off(outcome) {
                    let_go(&mut self.packages, package, name, run);
                } else if let Some(part) = self.parts.get_mut(&run) {
                    // It may use its file until the run ends.
                    part.packages.extend(package);
                }
            }
            _ => {
                self.work(name, run);
            }
        }
    }

    /// Registers this run's work on the collection unless another run in the same folder works on
    /// it or is about to; returns whether it did.
    pub fn begin_if_free(&mut self, collection: &str, run: u64) -> bool {
        let works = self.works.get(&self.place(collection, run));
        let is_free = works.is_none_or(|works| works.iter().all(|work| work.run == run));
        if is_free {
            self.work(collection, run);
        }
        is_free
    }

    /// Registers this run's work on the collections that it asks its ledger for by name, even if
    /// the ledger does not know them.
    pub fn begin_wanted(&mut self, wanted: Wanted<'_>, run: u64) {
        if let Wanted::Named(names) = wanted {
            for name in names {
                self.work(name, run);
            }
        }
    }

    /// Whether any run is working in this folder.
    #[must_use]
    pub fn is_anyone_in(&self, folder: &str) -> bool {
        self.parts.values().any(|part| part.folder == folder)
    }

    fn may_write(&self, collection: &str, run: u64) -> bool {
        let place = self.place(collection, run);
        let mut works = self.works.get(&place).into_iter().flatten();
        let is_outrun = works.any(|work| work.run == run && work.is_outrun);
        !is_outrun && !is_others(&self.claims, &place, run)
    }

    /// Claims the collection for this run, and the device if it `wants_device`; an earlier claim
    /// for the collection is replaced. Returns the collection of any run, in any folder, that last
    /// asked this machine.
    ///
    /// Fails with the monotonic time at which to ask again if another run has one of them.
    pub fn claim(
        &mut self,
        machine: &MachineId,
        wants_device: bool,
        collection: &str,
        run: u64,
        now: Now,
    ) -> Result<Option<Handle>, Duration> {
        let asked = self.lately.of(machine);
        let machine = machine.folded();
        self.unclaim(collection, run);
        let place = self.place(collection, run);
        if is_others(&self.claims, &place, run)
            || wants_device && is_others(&self.machines, &machine, run)
        {
            return Err(now.monotonic.saturating_add(ASK_AGAIN));
        }
        for work in self.works.or_default(place.clone()) {
            work.is_outrun = work.run != run;
        }
        hold(&mut self.claims, place, collection, run);
        if wants_device {
            hold(&mut self.machines, machine.clone(), collection, run);
            self.work(collection, run).machine = Some(machine);
        }
        Ok(asked)
    }

    /// Releases what was claimed for this collection.
    pub fn unclaim(&mut self, collection: &str, run: u64) {
        let machine = self.work(collection, run).machine.take();
        let_go(&mut self.machines, machine, collection, run);
        let place = self.place(collection, run);
        let_go(&mut self.claims, Some(place), collection, run);
    }

    /// Takes the package at this path for one of the run's collections.
    ///
    /// Fails with the monotonic time at which to ask again if another run has it.
    pub fn take_package(
        &mut self,
        path: String,
        collection: &str,
        run: u64,
        now: Now,
    ) -> Result<(), Duration> {
        if is_others(&self.packages, &path, run) {
            return Err(now.monotonic.saturating_add(ASK_AGAIN));
        }
        hold(&mut self.packages, path.clone(), collection, run);
        self.work(collection, run).package = Some(path);
        Ok(())
    }

    /// Ends the run and releases everything that it held.
    pub fn end(&mut self, run: u64) {
        let Some(Part { places, packages, .. }) = self.parts.remove(&run) else { return };
        for place in places {
            let Some(Work { machine, package, .. }) = self.take_work(&place, run) else { continue };
            free(&mut self.claims, &place, run);
            machine.inspect(|machine| free(&mut self.machines, machine, run));
            package.inspect(|package| free(&mut self.packages, package, run));
        }
        for package in packages {
            free(&mut self.packages, &package, run);
        }
    }

    fn work(&mut self, collection: &str, run: u64) -> &mut Work {
        let place = self.place(collection, run);
        let works = self.works.or_default(place.clone());
        let at = works.iter().position(|work| work.run == run).unwrap_or_else(|| {
            if let Some(part) = self.parts.get_mut(&run) {
                part.places.push(place);
            }
            works.push(Work { run, is_outrun: false, machine: None, package: None });
            works.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "it was found or put there just now")]
        &mut works[at]
    }

    fn take_work(&mut self, place: &str, run: u64) -> Option<Work> {
        let works = self.works.get_mut(place)?;
        let at = works.iter().position(|work| work.run == run)?;
        let work = works.swap_remove(at);
        if works.is_empty() {
            self.works.remove(place);
        }
        Some(work)
    }

    fn place(&self, collection: &str, run: u64) -> String {
        let folder = self.parts.get(&run).map_or("", |part| part.folder.as_str());
        format!("{folder}\n{collection}")
    }
}

fn is_others(held: &Map<String, Holder>, name: &str, run: u64) -> bool {
    held.get(name).is_some_and(|holder| holder.run != run)
}

fn hold(held: &mut Map<String, Holder>, name: String, collection: &str, run: u64) {
    let holder = held.or_insert_with(name, || Holder { run, collections: Vec::new() });
    if !holder.collections.iter().any(|it| it == collection) {
        holder.collections.push(collection.to_owned());
    }
}

/// Releases the name for all of the run's collections.
fn free(held: &mut Map<String, Holder>, name: &str, run: u64) {
    if held.get(name).is_some_and(|holder| holder.run == run) {
        held.remove(name);
    }
}

fn let_go(held: &mut Map<String, Holder>, name: Option<String>, collection: &str, run: u64) {
    let Some(name) = name else { return };
    if let Some(holder) = held.get_mut(&name).filter(|holder| holder.run == run) {
        holder.collections.retain(|it| it != collection);
        if holder.collections.is_empty() {
            held.remove(&name);
        }
    }
}

/// Whether the collection was stopped by a person or by the deadline.
fn is_called_off(outcome: &str) -> bool {
    let out_of_time = Outcome::DeadlineReached { limit: Limit::Deadline, trouble: None };
    let called_off = [out_of_time, Outcome::Stopped];
    called_off.iter().any(|it| it.name() == outcome)
}

/// How soon to ask again whether another run has released it.
const ASK_AGAIN: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn a_device_stays_taken_while_any_collection_of_the_run_is_about_to_ask() {
        let mut taken = Taken::default();
        let now = Now::new(OffsetDateTime::UNIX_EPOCH, Duration::ZERO);
        let machine = MachineId::parse(&"a".repeat(40)).unwrap();
        let [one, two] = [taken.begin("f"), taken.begin("f")];
        taken.claim(&machine, true, "c1", one, now).unwrap();
        taken.claim(&machine, true, "c2", one, now).unwrap();
        for (collection, is_free) in [("c2", false), ("c1", true)] {
            let accepted = json!({
                "collection": collection, "at": "2026-01-05T10:00:00Z", "fact": "accepted", "action": "x",
                "adoption": "own", "status": "Pending"
            });
            taken.follow(&serde_json::from_value(accepted).unwrap(), one);
            assert_eq!(taken.claim(&machine, true, "c3", two, now).is_ok(), is_free);
        }
        assert!(
            taken.claim(&machine, true, "c1", two, now).is_err(),
            "its records are the first run's"
        );
        taken.end(one);
        assert!(taken.claim(&machine, true, "c1", two, now).is_ok());
    }
}
