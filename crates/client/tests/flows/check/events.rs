//! What was heard while a run went on.

use serde_json::Value;

use crate::expect::Ending;
use crate::pattern::fits;

/// The expected events come in their order, and the unwanted ones not at all.
pub(super) fn check(complaints: &mut Vec<String>, expect: &Ending, events: &[Value]) {
    let mut rest = events.iter();
    for pattern in &expect.events {
        if !rest.any(|event| fits(pattern, event)) {
            complaints.push(format!("no event {pattern}, at least not there; {}", told(events)));
            break;
        }
    }
    for pattern in &expect.never {
        if let Some(event) = events.iter().find(|event| fits(pattern, event)) {
            complaints.push(format!("event {event}, which is one of {pattern}"));
        }
    }
}

/// The events in short.
fn told(events: &[Value]) -> String {
    let short = |event: &Value| {
        let mut event = event.clone();
        if let Some(fields) = event.as_object_mut() {
            for field in ["index", "device", "at"] {
                fields.remove(field);
            }
        }
        event.to_string()
    };
    let told: Vec<_> = events.iter().take(SHOWN).map(short).collect();
    format!("of {} events: {}", events.len(), told.join(" "))
}

const SHOWN: usize = 30;
