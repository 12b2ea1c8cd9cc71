//! All devices, found by id and by name.

use std::collections::BTreeMap;

use super::Machine;

/// All devices, in the order in which they came.
#[derive(Debug, Default)]
pub(crate) struct Devices {
    machines: Vec<Machine>,
    by_id: BTreeMap<String, usize>,
}

impl Devices {
    pub(super) fn put(&mut self, machine: Machine) {
        let key = machine.id.to_ascii_lowercase();
        match self.by_id.get(&key).and_then(|&at| self.machines.get_mut(at)) {
            Some(place) => *place = machine,
            None => {
                self.by_id.insert(key, self.machines.len());
                self.machines.push(machine);
            }
        }
    }

    pub(crate) fn iter(&self) -> impl DoubleEndedIterator<Item = &Machine> {
        self.machines.iter()
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Machine> {
        self.machines.get(*self.by_id.get(&id.to_ascii_lowercase())?)
    }

    pub(crate) fn by_id_mut(&mut self, id: &str) -> Option<&mut Machine> {
        self.machines.get_mut(*self.by_id.get(&id.to_ascii_lowercase())?)
    }

    /// By id, full name or first label. Of several with one name it is the one seen last.
    pub(crate) fn find(&self, device: &str) -> Option<&Machine> {
        self.by_id(device)
            .or_else(|| self.latest(|machine| machine.name.eq_ignore_ascii_case(device)))
            .or_else(|| self.latest(|machine| machine.first_label().eq_ignore_ascii_case(device)))
    }

    /// What the device of that id is called.
    pub(crate) fn names(&self, id: &str) -> Vec<String> {
        self.by_id(id).map_or_else(Vec::new, |machine| {
            vec![machine.id.clone(), machine.name.clone(), machine.first_label().to_owned()]
        })
    }

    fn latest(&self, wanted: impl Fn(&Machine) -> bool) -> Option<&Machine> {
        self.machines
            .iter()
            .filter(|machine| wanted(machine))
            .max_by_key(|machine| machine.last_seen)
    }
}
