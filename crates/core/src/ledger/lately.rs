//! What a client requested recently, in any folder.

use std::collections::VecDeque;
use std::time::Duration;

use crate::engine::{Adoption, Fact, Handle, Record};
use crate::{MachineId, Map, Now};

/// The collection that last asked each machine, kept for as long as the service's lists may not
/// show its action.
#[derive(Debug, Default)]
pub(super) struct Lately {
    machines: Map<String, Box<Asked>>,
    /// When each machine was asked, as far as is known, oldest first.
    noted: VecDeque<(Duration, String)>,
}

#[derive(Debug)]
struct Asked {
    since: Duration,
    /// The folder of the ledger that has it: another ledger may know less of the same collection.
    folder: String,
    handle: Handle,
}

impl Lately {
    /// Whether the device of this record's collection may have been asked, so that it must be
    /// noted.
    pub(super) fn concerns(record: &Record) -> bool {
        !matches!(record.fact, Fact::Begun { intent: None, .. } | Fact::Resolved { .. })
    }

    /// Notes the state of a collection's request, according to the ledger of this folder.
    pub(super) fn note(&mut self, folder: &str, handle: Handle, now: Now) {
        let Some(machine) = handle.machine().map(|machine| machine.id.folded()) else { return };
        let is_asked = match handle.action() {
            Some(action) => action.adoption == Adoption::Own,
            None => handle.intent().is_some(),
        };
        let now = now.monotonic;
        self.forget(now);
        match self.machines.get_mut(&machine) {
            Some(asked)
                if asked.folder == folder && asked.handle.collection() == handle.collection() =>
            {
                if !is_asked {
                    self.machines.remove(&machine);
                } else if asked.handle.intent() == handle.intent() {
                    asked.handle = handle;
                } else {
                    self.put(machine, folder, handle, now);
                }
            }
            Some(asked) if asked.handle.asked_at() >= handle.asked_at() => {}
            _ if is_asked => self.put(machine, folder, handle, now),
            _ => {}
        }
    }

    fn put(&mut self, machine: String, folder: &str, handle: Handle, now: Duration) {
        self.noted.push_back((now, machine.clone()));
        let asked = Asked { since: now, folder: folder.to_owned(), handle };
        self.machines.insert(machine, Box::new(asked));
    }

    /// The collection that last asked this machine.
    pub(super) fn of(&self, machine: &MachineId) -> Option<Handle> {
        self.machines.get(&machine.folded()).map(|asked| asked.handle.clone())
    }

    fn forget(&mut self, now: Duration) {
        while let Some((since, _)) = self.noted.front()
            && now.saturating_sub(*since) > FORGOTTEN_AFTER
            && let Some((since, machine)) = self.noted.pop_front()
        {
            // A repeated request has a later note.
            if self.machines.get(&machine).is_some_and(|asked| asked.since == since) {
                self.machines.remove(&machine);
            }
        }
    }
}

/// Longer than an action may be missing from lists, and than a request in doubt is looked for.
const FORGOTTEN_AFTER: Duration = Duration::from_secs(1_200);
