//! What the ledger knows of other collections from the same machines.

use super::collection::Collection;
use super::{Adoption, Handle, Options};
use crate::map::Names;
use crate::{ActionId, MachineId};

/// What the ledger knows of other collections from the same machines.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The run's own collections, of which a ledger tells at the beginning what there is to tell.
    own: Names,
    /// Which of `machines` is which.
    names: Names,
    machines: Vec<Machine>,
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
    /// The latest collection that asked for its action itself, whatever its key.
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

    /// Takes in what the ledger knows besides, in its order.
    pub(super) fn learn(&mut self, options: &Options, known: &[Handle]) {
        for handle in known {
            if self.own.get(handle.collection()).is_none() {
                self.note(options, handle, false);
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
            if action.adoption == Adoption::Own {
                self.entry(id).asked = Some(handle.clone());
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

    /// The collection of this machine that asked for this action, if the ledger knows it.
    pub(super) fn asked_for(&self, machine: &MachineId, action: &ActionId) -> Option<&Handle> {
        let asked = self.machine(machine)?.asked.as_ref()?;
        asked.action().is_some_and(|own| own.id == *action).then_some(asked)
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
