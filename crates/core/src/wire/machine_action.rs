use serde::{Deserialize, Serialize};
use serde_json::Value;
use time::OffsetDateTime;

use super::enums::{
    ActionStatus, ActionType, CustomPlaybookActionTypes, CustomPlaybookCommandStatus,
    CustomPlaybookParams, FileIdentifierType, KnownRequestSource,
};
use super::instant;
use super::object::read_as;
use crate::action_id::ActionId;

/// Something that was asked of a device (Microsoft's page "`MachineAction` resource type", 2025-11).
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MachineAction {
    /// The action's id.
    pub id: ActionId,
    /// What it does; `type` on the wire.
    #[serde(rename = "type")]
    pub kind: ActionType,
    /// Where it stands.
    pub status: ActionStatus,
    /// A title, for some types.
    pub title: Option<String>,
    /// How far it reaches, for isolation and scans.
    pub scope: Option<String>,
    /// Who asked: a user's principal name, or an app's id or name.
    pub requestor: Option<String>,
    /// The comment that was sent.
    pub requestor_comment: Option<String>,
    /// The caller's own id for it; `externalID` is read too.
    pub external_id: Option<String>,
    /// Where it was asked for.
    pub request_source: Option<KnownRequestSource>,
    /// The device, as the service wrote it.
    pub machine_id: Option<String>,
    /// The device's name; absent right after the request.
    pub computer_dns_name: Option<String>,
    /// When it was asked for.
    #[serde(rename = "creationDateTimeUtc", with = "instant")]
    pub created: Option<OffsetDateTime>,
    /// When it last changed; `lastUpdateTimeUtc` of the documentation's samples is read too.
    #[serde(rename = "lastUpdateDateTimeUtc", with = "instant")]
    pub updated: Option<OffsetDateTime>,
    /// Who cancelled it.
    pub cancellation_requestor: Option<String>,
    /// Why it was cancelled.
    pub cancellation_comment: Option<String>,
    /// When it was cancelled.
    #[serde(rename = "cancellationDateTimeUtc", with = "instant")]
    pub cancelled: Option<OffsetDateTime>,
    /// A Windows HRESULT, 0 when all is well; `errorResult` is read too.
    #[serde(rename = "errorHResult")]
    pub error_hresult: Option<i32>,
    /// The file that it is about, for some types.
    pub related_file_info: Option<RelatedFileInfo>,
    /// What was run, for live response.
    pub commands: Vec<CommandResult>,
    /// Undocumented, and seen as an object and as a text: kept as it is.
    pub troubleshoot_info: Option<Value>,
}

/// A file that an action is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RelatedFileInfo {
    /// The file's digest.
    pub file_identifier: Option<String>,
    /// Which digest it is.
    pub file_identifier_type: Option<FileIdentifierType>,
}

/// A live-response command and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CommandResult {
    /// Its place among the commands, from 0.
    pub index: Option<i32>,
    /// The command.
    pub command: Option<Command>,
    /// When it began.
    #[serde(rename = "startTime", with = "instant")]
    pub started: Option<OffsetDateTime>,
    /// When it ended.
    #[serde(rename = "endTime", with = "instant")]
    pub ended: Option<OffsetDateTime>,
    /// Where it stands.
    #[serde(rename = "commandStatus")]
    pub status: Option<CustomPlaybookCommandStatus>,
    /// What went wrong.
    pub errors: Vec<String>,
}

/// A live-response command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Command {
    /// What it does; `type` on the wire.
    #[serde(rename = "type")]
    pub kind: Option<CustomPlaybookActionTypes>,
    /// Its parameters.
    pub params: Vec<CommandParameter>,
}

/// A parameter of a live-response command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CommandParameter {
    /// Its name.
    pub key: Option<CustomPlaybookParams>,
    /// Its value.
    pub value: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireAction {
    id: ActionId,
    r#type: ActionType,
    status: ActionStatus,
    title: Option<String>,
    scope: Option<String>,
    requestor: Option<String>,
    requestor_comment: Option<String>,
    external_id: Option<String>,
    #[serde(rename = "externalID")]
    external_id_documented: Option<String>,
    request_source: Option<KnownRequestSource>,
    machine_id: Option<String>,
    computer_dns_name: Option<String>,
    #[serde(default, with = "instant")]
    creation_date_time_utc: Option<OffsetDateTime>,
    #[serde(default, with = "instant")]
    last_update_date_time_utc: Option<OffsetDateTime>,
    #[serde(default, with = "instant")]
    last_update_time_utc: Option<OffsetDateTime>,
    cancellation_requestor: Option<String>,
    cancellation_comment: Option<String>,
    #[serde(default, with = "instant")]
    cancellation_date_time_utc: Option<OffsetDateTime>,
    #[serde(rename = "errorHResult")]
    error_hresult: Option<i32>,
    error_result: Option<i32>,
    related_file_info: Option<RelatedFileInfo>,
    commands: Option<Vec<CommandResult>>,
    troubleshoot_info: Option<Value>,
}

read_as!(MachineAction, WireAction);

impl From<WireAction> for MachineAction {
    fn from(wire: WireAction) -> Self {
        Self {
            id: wire.id,
            kind: wire.r#type,
            status: wire.status,
            title: wire.title,
            scope: wire.scope,
            requestor: wire.requestor,
            requestor_comment: wire.requestor_comment,
            external_id: wire.external_id.or(wire.external_id_documented),
            request_source: wire.request_source,
            machine_id: wire.machine_id,
            computer_dns_name: wire.computer_dns_name,
            created: wire.creation_date_time_utc,
            updated: wire.last_update_date_time_utc.or(wire.last_update_time_utc),
            cancellation_requestor: wire.cancellation_requestor,
            cancellation_comment: wire.cancellation_comment,
            cancelled: wire.cancellation_date_time_utc,
            error_hresult: wire.error_hresult.or(wire.error_result),
            related_file_info: wire.related_file_info,
            commands: wire.commands.unwrap_or_default(),
            troubleshoot_info: wire.troubleshoot_info,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireFile {
    file_identifier: Option<String>,
    file_identifier_type: Option<FileIdentifierType>,
}

read_as!(RelatedFileInfo, WireFile);

impl From<WireFile> for RelatedFileInfo {
    fn from(wire: WireFile) -> Self {
        let WireFile { file_identifier, file_identifier_type } = wire;
        Self { file_identifier, file_identifier_type }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct WireResult {
    index: Option<i32>,
    command: Option<Command>,
    #[serde(default, with = "instant")]
    start_time: Option<OffsetDateTime>,
    #[serde(default, with = "instant")]
    end_time: Option<OffsetDateTime>,
    command_status: Option<CustomPlaybookCommandStatus>,
    errors: Option<Vec<String>>,
}

read_as!(CommandResult, WireResult);

impl From<WireResult> for CommandResult {
    fn from(wire: WireResult) -> Self {
        Self {
            index: wire.index,
            command: wire.command,
            started: wire.start_time,
            ended: wire.end_time,
            status: wire.command_status,
            errors: wire.errors.unwrap_or_default(),
        }
    }
}

#[derive(Deserialize)]
struct WireCommand {
    r#type: Option<CustomPlaybookActionTypes>,
    params: Option<Vec<CommandParameter>>,
}

read_as!(Command, WireCommand);

impl From<WireCommand> for Command {
    fn from(wire: WireCommand) -> Self {
        Self { kind: wire.r#type, params: wire.params.unwrap_or_default() }
    }
}

#[derive(Deserialize)]
struct WireParameter {
    key: Option<CustomPlaybookParams>,
    value: Option<String>,
}

read_as!(CommandParameter, WireParameter);

impl From<WireParameter> for CommandParameter {
    fn from(wire: WireParameter) -> Self {
        let WireParameter { key, value } = wire;
        Self { key, value }
    }
}
