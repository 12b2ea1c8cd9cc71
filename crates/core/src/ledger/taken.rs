//! What the runs of one process are at work on.

use std::time::Duration;

use crate::engine::{Fact, Record};
use crate::{MachineId, Map, Now};

/// What belongs to which run, by the run's number.
///
/// A device belongs to the run that is about to ask it, from its claim until the service has accepted or the collection
/// has ended: whoever comes then finds the action, and goes on with it. A package belongs to the run that looks for it
/// in the output folder, until the collection has ended: two downloads into one file would spoil each other.
#[derive(Debug, Default)]
pub struct Taken {
    runs: u64,
    /// Into which folder each run works: the same collection in two folders is two.
    folders: Map<u64, String>,
    machines: Map<String, Holder>,
    packages: Map<String, Holder>,
    collections: Map<String, Vec<Work>>,
}

/// A collection of a run.
#[derive(Debug, Eq, PartialEq)]
struct Holder {
    run: u64,
    collection: String,
}

/// What a run has for one collection that it is at work on.
#[derive(Debug)]
struct Work {
    run: u64,
    machine: Option<String>,
    package: Option<String>,
}

impl Taken {
    /// The number of a run that begins, whose ledger is under this folder.
    pub fn begin(&mut self, folder: &str) -> u64 {
        self.runs += 1;
        self.folders.insert(self.runs, folder.to_owned());
        self.runs
    }

    /// The run is at work on this collection until it has ended.
    pub fn begin_work(&mut self, collection: &str, run: u64) {
        self.work(collection, run);
    }

    /// Takes note of a record of a run, which its ledger knows by now: who takes what this lets go of looks there.
    pub fn follow(&mut self, record: &Record, run: u64) {
        let name = record.collection.as_str();
        match &record.fact {
            Fact::Accepted { .. } => {
                let machine = self.work(name, run).machine.take();
                self.let_go(machine, None, name, run);
            }
            Fact::Ended { outcome, .. } => {
                let place = self.place(name, run);
                let Some(works) = self.collections.get_mut(&place) else { return };
                let Some(at) = works.iter().position(|work| work.run == run) else { return };
                let Work { machine, package, .. } = works.swap_remove(at);
                if works.is_empty() {
                    self.collections.remove(&place);
                }
                // What was called off may still be at its file, up to the end of the run.
                let package = package.filter(|_| !CALLED_OFF.contains(&outcome.as_str()));
                self.let_go(machine, package, name, run);
            }
            _ => self.begin_work(name, run),
        }
    }

    /// Whether another run is at work on this collection.
    #[must_use]
    pub fn is_others(&self, collection: &str, run: u64) -> bool {
        let works = self.collections.get(&self.place(collection, run));
        works.is_some_and(|works| works.iter().any(|work| work.run != run))
    }

    /// Fails with the monotonic time at which to ask again if another run has the device.
    pub fn is_free(&self, machine: &MachineId, run: u64, now: Now) -> Result<(), Duration> {
        is_free(self.machines.get(&key(machine)), run, now)
    }

    /// The device is this run's, for one of its collections.
    pub fn claim(&mut self, machine: &MachineId, collection: &str, run: u64) {
        let holder = Holder { run, collection: collection.to_owned() };
        self.machines.insert(key(machine), holder);
        self.work(collection, run).machine = Some(key(machine));
    }

    /// The package of this path is this run's, for one of its collections.
    ///
    /// Fails with the monotonic time at which to ask again if another run has it.
    pub fn take_package(
        &mut self,
        path: String,
        collection: &str,
        run: u64,
        now: Now,
    ) -> Result<(), Duration> {
        is_free(self.packages.get(&path), run, now)?;
        let holder = Holder { run, collection: collection.to_owned() };
        self.packages.insert(path.clone(), holder);
        self.work(collection, run).package = Some(path);
        Ok(())
    }

    /// The run has ended, and what it had is free.
    pub fn end(&mut self, run: u64) {
        self.folders.remove(&run);
        self.machines.retain(|_, holder| holder.run != run);
        self.packages.retain(|_, holder| holder.run != run);
        for (_, works) in self.collections.iter_mut() {
            works.retain(|work| work.run != run);
        }
        self.collections.retain(|_, works| !works.is_empty());
    }

    fn work(&mut self, collection: &str, run: u64) -> &mut Work {
        let works = self.collections.or_default(self.place(collection, run));
        let at = works.iter().position(|work| work.run == run).unwrap_or_else(|| {
            works.push(Work { run, machine: None, package: None });
            works.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "it was found or put there just now")]
        &mut works[at]
    }

    fn place(&self, collection: &str, run: u64) -> String {
        let folder = self.folders.get(&run).map_or("", String::as_str);
        format!("{folder}\n{collection}")
    }

    fn let_go(
        &mut self,
        machine: Option<String>,
        package: Option<String>,
        collection: &str,
        run: u64,
    ) {
        let is_ours = |holder: &Holder| holder.run == run && holder.collection == collection;
        for (name, held) in [(machine, &mut self.machines), (package, &mut self.packages)] {
            if let Some(name) = name.filter(|name| held.get(name).is_some_and(is_ours)) {
                held.remove(&name);
            }
        }
    }
}

fn is_free(holder: Option<&Holder>, run: u64, now: Now) -> Result<(), Duration> {
    match holder {
        Some(holder) if holder.run != run => Err(now.monotonic.saturating_add(ASK_AGAIN)),
        _ => Ok(()),
    }
}

fn key(machine: &MachineId) -> String {
    machine.as_str().to_ascii_lowercase()
}

/// Outcomes of a collection that somebody called off, or the deadline.
const CALLED_OFF: [&str; 2] = ["deadline_reached", "stopped"];
/// When to look again whether another run has let go.
const ASK_AGAIN: Duration = Duration::from_secs(1);
