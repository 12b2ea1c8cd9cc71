//! All devices, found by id and by name.

use std::collections::BTreeMap;

use super::Machine;

/// All devices, in the order in which they were added.
#[derive(Debug, Default)]
pub(crate) struct Devices {
    machines: Vec<Machine>,
    by_id: BTreeMap<String, usize>,
    /// By full name and by first label. Several devices may share a name.
    by_name: BTreeMap<String, Vec<usize>>,
}

impl Devices {
    pub(super) fn put(&mut self, machine: Machine) {
        let key = machine.id.to_ascii_lowercase();
        let known = self.by_id.get(&key).copied();
        let place = known.unwrap_or(self.machines.len());
        if known.is_some() {
            for places in self.by_name.values_mut() {
                places.retain(|&at| at != place);
            }
        }
        let mut names = vec![machine.name.clone(), machine.first_label().to_owned()];
        names.dedup();
        for name in names {
            self.by_name.entry(name).or_default().push(place);
        }
        self.by_id.insert(key, place);
        match self.machines.get_mut(place) {
            Some(old) => *old = machine,
            None => self.machines.push(machine),
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Machine> {
        self.machines.iter()
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Machine> {
        self.machines.get(*self.by_id.get(&id.to_ascii_lowercase())?)
    }

    pub(crate) fn by_id_mut(&mut self, id: &str) -> Option<&mut Machine> {
        self.machines.get_mut(*self.by_id.get(&id.to_ascii_lowercase())?)
    }

    /// The devices with this full name or first label.
    pub(crate) fn by_name(&self, name: &str) -> impl Iterator<Item = &Machine> {
        let places = self.by_name.get(&name.to_ascii_lowercase());
        places.into_iter().flatten().filter_map(|&at| self.machines.get(at))
    }

    /// Finds a device by id or full name, or else by first label. If there are several, the one
    /// seen last.
    pub(crate) fn find(&self, device: &str) -> Option<&Machine> {
        self.by_id(device).or_else(|| {
            let whole = |machine: &&Machine| machine.name.eq_ignore_ascii_case(device);
            self.by_name(device).max_by_key(|machine| (whole(machine), machine.last_seen))
        })
    }

    /// The names of the device with this id.
    pub(crate) fn names(&self, id: &str) -> Vec<String> {
        self.by_id(id).map_or_else(Vec::new, |machine| {
            vec![machine.id.clone(), machine.name.clone(), machine.first_label().to_owned()]
        })
    }
}
