//! All machine actions, found by id and by device.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::Action;

/// All machine actions.
#[derive(Debug, Default)]
pub(crate) struct Actions {
    all: Vec<Action>,
    by_id: BTreeMap<String, usize>,
    by_machine: BTreeMap<String, Vec<usize>>,
}

impl Actions {
    pub(crate) fn add(&mut self, action: Action) {
        let at = self.all.len();
        self.by_id.insert(action.id.clone(), at);
        self.by_machine.entry(action.machine_id.clone()).or_default().push(at);
        self.all.push(action);
    }

    /// All actions, newest first.
    pub(crate) fn newest_first(&self) -> Vec<&Action> {
        sorted(self.all.iter().collect())
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Action> {
        self.all.get(*self.by_id.get(&id.to_ascii_lowercase())?)
    }

    pub(crate) fn by_id_mut(&mut self, id: &str) -> Option<&mut Action> {
        self.all.get_mut(*self.by_id.get(&id.to_ascii_lowercase())?)
    }

    /// The actions of a device, newest first.
    pub(crate) fn of_machine(&self, id: &str) -> Vec<&Action> {
        let places = self.by_machine.get(id).map(Vec::as_slice).unwrap_or_default();
        sorted(places.iter().filter_map(|&at| self.all.get(at)).collect())
    }

    /// The collection that is running on a device.
    pub(crate) fn running(&self, machine: &str, now: OffsetDateTime) -> Option<&Action> {
        self.of_machine(machine)
            .into_iter()
            .find(|action| action.is_collection() && !action.status(now).is_terminal())
    }
}

fn sorted(mut actions: Vec<&Action>) -> Vec<&Action> {
    actions.sort_by(|one, other| other.created.cmp(&one.created).then(one.id.cmp(&other.id)));
    actions
}
