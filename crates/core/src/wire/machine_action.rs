use serde::Serialize;
use serde_json::Value;
use time::OffsetDateTime;

use super::enums::{
    ActionStatus, ActionType, CustomPlaybookActionTypes, CustomPlaybookCommandStatus,
    CustomPlaybookParams, FileIdentifierType, KnownRequestSource,
};
use super::instant;
use crate::action_id::ActionId;
use crate::json::{Fields, Json, Read, Wrong, deserialize};

/// An action on a device. Source: Microsoft's page "`MachineAction` resource type", 2025-11.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MachineAction {
    /// The action's id.
    pub id: ActionId,
    /// The type of the action; `type` on the wire.
    #[serde(rename = "type")]
    pub kind: ActionType,
    /// The status of the action.
    pub status: ActionStatus,
    /// A title, for some types.
    pub title: Option<String>,
    /// The scope, for isolation and scans.
    pub scope: Option<String>,
    /// The requestor: a user's principal name, or an app's id or name.
    pub requestor: Option<String>,
    /// The requestor's comment.
    pub requestor_comment: Option<String>,
    /// The caller's own id for the action; `externalID` is read too.
    pub external_id: Option<String>,
    /// The origin of the action.
    pub request_source: Option<KnownRequestSource>,
    /// The device, as the service wrote it.
    pub machine_id: Option<String>,
    /// The device's name; absent right after the request.
    pub computer_dns_name: Option<String>,
    /// When it was requested.
    #[serde(rename = "creationDateTimeUtc", with = "instant")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub created: Option<OffsetDateTime>,
    /// When it last changed; `lastUpdateTimeUtc`, as in the documentation's samples, is read too.
    #[serde(rename = "lastUpdateDateTimeUtc", with = "instant")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub updated: Option<OffsetDateTime>,
    /// Who cancelled it.
    pub cancellation_requestor: Option<String>,
    /// Why it was cancelled.
    pub cancellation_comment: Option<String>,
    /// When it was cancelled.
    #[serde(rename = "cancellationDateTimeUtc", with = "instant")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub cancelled: Option<OffsetDateTime>,
    /// A Windows HRESULT, 0 for success; `errorResult` is read too.
    #[serde(rename = "errorHResult")]
    pub error_hresult: Option<i32>,
    /// The file that the action concerns, for some types.
    pub related_file_info: Option<RelatedFileInfo>,
    /// The commands that were run, for live response.
    pub commands: Vec<CommandResult>,
    /// Undocumented; seen as an object and as a string, and kept unchanged.
    #[cfg_attr(feature = "typescript", ts(type = "unknown"))]
    pub troubleshoot_info: Option<Value>,
}

/// A file that an action concerns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct RelatedFileInfo {
    /// The file's hash.
    pub file_identifier: Option<String>,
    /// The kind of hash.
    pub file_identifier_type: Option<FileIdentifierType>,
}

/// A live-response command and its result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CommandResult {
    /// Its index among the commands, from 0.
    pub index: Option<i32>,
    /// The command.
    pub command: Option<Command>,
    /// When it began.
    #[serde(rename = "startTime", with = "instant")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub started: Option<OffsetDateTime>,
    /// When it ended.
    #[serde(rename = "endTime", with = "instant")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub ended: Option<OffsetDateTime>,
    /// The command's status.
    #[serde(rename = "commandStatus")]
    pub status: Option<CustomPlaybookCommandStatus>,
    /// Its errors.
    pub errors: Vec<String>,
}

/// A live-response command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "LiveResponseCommand"))]
#[non_exhaustive]
pub struct Command {
    /// The command's type; `type` on the wire.
    #[serde(rename = "type")]
    pub kind: Option<CustomPlaybookActionTypes>,
    /// Its parameters.
    pub params: Vec<CommandParameter>,
}

/// A parameter of a live-response command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct CommandParameter {
    /// Its name.
    pub key: Option<CustomPlaybookParams>,
    /// Its value.
    pub value: Option<String>,
}

impl Read for MachineAction {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            let (updated, documented) = (
                instant::take(fields, "lastUpdateDateTimeUtc"),
                instant::take(fields, "lastUpdateTimeUtc"),
            );
            Ok(Self {
                id: fields.take("id")?,
                kind: fields.take("type")?,
                status: fields.take("status")?,
                title: fields.optional("title"),
                scope: fields.optional("scope"),
                requestor: fields.optional("requestor"),
                requestor_comment: fields.optional("requestorComment"),
                external_id: fields.either("externalId", "externalID"),
                request_source: fields.optional("requestSource"),
                machine_id: fields.optional("machineId"),
                computer_dns_name: fields.optional("computerDnsName"),
                created: instant::take(fields, "creationDateTimeUtc"),
                updated: updated.or(documented),
                cancellation_requestor: fields.optional("cancellationRequestor"),
                cancellation_comment: fields.optional("cancellationComment"),
                cancelled: instant::take(fields, "cancellationDateTimeUtc"),
                error_hresult: fields.either("errorHResult", "errorResult"),
                related_file_info: fields.optional("relatedFileInfo"),
                commands: fields.optional("commands").unwrap_or_default(),
                troubleshoot_info: fields.optional("troubleshootInfo"),
            })
        })
    }
}

impl Read for RelatedFileInfo {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                file_identifier: fields.optional("fileIdentifier"),
                file_identifier_type: fields.optional("fileIdentifierType"),
            })
        })
    }
}

impl Read for CommandResult {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                index: fields.optional("index"),
                command: fields.optional("command"),
                started: instant::take(fields, "startTime"),
                ended: instant::take(fields, "endTime"),
                status: fields.optional("commandStatus"),
                errors: fields.optional("errors").unwrap_or_default(),
            })
        })
    }
}

impl Read for Command {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                kind: fields.optional("type"),
                params: fields.optional("params").unwrap_or_default(),
            })
        })
    }
}

impl Read for CommandParameter {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self { key: fields.optional("key"), value: fields.optional("value") })
        })
    }
}

deserialize!(MachineAction, RelatedFileInfo, CommandResult, Command, CommandParameter);
