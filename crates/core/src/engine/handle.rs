//! The folded records of one collection.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::collection::doubt::VISIBLE_WITHIN;
use super::{Fact, Marker, Options, Record, Stored};
use crate::wire::ActionStatus;
use crate::{ActionId, BaseUrl, Code, Comment, Device, Error, MachineId};

/// All that a later run needs to go on with a collection: no token, no secret, no link.
///
/// It travels through playbooks as JSON, so [`Handle::parse`] treats it as hostile input.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Handle {
    version: u32,
    collection: String,
    tenant: String,
    base: String,
    device: String,
    comment: String,
    key: Option<String>,
    #[serde(with = "time::serde::rfc3339")]
    begun: OffsetDateTime,
    machine: Option<Machine>,
    intent: Option<Intent>,
    doubt: Option<Doubt>,
    action: Option<Action>,
    package: Option<Stored>,
    ended: Option<Ended>,
}

impl Handle {
    /// A collection of which nothing is done yet; `collection` names it within its ledger.
    pub(super) fn begin(
        collection: String,
        options: &Options,
        device: &Device,
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
            begun: at,
            machine: None,
            intent: None,
            doubt: None,
            action: None,
            package: None,
            ended: None,
        }
    }

    /// Reads a handle that somebody kept, and checks that it belongs to this tenant and API host.
    ///
    /// Fails with `invalid_handle` if it is no handle of this version, is longer than 1 MiB or holds what no handle
    /// may hold, and with `handle_mismatch` if it names another tenant or host.
    pub fn parse(json: &str, tenant: &str, base: &BaseUrl) -> Result<Self, Error> {
        if json.len() > MAX_BYTES {
            return Err(Error::new(Code::InvalidHandle, "the handle is longer than 1 MiB"));
        }
        let version: Version = serde_json::from_str(json).map_err(|_| not_a_handle())?;
        if version.version != VERSION {
            return Err(Error::new(
                Code::InvalidHandle,
                format!(
                    "the handle is of version `{}`, and this program reads version `{VERSION}`",
                    version.version
                ),
            ));
        }
        let handle: Self =
            serde_json::from_str(json).map_err(|error| not_a_handle().with_source(error))?;
        handle.belongs_to(tenant, base)?;
        handle.check()?;
        Ok(handle)
    }

    /// Folds a ledger's records into handles, in the order in which the collections began.
    #[must_use]
    pub fn fold(records: impl IntoIterator<Item = Record>) -> Vec<Self> {
        let mut handles: Vec<Self> = Vec::new();
        let mut places = std::collections::BTreeMap::new();
        for record in records {
            if let Some(handle) =
                places.get(&record.collection).and_then(|at: &usize| handles.get_mut(*at))
            {
                handle.apply(&record);
            } else if let Some(handle) = Self::from_first(&record) {
                places.insert(record.collection, handles.len());
                handles.push(handle);
            }
        }
        handles
    }

    /// The handle as JSON, on one line.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// The collection's name within its ledger.
    #[must_use]
    pub fn collection(&self) -> &str {
        &self.collection
    }

    /// The device, in the caller's words.
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

    /// When the collection was begun, by the caller's clock.
    #[must_use]
    pub fn begun(&self) -> OffsetDateTime {
        self.begun
    }

    /// The device's id, once it was found.
    #[must_use]
    pub fn machine(&self) -> Option<&Machine> {
        self.machine.as_ref()
    }

    /// The action, once the service has one.
    #[must_use]
    pub fn action(&self) -> Option<&Action> {
        self.action.as_ref()
    }

    /// The package, once it lies in the output folder.
    #[must_use]
    pub fn package(&self) -> Option<&Stored> {
        self.package.as_ref()
    }

    /// The outcome's name, if it ended.
    #[must_use]
    pub fn ended(&self) -> Option<&str> {
        self.ended.as_ref().map(|ended| ended.outcome.as_str())
    }

    /// The request that was sent, or was about to be.
    #[must_use]
    pub fn intent(&self) -> Option<&Intent> {
        self.intent.as_ref()
    }

    /// Takes note of the status in which the service says that the action is now.
    pub fn observe(&mut self, status: &ActionStatus) {
        if let Some(action) = &mut self.action {
            action.status.clone_from(status);
        }
    }

    /// Whether something may be under way or ready at the service: a request whose answer is not known, an action that
    /// has not ended, or a package that was not stored.
    #[must_use]
    pub fn is_open(&self) -> bool {
        match &self.action {
            Some(action) if action.status == ActionStatus::Succeeded => self.package.is_none(),
            Some(action) => !action.status.is_terminal(),
            None => self.intent.is_some(),
        }
    }

    pub(super) fn doubt(&self) -> Option<&Doubt> {
        self.doubt.as_ref()
    }

    pub(super) fn begun_at(self, begun: OffsetDateTime) -> Self {
        Self { begun, ..self }
    }

    /// Another attempt under the same key.
    fn start_over(&mut self, at: OffsetDateTime) {
        self.begun = at;
        self.machine = None;
        self.intent = None;
        self.doubt = None;
        self.action = None;
        self.package = None;
        self.ended = None;
    }

    /// Forgets an action that is not what somebody has made of it.
    pub(super) fn forget_action(&mut self) {
        self.action = None;
        self.package = None;
    }

    /// Forgets a request that was never sent.
    pub(super) fn forget_intent(&mut self) {
        self.intent = None;
        self.doubt = None;
    }

    /// Takes over what another collection of the same machine came to.
    pub(super) fn take_over(&mut self, other: &Self) {
        self.machine.clone_from(&other.machine);
        self.intent.clone_from(&other.intent);
        self.doubt = other.doubt;
        self.action.clone_from(&other.action);
        self.package.clone_from(&other.package);
    }

    /// The records that fold into this handle, for a ledger that may not know it.
    pub(super) fn records(&self) -> Vec<Record> {
        let mut records = self.records_of_request();
        let record = |fact| Record { collection: self.collection.clone(), at: self.begun, fact };
        if let Some(Action { id, adoption, created, requestor, requestor_comment, status }) =
            self.action.clone()
        {
            records.push(record(Fact::Accepted {
                action: id,
                adoption,
                created,
                requestor,
                requestor_comment,
                status,
            }));
        }
        if let Some(Stored { name, size, sha256, verdict }) = self.package.clone() {
            records.push(record(Fact::Stored { name, size, sha256, verdict }));
        }
        records
    }

    /// The same without the action and what came of it, for a handle whose action is not confirmed yet.
    pub(super) fn records_of_request(&self) -> Vec<Record> {
        let mut facts = vec![Fact::Begun {
            tenant: self.tenant.clone(),
            base: self.base.clone(),
            device: self.device.clone(),
            comment: self.comment.clone(),
            key: self.key.clone(),
        }];
        if let Some(Machine { id, name }) = self.machine.clone() {
            facts.push(Fact::Resolved { machine: id, name });
        }
        facts.extend(self.request());
        let record = |fact| Record { collection: self.collection.clone(), at: self.begun, fact };
        facts.into_iter().map(record).collect()
    }

    /// The facts of the request, if one was about to be sent.
    pub(super) fn request(&self) -> Vec<Fact> {
        let intended = self.intent.clone().map(|Intent { marker, attempt, post, t0, before }| {
            Fact::Intended { marker, attempt, post, t0, before }
        });
        let doubted = self.doubt.map(|Doubt { since, code }| Fact::Doubted { since, code });
        intended.into_iter().chain(doubted).collect()
    }

    /// Whether a request of which nothing is known can still show at the service.
    pub(super) fn may_yet_show(&self, service_now: OffsetDateTime) -> bool {
        // Without a doubt on record the program died while it waited for the answer.
        let given_up = self.doubt.map(|doubt| doubt.since).or_else(|| {
            self.intent.as_ref().map(|intent| intent.t0.saturating_add(ANSWERED_WITHIN))
        });
        given_up.is_some_and(|given_up| service_now - given_up < VISIBLE_WITHIN)
    }

    pub(super) fn apply(&mut self, record: &Record) {
        self.ended = None;
        match &record.fact {
            Fact::Accepted { action, adoption, created, requestor, requestor_comment, status } => {
                self.doubt = None;
                self.action = Some(Action {
                    id: action.clone(),
                    adoption: *adoption,
                    created: *created,
                    requestor: requestor.clone(),
                    requestor_comment: requestor_comment.clone(),
                    status: status.clone(),
                });
            }
            // A resumed collection is written down again, and a crash in the midst of that must lose nothing.
            Fact::Begun { .. } if record.at > self.begun => self.start_over(record.at),
            Fact::Begun { .. } => {}
            Fact::Doubted { since, code } => {
                self.doubt = Some(Doubt { since: *since, code: *code });
            }
            Fact::Ended { outcome, code } => {
                self.ended = Some(Ended { outcome: outcome.clone(), code: *code });
            }
            Fact::Intended { marker, attempt, post, t0, before } => {
                self.doubt = None;
                self.intent = Some(Intent {
                    marker: marker.clone(),
                    attempt: *attempt,
                    post: *post,
                    t0: *t0,
                    before: before.clone(),
                });
            }
            Fact::Observed { status } => {
                if let Some(action) = &mut self.action {
                    action.status = status.clone();
                }
            }
            Fact::Refused { .. } => {
                self.intent = None;
                self.doubt = None;
            }
            Fact::Resolved { machine, name } => {
                self.machine = Some(Machine { id: machine.clone(), name: name.clone() });
            }
            Fact::Stored { name, size, sha256, verdict } => {
                let (name, sha256) = (name.clone(), sha256.clone());
                self.package = Some(Stored { name, size: *size, sha256, verdict: *verdict });
            }
        }
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
                "the handle belongs to {what} `{}`, and this run to `{ours}`",
                theirs.escape_debug()
            ),
        ))
    }

    /// Whether a run that asked for a collection found none in the end, in all the time in which it must have shown.
    pub(super) fn was_given_up(&self) -> bool {
        let code = self.ended.as_ref().and_then(|ended| ended.code);
        matches!(code, Some(Code::AlreadyRunning | Code::CollectionUncertain))
    }

    fn from_first(record: &Record) -> Option<Self> {
        let Fact::Begun { tenant, base, device, comment, key } = &record.fact else {
            return None;
        };
        Some(Self {
            version: VERSION,
            collection: record.collection.clone(),
            tenant: tenant.clone(),
            base: base.clone(),
            device: device.clone(),
            comment: comment.clone(),
            key: key.clone(),
            begun: record.at,
            machine: None,
            intent: None,
            doubt: None,
            action: None,
            package: None,
            ended: None,
        })
    }

    fn check(&self) -> Result<(), Error> {
        Device::parse(&self.device)
            .and(Comment::parse(&self.comment))
            .map_err(|error| not_a_handle().with_source(error))?;
        Marker::parse(&self.collection).map_err(|error| not_a_handle().with_source(error))?;
        let long = self.key.as_ref().is_some_and(|key| key.len() > MAX_NAME)
            || self.intent.as_ref().is_some_and(|intent| intent.before.len() > MAX_BEFORE);
        let headless = self.machine.is_none() && (self.intent.is_some() || self.action.is_some());
        if long || headless { Err(not_a_handle()) } else { Ok(()) }
    }
}

/// The device that a handle is about.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Machine {
    /// Its id.
    pub id: MachineId,
    /// Its full name.
    pub name: Option<String>,
}

/// A request that was sent, or was about to be.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Intent {
    /// The marker it carries.
    pub marker: Marker,
    /// Which attempt under the caller's key it belongs to, from 1.
    pub attempt: u32,
    /// Which request of this attempt it is, from 1.
    pub post: u32,
    /// The service's time just before it was sent (T0).
    #[serde(with = "time::serde::rfc3339")]
    pub t0: OffsetDateTime,
    /// The device's collect actions that existed already and that T0 alone would not rule out (B).
    pub before: Vec<ActionId>,
}

/// A request that was given up without an answer.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Doubt {
    #[serde(with = "time::serde::rfc3339")]
    pub(super) since: OffsetDateTime,
    pub(super) code: Code,
}

/// The machine action that a handle is about.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Action {
    /// Its id.
    pub id: ActionId,
    /// Whose it is.
    pub adoption: Adoption,
    /// When the service created it.
    #[serde(with = "time::serde::rfc3339::option")]
    pub created: Option<OffsetDateTime>,
    /// Who asked for it, as the service says.
    pub requestor: Option<String>,
    /// Its comment, as the service says.
    pub requestor_comment: Option<String>,
    /// The status that was seen last.
    pub status: ActionStatus,
}

/// Whose action was collected.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Adoption {
    /// Somebody else asked for it, and this run took it over.
    Foreign,
    /// This collection asked for it.
    Own,
    /// It may be ours or somebody else's; the service does not say.
    Uncertain,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
struct Ended {
    outcome: String,
    code: Option<Code>,
}

#[derive(Deserialize)]
struct Version {
    version: u32,
}

fn not_a_handle() -> Error {
    Error::new(Code::InvalidHandle, "this is no handle of a collection, or it was edited")
}

/// From T0 to the last moment at which a program can have waited for the answer, records and all.
const ANSWERED_WITHIN: time::Duration = time::Duration::minutes(7);
const VERSION: u32 = 1;
const MAX_BYTES: usize = 1 << 20;
const MAX_NAME: usize = 256;
/// More collect actions of one device than anybody starts within a few minutes.
pub(super) const MAX_BEFORE: usize = 1_000;
