//! What all collections of a run share: the line of calls, the token, the timers, the commands going out.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use time::OffsetDateTime;

use super::calls::{Call, CallId, Calls, Failure, Owner, Pending, Reply, State};
use super::command::Settlement;
use super::poller::Poller;
use super::service_clock::ServiceClock;
use super::token::Token;
use super::{
    Command, Event, EventKind, Exchange, Fact, Fetched, Handle, Held, Options, Record, Ruling,
    Sealed, Ticket,
};
use crate::wire::MachineAction;
use crate::{ActionId, Code, Error, MachineId, Now, PermitId, QuotaClass, retry};

/// Something that one collection must hear.
#[derive(Debug)]
pub(super) enum Input {
    CancelReply(Result<Reply, Failure>),
    ClaimHeld(Duration),
    Claimed,
    Fetched(Fetched),
    Held(Held),
    /// The held call has its place in the quota.
    Permitted,
    RecordFailed(Error),
    Recorded,
    Reply(Result<Reply, Failure>),
    Sealed(Sealed),
    /// One poll for many saw this collection's action.
    Seen(Box<MachineAction>),
    /// A download may begin.
    Slot,
    Start,
    Timer,
    /// One poll for many did not see this collection's action.
    Unseen,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    Device(usize),
    Permit(CallId),
    Send(CallId),
    Token,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Timer {
    Call(CallId),
    Device(usize),
    Line,
    Poll,
    Token,
}

pub(super) struct Context {
    pub(super) options: Options,
    pub(super) now: Now,
    pub(super) service: ServiceClock,
    pub(super) token: Token,
    pub(super) calls: Calls,
    pub(super) out: VecDeque<Command>,
    pub(super) inbox: VecDeque<(usize, Input)>,
    /// Answers for the one poll that serves many.
    pub(super) polled: VecDeque<Result<Reply, Failure>>,
    pub(super) devices: Vec<String>,
    pub(super) slots_taken: usize,
    pub(super) slot_line: VecDeque<usize>,
    /// Left out of requests once the service has refused it.
    pub(super) send_external_id: bool,
    pub(super) poller: Poller,
    /// Who has which machine.
    machines: BTreeMap<String, Holder>,
    /// Who has which action.
    actions: BTreeMap<ActionId, usize>,
    /// Requests of collections that are not of this run, by machine.
    requests: BTreeMap<String, Handle>,
    tickets: BTreeMap<Ticket, Asked>,
    next_ticket: u64,
    unrecorded: BTreeMap<u64, Option<usize>>,
    next_seq: u64,
    timers: BTreeSet<(Duration, Timer)>,
    random: u64,
}

/// A collection that others of the same machine follow.
#[derive(Clone, Copy, Debug)]
struct Holder {
    index: usize,
    /// Its action has ended, so that it serves only those that were begun by then.
    until: Option<OffsetDateTime>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("now", &self.now)
            .field("calls", &self.calls)
            .finish_non_exhaustive()
    }
}

impl Context {
    pub(super) fn new(
        options: Options,
        devices: Vec<String>,
        requests: BTreeMap<String, Handle>,
        now: Now,
    ) -> Self {
        let seed =
            options.entropy.iter().fold(0u64, |sum, byte| sum.rotate_left(8) ^ u64::from(*byte));
        Self {
            send_external_id: options.send_external_id,
            options,
            now,
            service: ServiceClock::default(),
            token: Token::default(),
            calls: Calls::default(),
            out: VecDeque::new(),
            inbox: VecDeque::new(),
            polled: VecDeque::new(),
            devices,
            slots_taken: 0,
            slot_line: VecDeque::new(),
            poller: Poller::default(),
            machines: BTreeMap::new(),
            actions: BTreeMap::new(),
            requests,
            tickets: BTreeMap::new(),
            next_ticket: 0,
            unrecorded: BTreeMap::new(),
            next_seq: 0,
            timers: BTreeSet::new(),
            random: seed,
        }
    }

    /// The service's time now.
    pub(super) fn service_now(&self) -> OffsetDateTime {
        self.service.at(self.now)
    }

    pub(super) fn after(&self, wait: Duration) -> Duration {
        self.now.monotonic.saturating_add(wait)
    }

    pub(super) fn event(&mut self, index: Option<usize>, kind: EventKind) {
        let device = index.and_then(|index| self.devices.get(index).cloned());
        self.out.push_back(Command::Event(Event { index, device, at: self.now.wall, kind }));
    }

    /// Writes a fact down; `Some(index)` wants to hear when it is durable.
    pub(super) fn record(&mut self, collection: &str, fact: Fact, waits: Option<usize>) -> Record {
        let record = Record { collection: collection.to_owned(), at: self.now.wall, fact };
        self.append(record.clone(), waits);
        record
    }

    pub(super) fn append(&mut self, record: Record, waits: Option<usize>) {
        self.next_seq += 1;
        self.unrecorded.insert(self.next_seq, waits);
        self.out.push_back(Command::Record { seq: self.next_seq, record: Box::new(record) });
    }

    pub(super) fn recorded(&mut self, seq: u64) {
        if let Some(Some(index)) = self.unrecorded.remove(&seq) {
            self.inbox.push_back((index, Input::Recorded));
        }
    }

    pub(super) fn record_failed(&mut self, seq: u64, error: Error) {
        match self.unrecorded.remove(&seq) {
            Some(Some(index)) => self.inbox.push_back((index, Input::RecordFailed(error))),
            Some(None) => {
                let message = format!(
                    "the ledger did not take a record, so a crash now would lose it: {error}"
                );
                self.event(None, EventKind::Warning { message });
            }
            None => {}
        }
    }

    pub(super) fn all_recorded(&self) -> bool {
        self.unrecorded.is_empty()
    }

    pub(super) fn ticket(&mut self, asked: Asked) -> Ticket {
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        self.tickets.insert(ticket, asked);
        ticket
    }

    pub(super) fn redeem(&mut self, ticket: Ticket) -> Option<Asked> {
        self.tickets.remove(&ticket)
    }

    pub(super) fn who_asked(&self, ticket: Ticket) -> Option<Asked> {
        self.tickets.get(&ticket).copied()
    }

    pub(super) fn timer(&mut self, at: Duration, timer: Timer) {
        self.timers.insert((at, timer));
    }

    /// The next timer that `still_counts`; those before it that do not are forgotten.
    pub(super) fn next_timer(
        &mut self,
        still_counts: impl Fn(&mut Calls, Duration, Timer) -> bool,
    ) -> Option<Duration> {
        while let Some((at, timer)) = self.timers.first().copied() {
            if still_counts(&mut self.calls, at, timer) {
                return Some(at);
            }
            self.timers.pop_first();
        }
        None
    }

    pub(super) fn has_due(&self) -> bool {
        self.timers.first().is_some_and(|(at, _)| *at <= self.now.monotonic)
    }

    /// Takes a timer that has run out.
    pub(super) fn due(&mut self) -> Option<Timer> {
        let (at, _) = self.timers.first()?;
        if *at > self.now.monotonic {
            None
        } else {
            self.timers.pop_first().map(|(_, timer)| timer)
        }
    }

    /// A number from 0 to below 1 (`SplitMix64` of the caller's entropy).
    pub(super) fn jitter(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bits = u32::try_from((z ^ (z >> 31)) >> 32).unwrap_or_default();
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }

    /// How long to wait after this failure, which is the `count`th in a row, from 1.
    pub(super) fn wait_after(&mut self, count: u32, error: &Error) -> Duration {
        retry::wait_after(count, error, self.jitter())
    }

    pub(super) fn call(&mut self, owner: Owner, call: impl Call + Send + 'static) -> CallId {
        self.calls.add(Pending::new(owner, Box::new(call), false))
    }

    /// A call that waits for [`release`](Self::release) between its permit and its send.
    pub(super) fn held_call(&mut self, owner: Owner, call: impl Call + Send + 'static) -> CallId {
        self.calls.add(Pending::new(owner, Box::new(call), true))
    }

    pub(super) fn release(&mut self, id: CallId) {
        if let Some(Pending { state: State::Held { permit }, .. }) = self.calls.pending(id) {
            let permit = *permit;
            self.send(id, permit);
        }
    }

    /// Forgets a call. What is on its way may still arrive.
    pub(super) fn drop_call(&mut self, id: CallId) {
        let Some(pending) = self.calls.remove(id) else { return };
        match pending.state {
            State::Held { permit } => self.settle(permit, Settlement::Unused),
            State::Sent { ticket, permit, .. } => {
                self.abort(ticket);
                self.settle(permit, Settlement::Answered);
            }
            State::Permitting | State::Queued | State::Waiting => {}
        }
    }

    /// Asks the driver for something that only this device waits for.
    pub(super) fn ask_device(
        &mut self,
        index: usize,
        command: impl FnOnce(Ticket) -> Command,
    ) -> Ticket {
        let ticket = self.ticket(Asked::Device(index));
        self.out.push_back(command(ticket));
        ticket
    }

    /// Takes the machine for a collection that was begun at that time, or names the collection that serves it too.
    pub(super) fn take_machine(
        &mut self,
        machine: &MachineId,
        index: usize,
        begun: OffsetDateTime,
    ) -> Option<usize> {
        let holder = Holder { index, until: None };
        let held = self.machines.entry(machine.as_str().to_ascii_lowercase()).or_insert(holder);
        if held.until.is_some_and(|until| until < begun) {
            *held = holder;
        }
        (held.index != index).then_some(held.index)
    }

    /// Takes the machine for a collection whose action has ended: only for those that were begun by that time.
    pub(super) fn lend_machine(
        &mut self,
        machine: &MachineId,
        index: usize,
        until: OffsetDateTime,
    ) {
        let holder = Holder { index, until: Some(until) };
        let held = self.machines.entry(machine.as_str().to_ascii_lowercase()).or_insert(holder);
        if held.until.is_some_and(|other| other < until) {
            *held = holder;
        }
    }

    /// Takes the action for this collection, or names the collection that has it.
    pub(super) fn take_action(&mut self, action: &ActionId, index: usize) -> Option<usize> {
        let holder = *self.actions.entry(action.clone()).or_insert(index);
        (holder != index).then_some(holder)
    }

    /// The request by another collection for this machine of which the ledger does not know what came of it.
    pub(super) fn request_in_doubt(&self, machine: &MachineId) -> Option<&Handle> {
        self.requests.get(&machine.as_str().to_ascii_lowercase())
    }

    pub(super) fn want_slot(&mut self, index: usize) {
        if self.slots_taken < self.options.downloads.max(1) {
            self.slots_taken += 1;
            self.inbox.push_back((index, Input::Slot));
        } else {
            self.slot_line.push_back(index);
        }
    }

    /// Hands a download slot on to the next in line.
    pub(super) fn free_slot(&mut self) {
        match self.slot_line.pop_front() {
            Some(next) => self.inbox.push_back((next, Input::Slot)),
            None => self.slots_taken -= 1,
        }
    }

    pub(super) fn abort(&mut self, ticket: Ticket) {
        if self.tickets.remove(&ticket).is_some() {
            self.out.push_back(Command::Abort { ticket });
        }
    }

    pub(super) fn settle(&mut self, permit: PermitId, settlement: Settlement) {
        self.out.push_back(Command::Settle { permit, settlement });
    }

    /// Sends into the line whatever may move: token first, then permits.
    pub(super) fn pump(&mut self) {
        if !self.calls.has_waiting() {
            return;
        }
        if !self.token.is_good(self.now.monotonic) {
            self.ask_for_token();
            return;
        }
        for (id, quota) in self.calls.ready(self.now.monotonic, self.options.concurrency.max(1)) {
            let ticket = self.ticket(Asked::Permit(id));
            self.out.push_back(Command::Permit { ticket, quota });
        }
    }

    pub(super) fn granted(&mut self, id: CallId, permit: PermitId) {
        let Some(pending) = self.calls.pending(id) else {
            return self.settle(permit, Settlement::Unused);
        };
        if pending.is_held {
            let owner = pending.owner;
            self.calls.set_state(id, State::Held { permit });
            if let Owner::Device(index) = owner {
                self.inbox.push_back((index, Input::Permitted));
            }
        } else {
            self.send(id, permit);
        }
    }

    pub(super) fn until(&mut self, id: CallId, until: Duration) {
        let Some(quota) = self.calls.pending(id).map(|pending| pending.call.quota()) else {
            return;
        };
        // A ledger that answers with the past would make the engine spin.
        let until = until.max(self.now.monotonic + Duration::from_millis(1));
        if self.calls.close(quota, until) {
            let seconds = until.saturating_sub(self.now.monotonic).as_secs_f64();
            self.event(None, EventKind::Throttled { quota, seconds });
        }
        self.timer(until, Timer::Line);
        self.calls.enqueue(id);
    }

    pub(super) fn exchanged(&mut self, id: CallId, exchange: Exchange) {
        let now = self.now;
        if let Exchange::Reply(response) = &exchange {
            self.service.observe(retry::date(response.headers()), now);
        }
        let was_sent = !matches!(exchange, Exchange::NotSent(_));
        let Some(pending) = self.calls.pending(id) else { return };
        let State::Sent { permit, token, .. } = pending.state else { return };
        let owner = pending.owner;
        let quota = pending.call.quota();
        let ruling = pending.rule(&self.options.base, exchange);
        let judge = pending.judge;
        self.settle(permit, ruling.settlement(was_sent));
        match ruling {
            Ruling::Done(reply) => self.finish(id, Ok(reply)),
            Ruling::Failed { error, in_doubt } => {
                self.finish(id, Err(Failure { error, in_doubt }));
            }
            Ruling::Renew(_) => {
                self.token.reject(token);
                self.calls.enqueue(id);
            }
            Ruling::Repeat(error) => {
                let wait = judge.wait(&error, self.jitter());
                self.notice_retry(owner, &error, wait);
                self.calls.set_state(id, State::Waiting);
                self.timer(self.after(wait), Timer::Call(id));
            }
            Ruling::Throttled { patience, .. } => {
                self.close(quota, self.after(patience));
                self.event(
                    owner.device(),
                    EventKind::Throttled { quota, seconds: patience.as_secs_f64() },
                );
                self.calls.enqueue(id);
            }
        }
    }

    /// A call's timer ran out: back into the line, or no answer within any reasonable time.
    pub(super) fn call_due(&mut self, id: CallId) {
        match self.calls.pending(id).map(|pending| pending.state) {
            Some(State::Waiting) => self.calls.enqueue(id),
            Some(State::Sent { ticket, give_up, .. }) if self.now.monotonic >= give_up => {
                self.abort(ticket);
                let minutes = ANSWER_WITHIN.as_secs() / 60;
                let text = format!("the service did not answer within {minutes} minutes");
                let error = Error::new(Code::TimedOut, text);
                self.exchanged(id, Exchange::Unknown(error));
            }
            _ => {}
        }
    }

    /// Fails every call that waits; nothing can be sent without a token.
    pub(super) fn fail_all_calls(&mut self, error: &Error) {
        for id in self.calls.unsent() {
            self.finish_unsent(id, error.clone());
        }
    }

    fn finish_unsent(&mut self, id: CallId, error: Error) {
        if let Some(Pending { state: State::Held { permit }, .. }) = self.calls.pending(id) {
            let permit = *permit;
            self.settle(permit, Settlement::Unused);
        }
        self.finish(id, Err(Failure { error, in_doubt: false }));
    }

    fn send(&mut self, id: CallId, permit: PermitId) {
        let Some(token) = self.token.current(self.now.monotonic) else {
            // It ran out between permit and send.
            self.settle(permit, Settlement::Unused);
            self.calls.enqueue(id);
            return;
        };
        let Some(pending) = self.calls.pending(id) else { return };
        let body_limit = pending.call.body_limit();
        match pending.call.request(&self.options.base, token) {
            Ok(request) => {
                let ticket = self.ticket(Asked::Send(id));
                let (not_after, give_up) = (self.after(SEND_WITHIN), self.after(ANSWER_WITHIN));
                self.calls.set_state(
                    id,
                    State::Sent { ticket, permit, token: self.token.serial(), give_up },
                );
                self.out.push_back(Command::Send { ticket, request, body_limit, not_after });
                self.timer(give_up, Timer::Call(id));
            }
            Err(error) => {
                self.settle(permit, Settlement::Unused);
                self.finish(id, Err(Failure { error, in_doubt: false }));
            }
        }
    }

    fn finish(&mut self, id: CallId, result: Result<Reply, Failure>) {
        let Some(pending) = self.calls.remove(id) else { return };
        match pending.owner {
            Owner::Cancel(index) => self.inbox.push_back((index, Input::CancelReply(result))),
            Owner::Device(index) => self.inbox.push_back((index, Input::Reply(result))),
            Owner::Poller => self.polled.push_back(result),
        }
    }

    fn close(&mut self, quota: QuotaClass, until: Duration) {
        self.calls.close(quota, until);
        self.timer(until, Timer::Line);
    }

    fn notice_retry(&mut self, owner: Owner, error: &Error, wait: Duration) {
        let (code, message) = (error.code(), error.to_string());
        self.event(
            owner.device(),
            EventKind::Retrying { code, message, seconds: wait.as_secs_f64() },
        );
    }
}

/// A request that has not left by then must not leave any more.
const SEND_WITHIN: Duration = Duration::from_secs(30);
/// Longer than the timeouts of our own drivers, so that a long list over a slow line is not cut off; those without
/// any are cut off here.
const ANSWER_WITHIN: Duration = Duration::from_secs(360);
