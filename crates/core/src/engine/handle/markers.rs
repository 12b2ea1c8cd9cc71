//! The markers by which a collection knows its own requests again.

use super::Handle;
use crate::engine::Marker;
use crate::engine::adoption::carries;
use crate::wire::MachineAction;

impl Handle {
    /// Whether the action carries a marker of this collection, or of another from this device under the same key.
    ///
    /// What the handle says of its request is not believed for this: the markers are made anew.
    pub(crate) fn marks(&self, action: &MachineAction) -> bool {
        let attempts = self.intent().map_or(1..=MAX_ATTEMPTS, |it| it.attempt..=it.attempt);
        attempts.into_iter().any(|attempt| carries(&self.derived_marker(attempt), action))
    }

    /// The marker that only this collection gives to this attempt: from the key, so that another run finds it, or from
    /// the collection's name alone.
    pub(in crate::engine) fn derived_marker(&self, attempt: u32) -> Marker {
        let attempt = attempt.to_be_bytes();
        let machine = self.machine().map(|machine| machine.id.folded()).unwrap_or_default();
        let machine = machine.as_bytes();
        let tenant = self.tenant.to_ascii_lowercase();
        match self.key() {
            Some(key) => {
                Marker::derive(&[b"key", tenant.as_bytes(), machine, key.as_bytes(), &attempt])
            }
            None => Marker::derive(&[b"run", self.collection.as_bytes(), machine, &attempt]),
        }
    }
}

/// More attempts under one key than anybody makes.
const MAX_ATTEMPTS: u32 = 16;
