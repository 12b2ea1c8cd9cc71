//! A machine action as text.

use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::core::wire::MachineAction;
use crate::terminal::safe;

/// Formats an action: one line for each field that the service returned.
pub(crate) fn to_text(action: &MachineAction) -> String {
    let at = |at: Option<OffsetDateTime>| at.and_then(|at| at.format(&Rfc3339).ok());
    let error = action.error_hresult.filter(|error| *error != 0);
    let lines = [
        ("action", Some(action.id.to_string())),
        ("type", Some(action.kind.as_str().to_owned())),
        ("status", Some(action.status.as_str().to_owned())),
        ("device", action.computer_dns_name.clone()),
        ("device id", action.machine_id.clone()),
        ("requestor", action.requestor.clone()),
        ("comment", action.requestor_comment.clone()),
        ("created", at(action.created)),
        ("updated", at(action.updated)),
        ("cancelled by", action.cancellation_requestor.clone()),
        ("reason", action.cancellation_comment.clone()),
        ("error", error.map(|error| format!("{error:#010x}"))),
    ];
    let line = |(name, value): (&str, Option<String>)| {
        value.filter(|value| !value.is_empty()).map(|value| format!("{name:<13}{}", safe(&value)))
    };
    lines.into_iter().filter_map(line).collect::<Vec<_>>().join("\n")
}
