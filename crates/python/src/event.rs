//! Events of the work, kept for Python and logged.

use std::sync::{Arc, Mutex, PoisonError};

use mde_forensics::core::engine::{Event, EventKind};
use mde_forensics_cli::in_words;
use serde_json::Value;

use crate::channel::Channel;

/// Receives the events of one piece of work: logs them, keeps them, and passes them to its waiter.
#[derive(Clone)]
pub(crate) struct Hearing {
    channel: Option<Channel>,
    kept: Option<Kept>,
}

/// The events of a collection, except progress.
pub(crate) type Kept = Arc<Mutex<Vec<Event>>>;

impl Hearing {
    /// Without a channel nobody waits for events.
    pub(crate) fn new(channel: Option<Channel>, kept: Option<Kept>) -> Self {
        Self { channel, kept }
    }

    pub(crate) fn hear(&self, event: &Event) {
        crate::log::event(event);
        if let (Some(kept), false) = (&self.kept, is_progress(event)) {
            let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
            if kept.len() < MOST_KEPT {
                kept.push(event.clone());
            }
        }
        if let Some(channel) = &self.channel {
            channel.push(event.clone());
        }
    }
}

/// Whether it is a progress event.
pub(crate) fn is_progress(event: &Event) -> bool {
    matches!(event.kind, EventKind::Progress { .. })
}

/// The event as JSON, with a line of text.
pub(crate) fn shown(event: &Event) -> Value {
    let words = in_words(&event.kind);
    let mut json = serde_json::to_value(event).unwrap_or_default();
    if let Some(fields) = json.as_object_mut() {
        fields.insert("text".to_owned(), words.map_or(Value::Null, Value::from));
    }
    json
}

/// Far more than any one collection has.
const MOST_KEPT: usize = 10_000;
