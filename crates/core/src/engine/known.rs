//! What the ledger knows of other collections of the same machines.

use super::collection::Collection;
use super::{Adoption, Handle, Marker, Options};
use crate::map::Names;
use crate::{MachineId, Map};

/// What the ledger knows of other collections of the same machines.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// The run's own collections, by name.
    own: Names,
    /// The index in `machines`, by name.
    names: Names,
    machines: Vec<Machine>,
    /// The ledger's current state of claimed collections of this run.
    told: Map<usize, Handle>,
}

/// What the ledger knows of one machine.
#[derive(Debug, Default)]
struct Machine {
    /// The latest request without a known result.
    request: Option<Handle>,
    /// The number of attempts under the run's key that ended badly.
    attempts: u32,
    /// The latest collection under the run's key that has an action and did not end badly.
    keyed: Option<Handle>,
    /// The collection that made the latest request for an action of its own, whatever its key.
    asked: Option<Handle>,
    /// Collections whose requests were answered: another collection may have taken one over and
    /// still have it in doubt.
    answered: Vec<Handle>,
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

    /// Takes what the ledger knows now, in its order, for the collection that asks, and what was
    /// requested `elsewhere`.
    pub(super) fn learn(
        &mut self,
        options: &Options,
        known: &[Handle],
        elsewhere: Option<&Handle>,
        asker: &Collection,
        collections: &[Collection],
    ) {
        let is_asker = |handle: &Handle| handle.collection() == asker.handle.collection();
        for handle in elsewhere.into_iter().chain(known) {
            // Of two collections with one name, use the asking one.
            let own = if is_asker(handle) {
                Some(asker)
            } else {
                self.own.get(handle.collection()).and_then(|index| collections.get(index))
            };
            let is_own = own.is_some_and(|own| own.handle.intent() == handle.intent());
            self.note(options, handle, is_own);
        }
        let told = known.iter().rfind(|handle| is_asker(handle));
        if let Some(told) =
            told.filter(|told| told.belongs_to(&options.tenant, &options.base).is_ok())
        {
            self.told.insert(asker.index, told.clone());
        }
    }

    /// Notes a collection; if this run itself `asks` for it, it is not another's request.
    fn note(&mut self, options: &Options, handle: &Handle, asks: bool) {
        if handle.belongs_to(&options.tenant, &options.base).is_err() {
            return;
        }
        let Some(id) = handle.machine().map(|machine| &machine.id) else { return };
        let is_keyed = handle.key().is_some() && handle.key() == options.key.as_deref();
        let is_failed = handle.wants_another_attempt();
        if is_keyed && is_failed {
            let attempt = handle.intent().map_or(0, |intent| intent.attempt);
            let machine = self.entry(id);
            machine.attempts = attempt.max(machine.attempts);
        }
        if let Some(action) = handle.action() {
            let machine = self.entry(id);
            machine.request.take_if(|it| {
                it.collection() == handle.collection() && it.intent() == handle.intent()
                    || request_of(it) == request_of(handle)
            });
            if handle.intent().is_some() {
                machine.answered.retain(|it| request_of(it) != request_of(handle));
                machine.answered.push(handle.clone());
            }
            if action.adoption == Adoption::Own {
                // A collection may have begun long before its request, or have taken over an old
                // one.
                let machine = self.entry(id);
                if machine.asked.as_ref().is_none_or(|it| it.asked_at() <= handle.asked_at()) {
                    machine.asked = Some(handle.clone());
                }
            }
            if is_keyed && !is_failed {
                // The ledger's order is that in which they began, whatever the clocks said.
                self.entry(id).keyed = Some(handle.clone());
            }
        } else if handle.intent().is_some() && !asks {
            // T0 is the service's time, so it is comparable across requests.
            let t0 = |it: &Handle| it.intent().map(|intent| intent.t0);
            let machine = self.entry(id);
            if machine.answered.iter().any(|it| request_of(it) == request_of(handle)) {
                return;
            }
            if machine.request.as_ref().is_none_or(|it| t0(it) <= t0(handle)) {
                machine.request = Some(handle.clone());
            }
        }
    }

    /// Another collection's request for this machine without a known result.
    pub(super) fn request_in_doubt(&self, machine: &MachineId) -> Option<&Handle> {
        self.machine(machine)?.request.as_ref()
    }

    /// The collection of this machine whose request with this marker was answered.
    pub(super) fn answer(&self, machine: &MachineId, marker: &Marker) -> Option<&Handle> {
        self.machine(machine)?.answered.iter().find(|it| request_of(it) == Some(marker))
    }

    /// The collection of this machine that made the latest request for an action of its own.
    pub(super) fn asked(&self, machine: &MachineId) -> Option<&Handle> {
        self.machine(machine)?.asked.as_ref()
    }

    /// Takes the ledger's state of this run's collection with this index, as given at its claim.
    pub(super) fn take_told(&mut self, index: usize) -> Option<Handle> {
        self.told.remove(&index)
    }

    /// The number of attempts at this machine under the run's key that ended badly, under any name.
    pub(super) fn attempts(&self, machine: &MachineId) -> u32 {
        self.machine(machine).map_or(0, |machine| machine.attempts)
    }

    /// Another collection of this machine with the same key that has an action, such as one under
    /// another device name.
    pub(super) fn same_key(&self, machine: &MachineId, mine: &Handle) -> Option<&Handle> {
        let other = self.machine(machine)?.keyed.as_ref()?;
        (other.key() == mine.key() && other.collection() != mine.collection()).then_some(other)
    }

    fn machine(&self, machine: &MachineId) -> Option<&Machine> {
        self.machines.get(self.names.get(&machine.folded())?)
    }

    fn entry(&mut self, machine: &MachineId) -> &mut Machine {
        let place = self.names.get(&machine.folded()).unwrap_or_else(|| {
            self.names.insert(machine.folded(), self.machines.len());
            self.machines.push(Machine::default());
            self.machines.len() - 1
        });
        #[expect(clippy::indexing_slicing, reason = "it was found or put there just now")]
        &mut self.machines[place]
    }
}

fn request_of(handle: &Handle) -> Option<&Marker> {
    handle.intent().map(|intent| &intent.marker)
}
