//! Records: the facts that must survive a crash.

use serde::Serialize;
use time::OffsetDateTime;

use super::collection::download::MAX_STRUCK;
use super::handle::MAX_ROUND;
use super::{Adoption, Doubt, Intent, Machine, Stored};
use crate::json::{Fields, Json, Read, Wrong, deserialize};
use crate::wire::{ActionStatus, MachineAction};
use crate::{ActionId, Code, MachineId};

/// One durable fact about one collection. Contains no token, secret or link.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Record {
    /// The collection's name.
    pub collection: String,
    /// When it happened, by the caller's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// What happened.
    #[serde(flatten)]
    pub fact: Fact,
}

/// What happened to a collection.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Fact {
    /// The service has an action for it: our own or an adopted one.
    Accepted {
        /// The action.
        action: ActionId,
        /// Whose action it is.
        adoption: Adoption,
        /// When the service created it.
        #[serde(with = "time::serde::rfc3339::option")]
        created: Option<OffsetDateTime>,
        /// Its requestor, according to the service.
        requestor: Option<String>,
        /// Its comment, according to the service.
        requestor_comment: Option<String>,
        /// Its status.
        status: ActionStatus,
        /// The service's time at which it was accepted or adopted here.
        #[serde(with = "time::serde::rfc3339::option")]
        accepted: Option<OffsetDateTime>,
    },
    /// The collection began.
    Begun {
        /// The tenant.
        tenant: String,
        /// The API host.
        base: String,
        /// The device as the caller named it.
        device: String,
        /// The comment, without a marker.
        comment: String,
        /// The caller's key.
        key: Option<String>,
        /// How many times a collection was begun under this name, from 1: a rerun with the same key
        /// may ask for another one. A higher round starts over; the same round, as a continuing run
        /// records it, changes nothing.
        round: u32,
        /// The device as an earlier run knew it, so that it is not lost if this is the ledger's
        /// first record.
        machine: Option<Machine>,
        /// The request that an earlier run sent or was about to send.
        intent: Option<Intent>,
    },
    /// The request was given up without a clear reply.
    Doubted(Doubt),
    /// The collection ended in this outcome.
    Ended {
        /// The outcome's name.
        outcome: String,
        /// The error's code, if there is an error.
        code: Option<Code>,
        /// The service's id of the failed call.
        request_id: Option<String>,
    },
    /// The request is about to be sent.
    Intended(Intent),
    /// The action's status changed.
    Observed {
        /// The new status.
        status: ActionStatus,
    },
    /// The service definitely refused the request: nothing was started.
    Refused {
        /// The reason.
        code: Code,
        /// The service's id of the call.
        request_id: Option<String>,
    },
    /// An attempt to get the package failed.
    Struck {
        /// Consecutive failures so far.
        strikes: u32,
    },
    /// The device was found.
    Resolved {
        /// Its id.
        machine: MachineId,
        /// Its fully qualified name.
        name: Option<String>,
    },
    /// The package is in the output folder.
    Stored(Stored),
}

impl Fact {
    /// The fact that the service has this action for the collection.
    pub(super) fn accepted(
        action: &MachineAction,
        adoption: Adoption,
        accepted: Option<OffsetDateTime>,
    ) -> Self {
        Self::Accepted {
            action: action.id.clone(),
            adoption,
            created: action.created,
            requestor: action.requestor.clone(),
            requestor_comment: action.requestor_comment.clone(),
            status: action.status.clone(),
            accepted,
        }
    }
}

impl Read for Record {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            let (collection, at) = (fields.take("collection")?, fields.take("at")?);
            Ok(Self { collection, at, fact: fact(fields)? })
        })
    }
}

deserialize!(Record);

fn fact(fields: &mut Fields<'_>) -> Result<Fact, Wrong> {
    let name: String = fields.take("fact")?;
    Ok(match name.as_str() {
        "accepted" => Fact::Accepted {
            action: fields.take("action")?,
            adoption: fields.take("adoption")?,
            created: fields.optional("created"),
            requestor: fields.optional("requestor"),
            requestor_comment: fields.optional("requestor_comment"),
            status: fields.take("status")?,
            accepted: fields.optional("accepted"),
        },
        "begun" => Fact::Begun {
            tenant: fields.take("tenant")?,
            base: fields.take("base")?,
            device: fields.take("device")?,
            comment: fields.take("comment")?,
            key: fields.optional("key"),
            round: fields.take_within_or("round", FIRST..=MAX_ROUND, FIRST)?,
            machine: fields.optional("machine"),
            intent: fields.optional("intent"),
        },
        "doubted" => Fact::Doubted(Doubt::of(fields)?),
        "ended" => Fact::Ended {
            outcome: fields.take("outcome")?,
            code: fields.optional("code"),
            request_id: fields.optional("request_id"),
        },
        "intended" => Fact::Intended(Intent::of(fields)?),
        "observed" => Fact::Observed { status: fields.take("status")? },
        "refused" => {
            Fact::Refused { code: fields.take("code")?, request_id: fields.optional("request_id") }
        }
        "resolved" => {
            Fact::Resolved { machine: fields.take("machine")?, name: fields.optional("name") }
        }
        "stored" => Fact::Stored(Stored::of(fields)?),
        "struck" => Fact::Struck { strikes: fields.take_within("strikes", 0..=MAX_STRUCK)? },
        other => return Err(Wrong::unknown(other).at("fact")),
    })
}

/// The first round (also the default), the first attempt, and its first request.
pub(super) const FIRST: u32 = 1;
