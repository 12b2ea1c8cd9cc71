//! Calls to the service: permit, token, one send, and the decision to repeat.

use std::time::Duration;

use super::{Exchange, Judge, Ruling, Ticket};
use crate::wire::{ActionAvailability, Machine, MachineAction};
use crate::{AccessToken, BaseUrl, Endpoint, Error, Map, PackageLink, Page, PermitId, QuotaClass};

/// An endpoint with its type erased, so that all kinds of calls share one queue.
pub(super) trait Call {
    fn quota(&self) -> QuotaClass;
    fn is_repeatable(&self) -> bool;
    fn body_limit(&self) -> usize;
    fn request(&self, base: &BaseUrl, token: &AccessToken)
    -> Result<http::Request<Vec<u8>>, Error>;
    fn reply(&self, base: &BaseUrl, response: &http::Response<Vec<u8>>) -> Result<Reply, Error>;
}

impl<E: Endpoint> Call for E
where
    Reply: From<E::Output>,
{
    fn quota(&self) -> QuotaClass {
        E::QUOTA
    }

    fn is_repeatable(&self) -> bool {
        E::REPEATABLE
    }

    fn body_limit(&self) -> usize {
        E::BODY_LIMIT
    }

    fn request(
        &self,
        base: &BaseUrl,
        token: &AccessToken,
    ) -> Result<http::Request<Vec<u8>>, Error> {
        Endpoint::request(self, base, token)
    }

    fn reply(&self, base: &BaseUrl, response: &http::Response<Vec<u8>>) -> Result<Reply, Error> {
        self.response(base, response).map(Reply::from)
    }
}

/// The reply to any call.
#[derive(Debug)]
pub(super) enum Reply {
    Action(Box<MachineAction>),
    Actions(Page<MachineAction>),
    Available(Vec<ActionAvailability>),
    Link(PackageLink),
    Machine(Box<Machine>),
    Machines(Page<Machine>),
}

impl From<MachineAction> for Reply {
    fn from(action: MachineAction) -> Self {
        Self::Action(Box::new(action))
    }
}

impl From<Page<MachineAction>> for Reply {
    fn from(page: Page<MachineAction>) -> Self {
        Self::Actions(page)
    }
}

impl From<Vec<ActionAvailability>> for Reply {
    fn from(available: Vec<ActionAvailability>) -> Self {
        Self::Available(available)
    }
}

impl From<PackageLink> for Reply {
    fn from(link: PackageLink) -> Self {
        Self::Link(link)
    }
}

impl From<Machine> for Reply {
    fn from(machine: Machine) -> Self {
        Self::Machine(Box::new(machine))
    }
}

impl From<Page<Machine>> for Reply {
    fn from(page: Page<Machine>) -> Self {
        Self::Machines(page)
    }
}

/// A failed call.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: Error,
    /// Whether the request may have been carried out nevertheless.
    pub(super) in_doubt: bool,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct CallId(u64);

/// Who receives the result of a call.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Owner {
    Cancel(usize),
    Device(usize),
    Poller,
}

impl Owner {
    pub(super) fn device(self) -> Option<usize> {
        match self {
            Self::Cancel(index) | Self::Device(index) => Some(index),
            Self::Poller => None,
        }
    }
}

pub(super) struct Pending {
    pub(super) owner: Owner,
    pub(super) call: Box<dyn Call + Send>,
    pub(super) state: State,
    /// Whether the owner must call [`release`](super::Context::release) between permit and send.
    pub(super) is_held: bool,
    pub(super) judge: Judge,
}

impl std::fmt::Debug for Pending {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pending")
            .field("owner", &self.owner)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) enum State {
    /// Has its permit and waits for its owner.
    Held { permit: PermitId },
    /// Has asked for a permit.
    Permitting,
    /// Queued.
    Queued,
    /// In flight.
    Sent { ticket: Ticket, permit: PermitId, token: u64, give_up: Duration },
    /// Waiting to be queued again.
    Waiting,
}

impl Pending {
    pub(super) fn new(owner: Owner, call: Box<dyn Call + Send>, is_held: bool) -> Self {
        let judge = Judge::new(call.is_repeatable());
        Self { owner, call, state: State::Queued, is_held, judge }
    }

    /// Reads the exchange and decides what to do.
    pub(super) fn rule(&mut self, base: &BaseUrl, exchange: Exchange) -> Ruling<Reply> {
        let call = &self.call;
        self.judge.rule(exchange, |response| call.reply(base, response))
    }
}

/// The queue of one quota class.
#[derive(Debug, Default)]
pub(super) struct Line {
    waiting: Map<(bool, CallId), ()>,
    pub(super) under_way: usize,
    pub(super) closed_until: Option<Duration>,
}

/// All calls that have not ended.
#[derive(Debug, Default)]
pub(super) struct Calls {
    next: u64,
    pending: Map<CallId, Box<Pending>>,
    lines: Map<QuotaClass, Line>,
}

impl Calls {
    pub(super) fn add(&mut self, pending: Pending) -> CallId {
        self.next += 1;
        let id = CallId(self.next);
        self.pending.insert(id, Box::new(pending));
        self.enqueue(id);
        id
    }

    pub(super) fn pending(&mut self, id: CallId) -> Option<&mut Pending> {
        self.pending.get_mut(&id).map(Box::as_mut)
    }

    pub(super) fn remove(&mut self, id: CallId) -> Option<Pending> {
        let pending = self.pending.remove(&id)?;
        let line = self.lines.or_default(pending.call.quota());
        match pending.state {
            State::Queued => {
                line.waiting.remove(&(!matches!(pending.owner, Owner::Poller), id));
            }
            State::Held { .. } | State::Permitting | State::Sent { .. } => line.under_way -= 1,
            State::Waiting => {}
        }
        Some(*pending)
    }

    /// Queues a call; a call that was in flight frees its slot.
    pub(super) fn enqueue(&mut self, id: CallId) {
        self.set_state(id, State::Queued);
        if let Some(pending) = self.pending.get(&id) {
            // One poll serves many devices, so it goes first.
            let key = (!matches!(pending.owner, Owner::Poller), id);
            self.lines.or_default(pending.call.quota()).waiting.insert(key, ());
        }
    }

    pub(super) fn set_state(&mut self, id: CallId, state: State) {
        let Some(pending) = self.pending.get_mut(&id) else { return };
        let line = self.lines.or_default(pending.call.quota());
        match (pending.state.is_under_way(), state.is_under_way()) {
            (false, true) => line.under_way += 1,
            (true, false) => line.under_way -= 1,
            _ => {}
        }
        pending.state = state;
    }

    /// Whether a call has its permit and waits only for its record, or is in flight.
    pub(super) fn is_leaving(&self, id: CallId) -> bool {
        let is_leaving = |state| matches!(state, State::Held { .. } | State::Sent { .. });
        self.pending.get(&id).is_some_and(|pending| is_leaving(pending.state))
    }

    /// Closes a queue; returns whether it was open.
    pub(super) fn close(&mut self, quota: QuotaClass, until: Duration) -> bool {
        let line = self.lines.or_default(quota);
        let already = line.closed_until;
        line.closed_until = already.max(Some(until));
        already.is_none()
    }

    /// The calls that have not been sent.
    pub(super) fn unsent(&self) -> Vec<CallId> {
        let unsent = |pending: &Pending| !matches!(pending.state, State::Sent { .. });
        self.pending.iter().filter(|(_, pending)| unsent(pending)).map(|(id, _)| *id).collect()
    }

    pub(super) fn has_waiting(&self) -> bool {
        self.lines.values().any(|line| !line.waiting.is_empty())
    }

    /// Takes the calls that may ask for a permit now.
    pub(super) fn ready(&mut self, now: Duration, at_once: usize) -> Vec<(CallId, QuotaClass)> {
        let mut ready = Vec::new();
        for (quota, line) in self.lines.iter_mut() {
            if line.closed_until.is_some_and(|until| until > now) {
                continue;
            }
            line.closed_until = None;
            while line.under_way < at_once
                && let Some(((_, id), ())) = line.waiting.pop_first()
            {
                line.under_way += 1;
                ready.push((id, *quota));
            }
        }
        for (id, _) in &ready {
            if let Some(pending) = self.pending.get_mut(id) {
                pending.state = State::Permitting;
            }
        }
        ready
    }
}

impl State {
    fn is_under_way(self) -> bool {
        matches!(self, Self::Held { .. } | Self::Permitting | Self::Sent { .. })
    }
}
