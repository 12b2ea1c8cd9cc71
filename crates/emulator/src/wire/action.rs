//! The machineAction resource (Microsoft Learn, "`MachineAction` resource type").

use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

use crate::text::odata_time;
use crate::world::{Action, Status};

/// The machineAction resource, in the order of the service's fields.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ActionView<'a> {
    id: &'a str,
    #[serde(rename = "type")]
    kind: &'a str,
    title: Option<&'a str>,
    requestor: Option<&'a str>,
    requestor_comment: Option<&'a str>,
    status: &'static str,
    machine_id: &'a str,
    computer_dns_name: Option<&'a str>,
    creation_date_time_utc: String,
    last_update_date_time_utc: String,
    cancellation_requestor: Option<&'a str>,
    cancellation_comment: Option<&'a str>,
    cancellation_date_time_utc: Option<String>,
    #[serde(rename = "errorHResult")]
    error_h_result: i32,
    scope: Option<&'a str>,
    external_id: Option<&'a str>,
    request_source: &'static str,
    related_file_info: Option<Value>,
    commands: [Value; 0],
    troubleshoot_info: Option<Value>,
}

impl<'a> ActionView<'a> {
    pub(crate) fn new(action: &'a Action, now: OffsetDateTime) -> Self {
        let status = action.status(now);
        let cancellation = action.cancellation.as_ref();
        Self {
            id: &action.id,
            kind: &action.kind,
            title: action.title.as_deref(),
            requestor: action.actor.requestor.as_deref(),
            requestor_comment: action.comment.as_deref(),
            status: status.name(),
            machine_id: &action.machine_id,
            computer_dns_name: Some(&action.computer_dns_name),
            creation_date_time_utc: odata_time(action.created),
            last_update_date_time_utc: odata_time(action.updated(now)),
            cancellation_requestor: cancellation.and_then(|by| by.requestor.as_deref()),
            cancellation_comment: cancellation.and_then(|by| by.comment.as_deref()),
            cancellation_date_time_utc: cancellation.map(|by| odata_time(by.time)),
            error_h_result: if status == Status::Failed { E_FAIL } else { 0 },
            scope: None,
            external_id: action.external_id.as_deref(),
            request_source: action.actor.source,
            related_file_info: None,
            commands: [],
            troubleshoot_info: None,
        }
    }

    /// The action right after the request, before its device's name has been looked up.
    pub(crate) fn fresh(action: &'a Action, now: OffsetDateTime) -> Self {
        Self { computer_dns_name: None, ..Self::new(action, now) }
    }
}

/// `E_FAIL` (0x80004005). The values that the service uses are not known.
const E_FAIL: i32 = -2_147_467_259;
