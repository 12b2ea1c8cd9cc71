//! What a client has asked for lately, into whatever folder.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use mde_forensics_core::engine::{Adoption, Handle};
use mde_forensics_core::{MachineId, Now};

/// The collection that asked each machine last, for as long as the service's lists may not show its action.
#[derive(Debug, Default)]
pub(super) struct Lately {
    machines: BTreeMap<String, (Duration, Handle)>,
    /// When each was noted, the oldest first.
    noted: VecDeque<(Duration, String)>,
}

impl Lately {
    /// Takes note of how far a collection has come with its request.
    pub(super) fn note(&mut self, handle: Handle, now: Now) {
        let Some(machine) = handle.machine().map(|machine| key(&machine.id)) else { return };
        let is_asked = match handle.action() {
            Some(action) => action.adoption == Adoption::Own,
            None => handle.intent().is_some(),
        };
        let latest = self.machines.get(&machine).map(|(_, latest)| latest);
        let is_it = latest.is_some_and(|it| it.collection() == handle.collection());
        if !is_asked {
            if is_it {
                self.machines.remove(&machine);
            }
            return;
        }
        if !is_it && latest.is_some_and(|it| it.asked_at() > handle.asked_at()) {
            return;
        }
        while let Some((at, _)) = self.noted.front()
            && now.monotonic.saturating_sub(*at) > FORGOTTEN_AFTER
            && let Some((at, machine)) = self.noted.pop_front()
        {
            // One that was asked for again has a later note.
            if self.machines.get(&machine).is_some_and(|(latest, _)| *latest == at) {
                self.machines.remove(&machine);
            }
        }
        self.noted.push_back((now.monotonic, machine.clone()));
        self.machines.insert(machine, (now.monotonic, handle));
    }

    /// The collection that asked this machine last.
    pub(super) fn of(&self, machine: &MachineId) -> Option<Handle> {
        self.machines.get(&key(machine)).map(|(_, handle)| handle.clone())
    }
}

fn key(machine: &MachineId) -> String {
    machine.as_str().to_ascii_lowercase()
}

/// Longer than an action may be missing in lists.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(600);
