//! The markers by which a collection recognises its own requests.

use super::Handle;
use crate::engine::Marker;
use crate::engine::adoption::carries;
use crate::wire::MachineAction;

impl Handle {
    /// Whether the action carries a marker of this collection, or of another one of this device
    /// with the same key.
    ///
    /// The markers are derived anew; the handle's own statement about its request is not trusted.
    pub(crate) fn marks(&self, action: &MachineAction) -> bool {
        let attempts = self.intent().map_or(1..=MAX_ATTEMPTS, |it| it.attempt..=it.attempt);
        attempts.into_iter().any(|attempt| carries(&self.derived_marker(attempt), action))
    }

    /// The marker of this attempt, which only this collection can derive: from the key, so that
    /// another run finds it, or else from the collection's name alone.
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

/// An upper bound for the attempts under one key.
const MAX_ATTEMPTS: u32 = 16;
