//! What the ledger knows of other collections from the same machines.

use std::collections::{BTreeMap, BTreeSet};

use super::collection::Collection;
use super::{Handle, Options};
use crate::MachineId;

/// What the ledger knows of other collections from the same machines.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The latest request for each machine of which it is not known what came of it.
    requests: BTreeMap<String, Handle>,
    /// How many attempts at each machine under the run's key have ended badly.
    attempts: BTreeMap<String, u32>,
    /// The latest collection of each machine under the run's key that has an action and did not end badly.
    keyed: BTreeMap<String, Handle>,
}

impl Known {
    pub(super) fn new(options: &Options, known: &[Handle], collections: &[Collection]) -> Self {
        let asking: BTreeSet<&str> = collections
            .iter()
            .filter(|collection| collection.handle.intent().is_some())
            .map(|collection| collection.handle.collection())
            .collect();
        let mut all = Self::default();
        let ours = known.iter().filter(|it| it.belongs_to(&options.tenant, &options.base).is_ok());
        for handle in ours {
            let Some(machine) = handle.machine() else { continue };
            let machine = name(&machine.id);
            if handle.action().is_some() {
                let is_keyed = handle.key().is_some() && handle.key() == options.key.as_deref();
                if is_keyed && handle.wants_another_attempt() {
                    let attempt = handle.intent().map_or(0, |intent| intent.attempt);
                    let attempts = all.attempts.entry(machine).or_default();
                    *attempts = attempt.max(*attempts);
                } else if is_keyed {
                    // The ledger's order is that of their beginnings, whatever clocks said.
                    all.keyed.insert(machine, handle.clone());
                }
            } else if handle.intent().is_some() && !asking.contains(handle.collection()) {
                // T0 is the service's time, the same for all who asked.
                let t0 = |it: &Handle| it.intent().map(|intent| intent.t0);
                let is_later = all.requests.get(&machine).is_none_or(|it| t0(it) <= t0(handle));
                if is_later {
                    all.requests.insert(machine, handle.clone());
                }
            }
        }
        all
    }

    /// The request by another collection for this machine of which it is not known what came of it.
    pub(super) fn request_in_doubt(&self, machine: &MachineId) -> Option<&Handle> {
        self.requests.get(&name(machine))
    }

    /// How many attempts at this machine under the run's key have ended badly, under whatever name.
    pub(super) fn attempts(&self, machine: &MachineId) -> u32 {
        self.attempts.get(&name(machine)).copied().unwrap_or_default()
    }

    /// What another collection of this machine under the same key came to: the same wish in other words.
    pub(super) fn same_wish(&self, machine: &MachineId, mine: &Handle) -> Option<&Handle> {
        let other = self.keyed.get(&name(machine))?;
        (other.key() == mine.key() && other.collection() != mine.collection()).then_some(other)
    }
}

fn name(machine: &MachineId) -> String {
    machine.as_str().to_ascii_lowercase()
}
