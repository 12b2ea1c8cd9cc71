//! Somebody goes on with what has ended, from the folder, from a handle that was kept, or by asking again.

use mde_forensics_core::Device;
use mde_forensics_core::engine::{DeviceReport, Handle, Report, Start};

use crate::draw::Troubles;
use crate::seconds;
use crate::world::World;

impl World {
    /// Where somebody goes on with a device: from what the ledger knows last, or from what was kept of it, which may be
    /// older, or with its name alone.
    pub(crate) fn start_of(&mut self, name: &str, known: &[Handle]) -> Start {
        let device = Device::parse(name).unwrap();
        let last = known.iter().rfind(|handle| handle.device() == name);
        let kept = self.kept.get(name).cloned().unwrap_or_default();
        let kept: Vec<Handle> = kept
            .iter()
            // What travels through a playbook is JSON.
            .map(|json| Handle::parse(json, &self.options.tenant, &self.options.base).unwrap())
            .filter(|handle| {
                last.is_none_or(|last| {
                    // What the ledger has lost, an old handle may contradict.
                    let id = |it: &Handle| it.action().map(|action| action.id.clone());
                    let is_other =
                        id(last).is_some() && id(handle).is_some_and(|of| Some(of) != id(last));
                    self.lost_records == 0
                        && last.collection() == handle.collection()
                        && !(self.hosts > 1 && is_other)
                })
            })
            .collect();
        let handle = match last {
            Some(last) if kept.is_empty() || !self.random.chance(300) => last.clone(),
            None if kept.is_empty() => {
                // Where its first record was lost, its machine may have been asked under another name.
                let (_, machine) = self.devices.iter().find(|(known, _)| known == name).unwrap();
                let is_of = |it: &&Handle| it.machine().is_some_and(|it| it.id.matches(machine));
                if known.iter().filter(is_of).any(|it| it.action().is_some()) {
                    *self.renewed.entry(machine.clone()).or_default() += 1;
                }
                return Start::Device(device);
            }
            None => kept.last().unwrap().clone(),
            Some(_) => self.random.pick(&kept).clone(),
        };
        // Whoever asks again without a key where an action is on record wishes for another: none of our promises.
        let was_accepted = last.unwrap_or(&handle).action().is_some();
        let is_same_wish = !was_accepted || self.options.key.is_some();
        if is_same_wish && last.is_some() && self.random.chance(300) {
            let start = Start::plan(&self.options, vec![device], known).remove(0);
            if let Start::Device(_) = start {
                if let Some(last) = last.filter(|_| self.options.key.is_some()) {
                    self.check_not_in_doubt(last.collection());
                }
                let machine = self.devices.iter().find(|(known, _)| known == name).unwrap();
                *self.renewed.entry(machine.1.clone()).or_default() += 1;
            }
            return start;
        }
        let handle = Handle::parse(&handle.to_json(), &self.options.tenant, &self.options.base);
        let handle = Box::new(handle.expect("our own handle"));
        Start::Handle(handle)
    }

    /// Whether somebody goes on with what has ended.
    pub(crate) fn goes_on(&mut self, report: &Report) -> bool {
        is_resumable(report)
            && self.troubles.reruns.checked_sub(1).is_some_and(|left| {
                self.troubles.reruns = left;
                true
            })
    }

    /// Nothing goes wrong any more.
    pub(crate) fn heal(&mut self) {
        self.is_healed = true;
        self.now = self.now.max(self.faults.heals);
        self.troubles = Troubles::none();
        self.options.deadline = Some(seconds(86_400));
    }

    pub(crate) fn keep(&mut self, report: &Report) {
        for device in &report.devices {
            self.kept.entry(device.device.clone()).or_default().push(device.handle.to_json());
        }
    }
}

pub(crate) fn is_resumable(report: &Report) -> bool {
    report.devices.iter().any(DeviceReport::is_resumable)
}
