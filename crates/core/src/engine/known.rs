//! What the ledger knows of other collections from the same machines.

use super::collection::Collection;
use super::{Adoption, Handle, Options};
use crate::map::Names;
use crate::{MachineId, Map};

/// What the ledger knows of other collections from the same machines.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The run's own collections, of which a ledger tells at the beginning what there is to tell.
    own: Names,
    /// Which of `machines` is which.
    names: Names,
    machines: Vec<Machine>,
    /// What other runs have come to meanwhile with collections of this one.
    retold: Map<usize, Handle>,
}

/// What the ledger knows of one machine.
#[derive(Debug, Default)]
struct Machine {
    /// The latest request of which it is not known what came of it.
    request: Option<Handle>,
    /// How many attempts under the run's key have ended badly.
    attempts: u32,
    /// The latest collection under the run's key that has an action and did not end badly.
    keyed: Option<Handle>,
    /// The collection that asked for its action itself and did so last, whatever its key.
    asked: Option<Handle>,
}

impl Known {
    pub(super) fn new(options: &Options, known: &[Handle], collections: &[Collection]) -> Self {
        let mut asking = Names::default();
        let mut all = Self::default();
        for collection in collections {
            let name = collection.handle.collection();
            all.own.insert(name.to_owned(), collection.index);
            if collection.handle.intent().is_some() {
                asking.insert(name.to_owned(), collection.index);
            }
        }
        for handle in known {
            all.note(options, handle, asking.get(handle.collection()).is_some());
        }
        all
    }

    /// Takes in what is known by now, in the ledger's order.
    pub(super) fn learn(
        &mut self,
        options: &Options,
        known: &[Handle],
        collections: &[Collection],
    ) {
        for handle in known {
            let own = self.own.get(handle.collection());
            let own = own.and_then(|index| collections.get(index));
            self.note(options, handle, own.is_some_and(|own| own.handle.intent().is_some()));
            if let Some(own) = own.filter(|own| own.may_be_told(handle))
                && handle.belongs_to(&options.tenant, &options.base).is_ok()
            {
                // Runs into several folders may have been at work on it, each for itself.
                let told = self.retold.get(&own.index);
                if !told.is_some_and(|told| told.is_further_than(handle)) {
                    self.retold.insert(own.index, handle.clone());
                }
            }
        }
    }

    /// Takes note of a collection; one that `asks` in this very run is no other's request.
    fn note(&mut self, options: &Options, handle: &Handle, asks: bool) {
        if handle.belongs_to(&options.tenant, &options.base).is_err() {
            return;
        }
        let Some(id) = handle.machine().map(|machine| &machine.id) else { return };
        if let Some(action) = handle.action() {
            let is_answered = |it: &mut Handle| {
                it.collection() == handle.collection() && it.intent() == handle.intent()
            };
            self.entry(id).request.take_if(is_answered);
            if action.adoption == Adoption::Own {
                // A collection may have been begun long before it asked, or have taken over what was asked long ago.
                let machine = self.entry(id);
                if machine.asked.as_ref().is_none_or(|it| it.asked_at() <= handle.asked_at()) {
                    machine.asked = Some(handle.clone());
                }
            }
            let is_keyed = handle.key().is_some() && handle.key() == options.key.as_deref();
            if is_keyed && handle.wants_another_attempt() {
                let attempt = handle.intent().map_or(0, |intent| intent.attempt);
                let machine = self.entry(id);
                machine.attempts = attempt.max(machine.attempts);
            } else if is_keyed {
                // The ledger's order is that of their beginnings, whatever clocks said.
                self.entry(id).keyed = Some(handle.clone());
            }
        } else if handle.intent().is_some() && !asks {
            // T0 is the service's time, the same for all who asked.
            let t0 = |it: &Handle| it.intent().map(|intent| intent.t0);
            let machine = self.entry(id);
            if machine.request.as_ref().is_none_or(|it| t0(it) <= t0(handle)) {
                machine.request = Some(handle.clone());
            }
        }
    }

    /// The request by another collection for this machine of which it is not known what came of it.
    pub(super) fn request_in_doubt(&self, machine: &MachineId) -> Option<&Handle> {
        self.machine(machine)?.request.as_ref()
    }

    /// The collection of this machine that asked for its action itself and did so last.
    pub(super) fn asked(&self, machine: &MachineId) -> Option<&Handle> {
        self.machine(machine)?.asked.as_ref()
    }

    /// What this collection of the run, by its place, had come to in another when its machine was claimed.
    pub(super) fn take_retold(&mut self, index: usize) -> Option<Handle> {
        self.retold.remove(&index)
    }

    /// How many attempts at this machine under the run's key have ended badly, under whatever name.
    pub(super) fn attempts(&self, machine: &MachineId) -> u32 {
        self.machine(machine).map_or(0, |machine| machine.attempts)
    }

    /// What another collection of this machine under the same key came to: the same wish in other words.
    pub(super) fn same_wish(&self, machine: &MachineId, mine: &Handle) -> Option<&Handle> {
        let other = self.machine(machine)?.keyed.as_ref()?;
        (other.key() == mine.key() && other.collection() != mine.collection()).then_some(other)
    }

    fn machine(&self, machine: &MachineId) -> Option<&Machine> {
        self.machines.get(self.names.get(&name(machine))?)
    }

    fn entry(&mut self, machine: &MachineId) -> &mut Machine {
        let place = self.names.get(&name(machine)).unwrap_or_else(|| {
            self.names.insert(name(machine), self.machines.len());
            self.machines.push(Machine::default());
            self.machines.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "it was found or put there just now")]
        &mut self.machines[place]
    }
}

fn name(machine: &MachineId) -> String {
    machine.as_str().to_ascii_lowercase()
}
