//! The handle: the folded records of one collection.

mod fold;
mod markers;
mod parts;

use serde::Serialize;
use time::OffsetDateTime;

pub(super) use self::parts::Ended;
pub use self::parts::{Action, Adoption, Doubt, Intent, Machine};
use super::collection::doubt::VISIBLE_WITHIN;
use super::collection::download::MAX_STRUCK;
use super::options::MAX_KEY;
use super::record::FIRST;
use super::{AskedBy, Fact, Marker, Options, Outcome, Record, Stored};
use crate::json::{self, Fields, Json, Read, Wrong, deserialize};
use crate::wire::{ActionStatus, MachineAction};
use crate::{BaseUrl, Code, Comment, Device, Error};

/// Everything that a later run needs to continue a collection; contains no token, secret or link.
///
/// It travels through playbooks as JSON, so [`Handle::parse`] treats it as hostile input.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Handle {
    version: u32,
    collection: String,
    tenant: String,
    base: String,
    device: String,
    comment: String,
    key: Option<String>,
    round: u32,
    #[serde(with = "time::serde::rfc3339")]
    begun: OffsetDateTime,
    machine: Option<Machine>,
    intent: Option<Intent>,
    doubt: Option<Doubt>,
    action: Option<Action>,
    package: Option<Stored>,
    /// Consecutive failed attempts to get the package.
    strikes: u32,
    ended: Option<Ended>,
}

impl Handle {
    /// A new collection; `collection` is its name in the ledger.
    pub(super) fn begin(
        collection: String,
        options: &Options,
        device: &Device,
        round: u32,
        at: OffsetDateTime,
    ) -> Self {
        Self {
            version: VERSION,
            collection,
            tenant: options.tenant.clone(),
            base: options.base.as_str().to_owned(),
            device: device.to_string(),
            comment: options.comment.as_str().to_owned(),
            key: options.key.clone(),
            round,
            begun: at,
            machine: None,
            intent: None,
            doubt: None,
            action: None,
            package: None,
            strikes: 0,
            ended: None,
        }
    }

    /// Parses a stored handle and checks that it belongs to this tenant and API host.
    ///
    /// Fails with `invalid_handle` if it is not a handle of this version, is longer than 1 MiB or
    /// has invalid content, and with `handle_mismatch` if it names another tenant or host.
    pub fn parse(json: &str, tenant: &str, base: &BaseUrl) -> Result<Self, Error> {
        if json.len() > MAX_BYTES {
            return Err(Error::new(Code::InvalidHandle, "the handle is longer than 1 MiB"));
        }
        let Version(version) = json::parse(json.as_bytes()).map_err(|_| not_a_handle())?;
        if version != VERSION {
            return Err(Error::new(
                Code::InvalidHandle,
                format!(
                    "the handle is of version `{version}`, and this program reads version `{VERSION}`"
                ),
            ));
        }
        let handle: Self =
            json::parse(json.as_bytes()).map_err(|error| not_a_handle().with_source(error))?;
        handle.belongs_to(tenant, base)?;
        handle.check()?;
        Ok(handle)
    }

    /// Parses a ledger's handles as [`parse`](Self::parse) does. Handles of another tenant or API
    /// host, which the same folder may have, are left out.
    ///
    /// Fails with `invalid_handle`.
    pub fn parse_known<T: AsRef<str>>(
        known: impl IntoIterator<Item = T>,
        tenant: &str,
        base: &BaseUrl,
    ) -> Result<Vec<Self>, Error> {
        let parsed = known.into_iter().map(|json| Self::parse(json.as_ref(), tenant, base));
        parsed
            .filter(|it| !matches!(it, Err(error) if error.code() == Code::HandleMismatch))
            .collect()
    }

    /// The handle as JSON on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        json::text(self)
    }

    /// The collection's name in its ledger.
    #[must_use]
    pub fn collection(&self) -> &str {
        &self.collection
    }

    /// The device as the caller named it.
    #[must_use]
    pub fn device(&self) -> &str {
        &self.device
    }

    /// The comment, without a marker.
    #[must_use]
    pub fn comment(&self) -> &str {
        &self.comment
    }

    /// The caller's key.
    #[must_use]
    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }

    /// The tenant.
    #[must_use]
    pub fn tenant(&self) -> &str {
        &self.tenant
    }

    /// When the collection began, by the caller's clock.
    #[must_use]
    pub fn begun(&self) -> OffsetDateTime {
        self.begun
    }

    /// The device, once it was found.
    #[must_use]
    pub fn machine(&self) -> Option<&Machine> {
        self.machine.as_ref()
    }

    /// The action, once the service has one.
    #[must_use]
    pub fn action(&self) -> Option<&Action> {
        self.action.as_ref()
    }

    /// The package, once it is in the output folder.
    #[must_use]
    pub fn package(&self) -> Option<&Stored> {
        self.package.as_ref()
    }

    /// The outcome's name, if the collection has ended.
    #[must_use]
    pub fn ended(&self) -> Option<&str> {
        self.ended.as_ref().map(|ended| ended.outcome.as_str())
    }

    /// The request that was sent or was about to be sent.
    #[must_use]
    pub fn intent(&self) -> Option<&Intent> {
        self.intent.as_ref()
    }

    /// The service's time of the request, as exactly as it is known: the creation of its action, or
    /// else T0.
    #[must_use]
    pub fn asked_at(&self) -> Option<OffsetDateTime> {
        let created = self.action.as_ref().and_then(|action| action.created);
        created.or_else(|| self.intent.as_ref().map(|intent| intent.t0))
    }

    /// When the service was asked, or when that was begun if it is not known; `None` if it was not asked.
    pub(super) fn asked_since(&self) -> Option<OffsetDateTime> {
        self.asked_at().or_else(|| self.action.as_ref().map(|_| self.begun))
    }

    /// Updates the action's status with the service's.
    pub fn observe(&mut self, status: &ActionStatus) {
        if let Some(action) = &mut self.action {
            action.status.clone_from(status);
        }
    }

    /// The record of an action's new status, for an action that was read outside the engine; `None`
    /// if this collection does not wait for the action. `at` is the caller's time.
    #[must_use]
    pub fn status_record(&self, action: &MachineAction, at: OffsetDateTime) -> Option<Record> {
        let known = self.action.as_ref()?;
        let is_awaited = known.id == action.id && !known.status.is_terminal();
        is_awaited.then(|| Record {
            collection: self.collection.clone(),
            at,
            fact: Fact::Observed { status: action.status.clone() },
        })
    }

    /// Whether something may be in progress or ready at the service: a request without a known
    /// result, an action that has not ended, or a package that was not stored.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match &self.action {
            Some(action) if action.status == ActionStatus::Succeeded => self.package.is_none(),
            Some(action) => !action.status.is_terminal(),
            None => self.intent.is_some(),
        }
    }

    /// How many times a collection was begun under this name, including this one.
    pub(super) fn round(&self) -> u32 {
        self.round
    }

    /// The round of a collection that begins now.
    pub(super) fn next_round(&self) -> u32 {
        self.round.saturating_add(1).min(MAX_ROUND)
    }

    /// Consecutive failed attempts to get the package.
    pub(super) fn strikes(&self) -> u32 {
        self.strikes
    }

    pub(super) fn doubt(&self) -> Option<&Doubt> {
        self.doubt.as_ref()
    }

    /// Starts over after the round of another state of this collection.
    pub(super) fn start_over(&mut self, other: &Self) {
        self.round = other.next_round();
    }

    /// The same handle with another state's beginning and round.
    pub(super) fn begun_as(self, other: &Self) -> Self {
        Self { begun: other.begun, round: other.round, ..self }
    }

    /// Resets the failure count after an end that was reported: a run that continues then should
    /// try again.
    pub(super) fn forgive(&mut self) {
        if self.ended().is_some_and(|outcome| outcome != Outcome::Stopped.name()) {
            self.strikes = 0;
        }
    }

    /// Drops an action that does not match the handle.
    pub(super) fn forget_action(&mut self) {
        self.action = None;
        self.package = None;
    }

    /// Takes over the result of another collection of the same machine.
    pub(super) fn take_over(&mut self, other: &Self) {
        self.machine.clone_from(&other.machine);
        self.intent.clone_from(&other.intent);
        self.doubt.clone_from(&other.doubt);
        self.action.clone_from(&other.action);
        self.package.clone_from(&other.package);
    }

    /// Whether the action of a request without a known result may still become visible.
    pub(super) fn may_yet_show(&self, service_now: OffsetDateTime) -> bool {
        // Without a recorded doubt, the program died while it waited for the reply.
        let given_up = self.doubt.as_ref().map(|doubt| doubt.since).or_else(|| {
            self.intent.as_ref().map(|intent| intent.t0.saturating_add(ANSWERED_WITHIN))
        });
        given_up.is_some_and(|given_up| service_now - given_up < VISIBLE_WITHIN)
    }

    pub(super) fn belongs_to(&self, tenant: &str, base: &BaseUrl) -> Result<(), Error> {
        let (what, theirs, ours) = if !self.tenant.eq_ignore_ascii_case(tenant) {
            ("tenant", self.tenant.as_str(), tenant)
        } else if self.base == base.as_str() {
            return Ok(());
        } else {
            ("API host", self.base.as_str(), base.as_str())
        };
        Err(Error::new(
            Code::HandleMismatch,
            format!(
                "the collection belongs to {what} `{}`, and this run to `{ours}`",
                theirs.escape_debug()
            ),
        ))
    }

    /// Whether a run that requested a collection finally gave it up, after the time in which it
    /// must have become visible.
    pub(super) fn was_given_up(&self) -> bool {
        let code = self.ended.as_ref().and_then(|ended| ended.code);
        matches!(code, Some(Code::AlreadyRunning | Code::CollectionUncertain))
    }

    fn check(&self) -> Result<(), Error> {
        Device::parse(&self.device)
            .and(Comment::parse(&self.comment))
            .map_err(|error| not_a_handle().with_source(error))?;
        Marker::parse(&self.collection).map_err(|error| not_a_handle().with_source(error))?;
        let long = self.key.as_ref().is_some_and(|key| key.len() > MAX_KEY)
            || self.intent.as_ref().is_some_and(|intent| {
                let AskedBy { application, user, tenant } = &intent.asked_by;
                let is_long =
                    |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > MAX_NAME);
                intent.before.len() > MAX_BEFORE
                    || [application, user, tenant].into_iter().any(is_long)
            });
        let headless = self.machine.is_none() && (self.intent.is_some() || self.action.is_some());
        if long || headless { Err(not_a_handle()) } else { Ok(()) }
    }
}

impl Read for Handle {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read_all(json, |fields| {
            Ok(Self {
                version: fields.take("version")?,
                collection: fields.take("collection")?,
                tenant: fields.take("tenant")?,
                base: fields.take("base")?,
                device: fields.take("device")?,
                comment: fields.take("comment")?,
                key: fields.optional("key"),
                round: fields.take_within_or("round", FIRST..=MAX_ROUND, FIRST)?,
                begun: fields.take("begun")?,
                machine: fields.optional("machine"),
                intent: fields.optional("intent"),
                doubt: fields.optional("doubt"),
                action: fields.optional("action"),
                package: fields.optional("package"),
                strikes: fields.take_within_or("strikes", 0..=MAX_STRUCK, 0)?,
                ended: fields.optional("ended"),
            })
        })
    }
}

deserialize!(Handle);

/// The version field alone, since the rest may be of another version.
struct Version(u32);

impl Read for Version {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| fields.take("version").map(Self))
    }
}

fn not_a_handle() -> Error {
    Error::new(Code::InvalidHandle, "this is no handle of a collection, or it was edited")
}

/// The longest time from T0 to the last moment at which a program can have waited for the reply,
/// including its records.
const ANSWERED_WITHIN: time::Duration = time::Duration::minutes(7);
const VERSION: u32 = 1;
const MAX_BYTES: usize = 1 << 20;
const MAX_NAME: usize = 256;
/// An upper bound for rounds, and so for attempts, under one key: each but the last has failed at
/// the service, and at one per minute it would take two years.
pub(super) const MAX_ROUND: u32 = 1_000_000;
/// An upper bound for the collect actions of one device within a few minutes.
pub(super) const MAX_BEFORE: usize = 1_000;
