//! Control of machine actions.

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::Handle;
use super::devices::no_device;
use crate::Error;
use crate::text::{hex, seconds};
use crate::world::{Action, Actor, Cancellation, Status};

/// The state of a machine action, and what will happen to it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct ActionState {
    /// Its id.
    pub id: String,
    /// Its type.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its status.
    pub status: Status,
    /// The id of its device.
    pub machine_id: String,
    /// The name of its device.
    pub device: String,
    /// Who started it.
    pub requestor: Option<String>,
    /// How it was started: `PublicApi` or `Portal`.
    pub source: &'static str,
    /// The comment it was started with.
    pub comment: Option<String>,
    /// The stored `ExternalId`.
    pub external_id: Option<String>,
    /// When it was started.
    #[serde(with = "time::serde::rfc3339")]
    pub created: OffsetDateTime,
    /// When it reached its status.
    #[serde(with = "time::serde::rfc3339")]
    pub updated: OffsetDateTime,
    /// Its future changes of status, with the seconds from now.
    pub ahead: Vec<Transition>,
}

/// A change of an action's status.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Transition {
    /// The new status.
    pub status: Status,
    /// When it happens, in seconds from now; 0 is immediately.
    #[serde(default, rename = "in")]
    pub after: f64,
}

impl Transition {
    /// A change to `status`, in `after` seconds.
    #[must_use]
    pub fn new(status: Status, after: f64) -> Self {
        Self { status, after }
    }
}

/// A collection that somebody else starts.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct NewCollection {
    /// The device's id or name.
    pub device: String,
    /// The requestor.
    #[serde(default = "somebody")]
    pub by: String,
    /// The comment.
    #[serde(default)]
    pub comment: String,
    /// The `ExternalId`.
    #[serde(default)]
    pub external_id: Option<String>,
}

impl NewCollection {
    /// A collection on this device, started by an analyst.
    #[must_use]
    pub fn new(device: impl Into<String>) -> Self {
        Self { device: device.into(), by: somebody(), comment: String::new(), external_id: None }
    }
}

/// The length and hash of a package, to check a download against.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PackageDigest {
    /// The length in bytes.
    pub length: u64,
    /// The SHA-256 in lower-case hexadecimal digits.
    pub sha256: String,
    /// The `ETag`.
    pub etag: String,
}

impl Handle {
    /// All actions, newest first.
    #[must_use]
    pub fn actions(&self) -> Vec<ActionState> {
        let now = self.now();
        let world = self.shared.world();
        world.actions.newest_first().into_iter().map(|it| ActionState::of(it, now)).collect()
    }

    /// The action with this id. Fails with [`Error::Missing`] if there is none.
    pub fn action(&self, id: &str) -> Result<ActionState, Error> {
        let now = self.now();
        let world = self.shared.world();
        world.actions.by_id(id).map(|it| ActionState::of(it, now)).ok_or_else(|| no_action(id))
    }

    /// Makes an action go through these changes of status, in place of those that were ahead of it.
    /// Returns the action.
    ///
    /// Fails with [`Error::Missing`] if there is no such action, or with [`Error::Invalid`] for
    /// more than a hundred changes.
    pub fn transition(&self, id: &str, way: &[Transition]) -> Result<ActionState, Error> {
        if way.len() > LONGEST_WAY {
            let text = format!("a way of {} steps is too long; at most {LONGEST_WAY}", way.len());
            return Err(Error::Invalid(text));
        }
        let now = self.now();
        let mut world = self.shared.world();
        let action = world.actions.by_id_mut(id).ok_or_else(|| no_action(id))?;
        action.forget_what_is_ahead(now);
        for step in way {
            action.turn(now.saturating_add(seconds(step.after.max(0.0))), step.status);
        }
        Ok(ActionState::of(action, now))
    }

    /// Starts a collection on behalf of somebody else, even if the device is busy. Returns the
    /// action.
    ///
    /// Fails with [`Error::Missing`] if there is no such device.
    pub fn start_collection(&self, new: &NewCollection) -> Result<ActionState, Error> {
        let now = self.now();
        let mut world = self.shared.world();
        let machine = world.devices.find(&new.device).cloned();
        let machine = machine.ok_or_else(|| no_device(&new.device))?;
        let actor = Actor::portal(&new.by);
        let mut action = Action::collection(&mut world.random, &machine, actor, now);
        action.comment = Some(new.comment.clone());
        action.external_id.clone_from(&new.external_id);
        let state = ActionState::of(&action, now);
        world.actions.add(action);
        Ok(state)
    }

    /// Cancels an action on behalf of somebody else, and returns it.
    ///
    /// Fails with [`Error::Missing`] if there is no such action, or with [`Error::Invalid`] if it
    /// has ended.
    pub fn cancel(&self, id: &str, by: &str, comment: &str) -> Result<ActionState, Error> {
        let now = self.now();
        let mut world = self.shared.world();
        let action = world.actions.by_id_mut(id).ok_or_else(|| no_action(id))?;
        if action.status(now).is_terminal() {
            return Err(Error::Invalid(format!(
                "the action `{id}` is over and cannot be cancelled"
            )));
        }
        action.cancel(Cancellation {
            requestor: Some(by.to_owned()),
            comment: Some(comment.to_owned()),
            time: now,
        });
        Ok(ActionState::of(action, now))
    }

    /// The length and hash of an action's current package. The whole package is generated for it,
    /// which takes a while for a large one.
    ///
    /// Fails with [`Error::Missing`] if there is no such action.
    pub fn package(&self, id: &str) -> Result<PackageDigest, Error> {
        let now = self.now();
        let spec = {
            let world = self.shared.world();
            world.actions.by_id(id).ok_or_else(|| no_action(id))?.package(now)
        };
        let package = self.shared.packages().of(&spec);
        let mut hash = Sha256::new();
        let mut chunk = vec![0; 1 << 16];
        let mut length = 0;
        loop {
            let read = package.read_at(length, &mut chunk);
            let Some(bytes) = chunk.get(..read).filter(|bytes| !bytes.is_empty()) else { break };
            hash.update(bytes);
            length += bytes.len() as u64;
        }
        let sha256 = hex(&hash.finalize());
        Ok(PackageDigest { length, sha256, etag: package.etag() })
    }
}

impl ActionState {
    fn of(action: &Action, now: OffsetDateTime) -> Self {
        let ahead = action
            .ahead(now)
            .map(|(time, status)| Transition { status, after: (time - now).as_seconds_f64() });
        Self {
            id: action.id.clone(),
            kind: action.kind.clone(),
            status: action.status(now),
            machine_id: action.machine_id.clone(),
            device: action.computer_dns_name.clone(),
            requestor: action.actor.requestor.clone(),
            source: action.actor.source,
            comment: action.comment.clone(),
            external_id: action.external_id.clone(),
            created: action.created,
            updated: action.updated(now),
            ahead: ahead.collect(),
        }
    }
}

/// Each step looks at all before it.
const LONGEST_WAY: usize = 100;

fn no_action(id: &str) -> Error {
    Error::Missing(format!("there is no action `{id}`"))
}

fn somebody() -> String {
    "analyst@contoso.com".to_owned()
}
