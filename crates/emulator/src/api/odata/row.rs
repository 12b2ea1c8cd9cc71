//! What can be filtered and sorted by.

use std::borrow::Cow;
use std::cmp::Ordering;

use time::OffsetDateTime;

use crate::world::{Action, EXPOSURE, HEALTH, Machine, ONBOARDING};

/// A field that a filter may name.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Guid,
    /// One of these names.
    Member(&'static [&'static str]),
    Number,
    Tags,
    Text,
    Time,
}

/// What a row holds in a field.
#[derive(Debug)]
pub(crate) enum Value<'a> {
    Null,
    Number(i64),
    Tags(&'a [String]),
    Text(Cow<'a, str>),
    Time(OffsetDateTime),
}

/// Something that can be filtered and sorted.
pub(crate) trait Row {
    fn value(&self, field: &Field, now: OffsetDateTime) -> Value<'_>;
}

impl Value<'_> {
    pub(super) fn order(&self, other: &Value<'_>) -> Ordering {
        match (self, other) {
            (Self::Number(one), Value::Number(other)) => one.cmp(other),
            (Self::Text(one), Value::Text(other)) => one.cmp(other),
            (Self::Time(one), Value::Time(other)) => one.cmp(other),
            (Self::Null, Value::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Less,
            (_, Value::Null) => Ordering::Greater,
            _ => Ordering::Equal,
        }
    }
}

impl Row for Machine {
    fn value(&self, field: &Field, _now: OffsetDateTime) -> Value<'_> {
        match field.name {
            "id" => text(&self.id),
            "computerDnsName" => text(&self.name),
            "version" => self.version.as_deref().map_or(Value::Null, text),
            "osPlatform" => text(&self.os),
            "aadDeviceId" => text(&self.aad_device_id),
            "machineTags" => Value::Tags(&self.tags),
            "lastSeen" => Value::Time(self.last_seen),
            "exposureLevel" => text(self.exposure),
            "onboardingStatus" => text(self.onboarding),
            "healthStatus" => text(self.health),
            "deviceValue" => text("Normal"),
            "riskScore" => text("None"),
            "rbacGroupId" => Value::Number(0),
            "lastIpAddress" => Value::Text(self.ip.to_string().into()),
            _ => Value::Null,
        }
    }
}

impl Row for Action {
    fn value(&self, field: &Field, now: OffsetDateTime) -> Value<'_> {
        match field.name {
            "id" => text(&self.id),
            "status" => text(self.status(now).name()),
            "machineId" => text(&self.machine_id),
            "type" => text(&self.kind),
            "requestor" => self.actor.requestor.as_deref().map_or(Value::Null, text),
            "creationDateTimeUtc" => Value::Time(self.created),
            _ => Value::Null,
        }
    }
}

fn text(text: &str) -> Value<'_> {
    Value::Text(text.into())
}

const fn field(name: &'static str, kind: Kind) -> Field {
    Field { name, kind }
}

/// What machines can be filtered by (Microsoft Learn, "List machines API").
pub(crate) const MACHINES: &[Field] = &[
    field("aadDeviceId", Kind::Guid),
    field("computerDnsName", Kind::Text),
    field("deviceValue", Kind::Member(&["Normal", "Low", "High"])),
    field("exposureLevel", Kind::Member(EXPOSURE)),
    field("healthStatus", Kind::Member(HEALTH)),
    field("id", Kind::Text),
    field("lastIpAddress", Kind::Text),
    field("lastSeen", Kind::Time),
    field("machineTags", Kind::Tags),
    field("onboardingStatus", Kind::Member(ONBOARDING)),
    field("osPlatform", Kind::Text),
    field("rbacGroupId", Kind::Number),
    field("riskScore", Kind::Member(&["None", "Informational", "Low", "Medium", "High"])),
    field("version", Kind::Text),
];

/// What machine actions can be filtered by (Microsoft Learn, "List machine actions API").
pub(crate) const ACTIONS: &[Field] = &[
    field("creationDateTimeUtc", Kind::Time),
    field("id", Kind::Guid),
    field("machineId", Kind::Text),
    field("requestor", Kind::Text),
    field(
        "status",
        Kind::Member(&["Pending", "Cancelled", "TimeOut", "Failed", "InProgress", "Succeeded"]),
    ),
    field("type", Kind::Member(TYPES)),
];

/// `actionType` of the service's `$metadata`.
const TYPES: &[&str] = &[
    "Unknown",
    "RequestSample",
    "Block",
    "RunAntiVirusScan",
    "Offboard",
    "RegenerateId",
    "CollectInvestigationPackage",
    "Isolate",
    "Unisolate",
    "StopAndQuarantineFile",
    "RestrictCodeExecution",
    "UnrestrictCodeExecution",
    "LiveResponse",
    "Troubleshoot",
    "LogsCollection",
    "TokenRefresh",
    "EndpointConfigManagementCheckin",
    "EnableActiveDirectoryUser",
    "DisableActiveDirectoryUser",
    "ResetPasswordActiveDirectoryUser",
    "ImmuneActiveDirectoryCustomPlaybook",
];
