//! Records the events of the demo.

use std::sync::{Arc, Mutex, PoisonError};

use crate::core::engine::{Event, EventKind};

/// All events except download progress; clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct Witness(Arc<Mutex<Vec<Seen>>>);

#[derive(Debug)]
struct Seen {
    index: Option<usize>,
    kind: EventKind,
}

impl Witness {
    pub(super) fn event(&self, event: &Event) {
        if !matches!(event.kind, EventKind::Progress { .. }) {
            let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            seen.push(Seen { index: event.index, kind: event.kind.clone() });
        }
    }

    /// Whether such an event was seen for the device with this index, or for the whole run.
    pub(super) fn has_seen(&self, index: usize, proof: fn(&EventKind) -> bool) -> bool {
        let seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let concerns = |it: &Seen| it.index.is_none_or(|at| at == index);
        seen.iter().any(|it| concerns(it) && proof(&it.kind))
    }
}
