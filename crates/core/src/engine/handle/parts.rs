//! The parts of a handle.

use serde::Serialize;
use time::OffsetDateTime;

use super::MAX_ROUND;
use crate::engine::collection::doubt::MAX_POSTS;
use crate::engine::record::FIRST;
use crate::engine::{AskedBy, Marker};
use crate::json::{Fields, Json, Read, Wrong, deserialize, read_word};
use crate::wire::ActionStatus;
use crate::{ActionId, Code, MachineId};

/// The device of a handle.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "MachineOfHandle"))]
#[non_exhaustive]
pub struct Machine {
    /// Its id.
    pub id: MachineId,
    /// Its fully qualified name.
    pub name: Option<String>,
}

/// A request that was sent or was about to be sent.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Intent {
    /// Its marker.
    pub marker: Marker,
    /// The number of the attempt under the caller's key, from 1.
    pub attempt: u32,
    /// The number of the request within the attempt, from 1.
    pub post: u32,
    /// The service's time just before it was sent (T0).
    #[serde(with = "time::serde::rfc3339")]
    pub t0: OffsetDateTime,
    /// The device's collect actions that already existed and that T0 alone would not rule out (B).
    pub before: Vec<ActionId>,
    /// The identity whose token made the request.
    pub asked_by: AskedBy,
}

/// A request that was given up without a clear reply.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Doubt {
    /// The service's time at which it was given up.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// The reason.
    pub code: Code,
    /// The service's id of the call, if it replied.
    pub request_id: Option<String>,
}

/// The machine action of a handle.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "ActionOfHandle"))]
#[non_exhaustive]
pub struct Action {
    /// Its id.
    pub id: ActionId,
    /// Whose action it is.
    pub adoption: Adoption,
    /// When the service created it.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub created: Option<OffsetDateTime>,
    /// Its requestor, according to the service.
    pub requestor: Option<String>,
    /// Its comment, according to the service.
    pub requestor_comment: Option<String>,
    /// The last status seen.
    pub status: ActionStatus,
    /// The service's time at which it was accepted or adopted here.
    #[serde(with = "time::serde::rfc3339::option")]
    #[cfg_attr(feature = "typescript", ts(as = "Option<String>"))]
    pub accepted: Option<OffsetDateTime>,
}

/// Whose action was collected.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Adoption {
    /// Someone else requested it, and this run adopted it.
    Foreign,
    /// This collection requested it.
    Own,
    /// It may be ours or someone else's; the service does not say.
    Uncertain,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in crate::engine) struct Ended {
    pub(super) outcome: String,
    pub(super) code: Option<Code>,
}

impl Read for Machine {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read_all(json, |fields| {
            Ok(Self { id: fields.take("id")?, name: fields.optional("name") })
        })
    }
}

impl Intent {
    pub(in crate::engine) fn of(fields: &mut Fields<'_>) -> Result<Self, Wrong> {
        Ok(Self {
            marker: fields.take("marker")?,
            attempt: fields.take_within("attempt", FIRST..=MAX_ROUND)?,
            post: fields.take_within("post", FIRST..=MAX_POSTS)?,
            t0: fields.take("t0")?,
            before: fields.take("before")?,
            asked_by: fields.take_or("asked_by", AskedBy::default())?,
        })
    }
}

impl Read for Intent {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read_all(json, Self::of)
    }
}

impl Doubt {
    pub(in crate::engine) fn of(fields: &mut Fields<'_>) -> Result<Self, Wrong> {
        Ok(Self {
            since: fields.take("since")?,
            code: fields.take("code")?,
            request_id: fields.optional("request_id"),
        })
    }
}

impl Read for Doubt {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read_all(json, Self::of)
    }
}

impl Read for Action {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read_all(json, |fields| {
            Ok(Self {
                id: fields.take("id")?,
                adoption: fields.take("adoption")?,
                created: fields.optional("created"),
                requestor: fields.optional("requestor"),
                requestor_comment: fields.optional("requestor_comment"),
                status: fields.take("status")?,
                accepted: fields.optional("accepted"),
            })
        })
    }
}

impl Read for Ended {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read_all(json, |fields| {
            Ok(Self { outcome: fields.take("outcome")?, code: fields.optional("code") })
        })
    }
}

read_word!(Adoption { Foreign = "foreign", Own = "own", Uncertain = "uncertain" });

deserialize!(Machine, Intent, Doubt, Action, Ended);
