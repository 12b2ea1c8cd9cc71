//! Merges a caller's handle with the ledger's state of the same collection.

use super::Handle;
use crate::wire::ActionStatus;
use crate::{ActionId, Code, Error, MachineId};

impl Handle {
    /// Returns the more advanced of the two, since the handle may be old, and whether it is the
    /// ledger's.
    ///
    /// Fails with `invalid_handle` if they contradict each other.
    pub(super) fn merge(self, ledger: &Self) -> Result<(Self, bool), Error> {
        if !self.device().eq_ignore_ascii_case(ledger.device()) {
            return Err(self.contradicted("device"));
        }
        let is_keyed = self.key().is_some() && self.key() == ledger.key();
        if is_keyed && self.round() > ledger.round() && ledger.wants_another_attempt() {
            return Ok((self, false));
        }
        let is_earlier = is_keyed && self.round() < ledger.round();
        let what = if differs(self.machine_id(), ledger.machine_id()) {
            Some("device id")
        } else if differs(self.action_id(), ledger.action_id()) {
            Some("action")
        } else {
            None
        };
        match what {
            Some(what) if !is_earlier => Err(self.contradicted(what)),
            None if !is_earlier && self.is_further_than(ledger) => {
                Ok((self.begun_as(ledger), false))
            }
            _ => Ok((ledger.clone(), true)),
        }
    }

    /// Whether a rerun with the same key asks for another collection: this one ended badly, or
    /// never became visible in time.
    pub(super) fn wants_another_attempt(&self) -> bool {
        match self.action() {
            Some(action) => action.status.is_terminal() && action.status != ActionStatus::Succeeded,
            None => self.was_given_up(),
        }
    }

    pub(super) fn is_further_than(&self, ledger: &Self) -> bool {
        let marker = |handle: &Self| handle.intent().map(|intent| intent.marker.clone());
        let distance = |handle: &Self| {
            let request = handle.intent().map(|intent| (intent.attempt, intent.post));
            (
                handle.action().is_some(),
                request,
                handle.doubt().is_some(),
                handle.machine().is_some(),
            )
        };
        // A request that the ledger has in doubt is not replaced by another one: one of the two was
        // taken over.
        let is_same = ledger.intent().is_none() || marker(self) == marker(ledger);
        (is_same || self.action().is_some()) && distance(self) > distance(ledger)
    }

    /// Whether both describe the same request.
    pub(super) fn asks_as(&self, other: &Self) -> bool {
        self.round() == other.round()
            && self.machine_id() == other.machine_id()
            && self.intent() == other.intent()
            && self.doubt() == other.doubt()
            && self.action_id() == other.action_id()
    }

    fn machine_id(&self) -> Option<&MachineId> {
        self.machine().map(|machine| &machine.id)
    }

    fn action_id(&self) -> Option<&ActionId> {
        self.action().map(|action| &action.id)
    }

    fn contradicted(&self, what: &str) -> Error {
        let text = format!(
            "the handle of `{}` names another {what} than the ledger does for the same collection",
            self.device().escape_debug()
        );
        Error::new(Code::InvalidHandle, text)
            .with_hint("go on from the handle that the last run returned, or from the folder")
    }
}

/// Whether both are known and different.
fn differs<T: PartialEq>(one: Option<&T>, other: Option<&T>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one != other)
}
