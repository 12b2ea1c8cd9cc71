//! The state of everything in the ledger of a folder.

use serde_json::{Value, json};
use time::UtcOffset;
use time::macros::format_description;

use crate::core::engine::Handle;
use crate::terminal::{Table, safe};

pub(super) fn to_text(handles: &[Handle]) -> String {
    let second = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    let mut table = Table::new(["DEVICE", "KEY", "BEGUN", "STATE", "DETAIL"]);
    for handle in handles {
        table.row([
            safe(handle.device()),
            safe(handle.key().unwrap_or("-")),
            handle.begun().to_offset(UtcOffset::UTC).format(second).unwrap_or_default(),
            safe(&state(handle)),
            safe(&detail(handle)),
        ]);
    }
    table.to_string()
}

pub(super) fn to_json(handles: &[Handle]) -> Value {
    let document = |it: &Handle| json!({ "device": it.device(), "state": state(it), "handle": it });
    handles.iter().map(document).collect()
}

fn state(handle: &Handle) -> String {
    match (handle.package(), handle.ended(), handle.action()) {
        (Some(_), ..) => "collected".to_owned(),
        (None, Some(outcome), _) => outcome.replace('_', " "),
        (None, None, Some(action)) => action.status.as_str().to_lowercase(),
        (None, None, None) if handle.intent().is_some() => "asked".to_owned(),
        (None, None, None) => "not asked".to_owned(),
    }
}

fn detail(handle: &Handle) -> String {
    match (handle.package(), handle.action()) {
        (Some(package), _) => package.name.clone(),
        (None, Some(action)) => format!("action {}", action.id),
        (None, None) if handle.intent().is_some() => "the answer is unknown".to_owned(),
        (None, None) => "no request was sent".to_owned(),
    }
}
