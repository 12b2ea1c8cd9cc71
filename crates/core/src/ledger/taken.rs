//! What the runs of one process are at work on.

use std::time::Duration;

use crate::engine::{Fact, Record};
use crate::{MachineId, Map, Now};

/// What belongs to which run, by the run's number.
#[derive(Debug, Default)]
pub struct Taken {
    runs: u64,
    machines: Map<String, u64>,
    collections: Map<String, Work>,
}

/// One collection that a run is at work on.
#[derive(Debug)]
struct Work {
    run: u64,
    machine: Option<String>,
}

impl Taken {
    /// The number of a run that begins.
    pub fn begin(&mut self) -> u64 {
        self.runs += 1;
        self.runs
    }

    /// Takes note of a record of a run: its collection is the run's until it has ended.
    pub fn follow(&mut self, record: &Record, run: u64) {
        let name = &record.collection;
        match &record.fact {
            Fact::Ended { .. } => {
                let is_ours = |work: &Work| work.run == run;
                if self.collections.get(name).is_some_and(is_ours)
                    && let Some(machine) = self.collections.remove(name).and_then(|it| it.machine)
                    && self.machines.get(&machine) == Some(&run)
                {
                    self.machines.remove(&machine);
                }
            }
            fact => {
                let begin = || Work { run, machine: None };
                let work = self.collections.or_insert_with(name.clone(), begin);
                match fact {
                    Fact::Resolved { machine, .. } => work.machine = Some(key(machine)),
                    // So does a collection begin that was found by an earlier run.
                    Fact::Begun { machine: Some(machine), .. } => {
                        work.machine = Some(key(&machine.id));
                    }
                    _ => {}
                }
            }
        }
    }

    /// Whether another run is at work on this collection.
    #[must_use]
    pub fn is_others(&self, collection: &str, run: u64) -> bool {
        self.collections.get(collection).is_some_and(|work| work.run != run)
    }

    /// Fails with the monotonic time at which to ask again if another run has the device.
    pub fn is_free(&self, machine: &MachineId, run: u64, now: Now) -> Result<(), Duration> {
        match self.machines.get(&key(machine)) {
            Some(other) if *other != run => Err(now.monotonic.saturating_add(ASK_AGAIN)),
            _ => Ok(()),
        }
    }

    /// The device is this run's.
    pub fn claim(&mut self, machine: &MachineId, run: u64) {
        self.machines.insert(key(machine), run);
    }

    /// The run has ended, and what it had is free.
    pub fn end(&mut self, run: u64) {
        self.machines.retain(|_, other| *other != run);
        self.collections.retain(|_, work| work.run != run);
    }
}

fn key(machine: &MachineId) -> String {
    machine.as_str().to_ascii_lowercase()
}

/// When to look again whether another run has let go of a device.
const ASK_AGAIN: Duration = Duration::from_secs(5);
