//! Folds records into a handle, and turns a handle into records.

use super::{Action, Ended, Handle, Intent, Machine, VERSION};
use crate::engine::{Fact, Record};
use crate::ledger::Book;

impl Handle {
    /// Folds a ledger's records into handles, in the order in which the collections began there.
    #[must_use]
    pub fn fold(records: impl IntoIterator<Item = Record>) -> Vec<Self> {
        Book::of(records).into_handles()
    }

    /// The records that fold into this handle, for a ledger that may not know it.
    pub(in crate::engine) fn records(&self) -> Vec<Record> {
        let mut records = self.records_of_request();
        let record = |fact| Record { collection: self.collection.clone(), at: self.begun, fact };
        if let Some(action) = self.action.clone() {
            records.push(record(Fact::Accepted {
                action: action.id,
                adoption: action.adoption,
                created: action.created,
                requestor: action.requestor,
                requestor_comment: action.requestor_comment,
                status: action.status,
                accepted: action.accepted,
            }));
        }
        if self.strikes > 0 {
            records.push(record(Fact::Struck { strikes: self.strikes }));
        }
        if let Some(stored) = self.package.clone() {
            records.push(record(Fact::Stored(stored)));
        }
        records
    }

    /// The same without the action and its results, for a handle whose action is not confirmed.
    pub(in crate::engine) fn records_of_request(&self) -> Vec<Record> {
        // In one record: a collection that is only half recorded would be requested again.
        let begun = Fact::Begun {
            tenant: self.tenant.clone(),
            base: self.base.clone(),
            device: self.device.clone(),
            comment: self.comment.clone(),
            key: self.key.clone(),
            round: self.round,
            machine: self.machine.clone(),
            intent: self.intent.clone(),
        };
        let facts = std::iter::once(begun).chain(self.doubted());
        let record = |fact| Record { collection: self.collection.clone(), at: self.begun, fact };
        facts.map(record).collect()
    }

    /// The facts of the request, if one was about to be sent.
    pub(in crate::engine) fn request(&self) -> Vec<Fact> {
        self.intent.clone().map(Fact::Intended).into_iter().chain(self.doubted()).collect()
    }

    fn doubted(&self) -> Option<Fact> {
        self.doubt.clone().map(Fact::Doubted)
    }

    pub(crate) fn apply(&mut self, record: &Record) {
        self.ended = None;
        if self.is_asked_anew(record) {
            // The result of another request does not belong to this one.
            self.forget_action();
        }
        match &record.fact {
            Fact::Accepted {
                action,
                adoption,
                created,
                requestor,
                requestor_comment,
                status,
                accepted,
            } => {
                self.doubt = None;
                self.action = Some(Action {
                    id: action.clone(),
                    adoption: *adoption,
                    created: *created,
                    requestor: requestor.clone(),
                    requestor_comment: requestor_comment.clone(),
                    status: status.clone(),
                    accepted: *accepted,
                });
            }
            // A resumed collection is recorded again, and a crash in between must lose nothing.
            Fact::Begun { machine, intent, .. } => {
                self.strikes = 0;
                if machine.is_some() {
                    self.machine.clone_from(machine);
                }
                if intent.is_some() && self.intent != *intent {
                    self.doubt = None;
                    self.intent.clone_from(intent);
                }
            }
            Fact::Doubted(doubt) => self.doubt = Some(doubt.clone()),
            Fact::Ended { outcome, code, .. } => {
                self.ended = Some(Ended { outcome: outcome.clone(), code: *code });
            }
            Fact::Intended(intent) => {
                self.doubt = None;
                self.intent = Some(intent.clone());
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
            Fact::Struck { strikes } => self.strikes = *strikes,
            Fact::Resolved { machine, name } => {
                self.machine = Some(Machine { id: machine.clone(), name: name.clone() });
            }
            Fact::Stored(stored) => self.package = Some(stored.clone()),
        }
    }

    /// Whether this record is of another request than the action's.
    pub(crate) fn is_asked_anew(&self, record: &Record) -> bool {
        let (Fact::Begun { intent: Some(now), .. } | Fact::Intended(now)) = &record.fact else {
            return false;
        };
        let is_known = |before: &Intent| before.marker == now.marker && before.t0 == now.t0;
        self.action.is_some() && !self.intent.as_ref().is_some_and(is_known)
    }

    /// Whether this record begins another collection under the same name.
    pub(crate) fn is_started_over(&self, record: &Record) -> bool {
        matches!(record.fact, Fact::Begun { round, .. } if round > self.round)
    }

    pub(crate) fn from_first(record: &Record) -> Option<Self> {
        let Fact::Begun { tenant, base, device, comment, key, round, machine, intent } =
            &record.fact
        else {
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
            round: *round,
            begun: record.at,
            machine: machine.clone(),
            intent: intent.clone(),
            doubt: None,
            action: None,
            package: None,
            strikes: 0,
            ended: None,
        })
    }
}
