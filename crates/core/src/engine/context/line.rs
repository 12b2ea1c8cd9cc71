//! The call queue: token, permit, one send, and the meaning of its exchange.

use std::time::Duration;

use super::{Asked, Context, Input, Timer};
use crate::engine::calls::{Call, CallId, Failure, Owner, Pending, Reply, State};
use crate::engine::command::Settlement;
use crate::engine::{Command, EventKind, Exchange, Ruling};
use crate::{Code, Error, PermitId, QuotaClass};

impl Context {
    pub(in crate::engine) fn call(
        &mut self,
        owner: Owner,
        call: impl Call + Send + 'static,
    ) -> CallId {
        self.calls.add(Pending::new(owner, Box::new(call), false))
    }

    /// A call that waits for [`release`](Self::release) between its permit and its send.
    pub(in crate::engine) fn held_call(
        &mut self,
        owner: Owner,
        call: impl Call + Send + 'static,
    ) -> CallId {
        self.calls.add(Pending::new(owner, Box::new(call), true))
    }

    pub(in crate::engine) fn release(&mut self, id: CallId) {
        if let Some(Pending { state: State::Held { permit }, .. }) = self.calls.pending(id) {
            let permit = *permit;
            self.send(id, permit);
        }
    }

    /// Drops a call. A request in flight may still arrive.
    pub(in crate::engine) fn drop_call(&mut self, id: CallId) {
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

    /// Moves whatever can move: first the token, then permits.
    pub(in crate::engine) fn pump(&mut self) {
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

    pub(in crate::engine) fn granted(&mut self, id: CallId, permit: PermitId) {
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

    pub(in crate::engine) fn until(&mut self, id: CallId, until: Duration) {
        let Some(quota) = self.calls.pending(id).map(|pending| pending.call.quota()) else {
            return;
        };
        // A ledger that answers with a past time would make the engine spin.
        let until = until.max(self.now.monotonic + Duration::from_millis(1));
        if self.calls.close(quota, until) {
            let seconds = until.saturating_sub(self.now.monotonic).as_secs_f64();
            self.event(None, EventKind::Throttled { quota, seconds });
        }
        self.timer(until, Timer::Line);
        self.calls.enqueue(id);
    }

    pub(in crate::engine) fn exchanged(&mut self, id: CallId, exchange: Exchange) {
        let (now, date) = (self.now, exchange.date());
        let was_sent = !matches!(exchange, Exchange::NotSent(_));
        let Some(pending) = self.calls.pending(id) else { return };
        let State::Sent { permit, token, .. } = pending.state else { return };
        let owner = pending.owner;
        let quota = pending.call.quota();
        let ruling = pending.rule(&self.options.base, exchange);
        let judge = pending.judge;
        if judge.has_heard_service() {
            self.service.observe(date, now);
        }
        self.settle(permit, ruling.settlement(was_sent));
        match ruling {
            Ruling::Done(reply) => self.finish(id, Ok(reply)),
            Ruling::Failed { error, in_doubt } => {
                self.finish(id, Err(Failure { error, in_doubt }));
            }
            Ruling::Renew => {
                self.token.reject(token);
                self.calls.enqueue(id);
            }
            Ruling::Repeat(error) => {
                let wait = judge.wait(&error, self.jitter());
                self.retrying(owner.device(), &error, wait);
                self.calls.set_state(id, State::Waiting);
                self.timer(self.after(wait), Timer::Call(id));
            }
            Ruling::Throttled { patience, error } => {
                self.close(quota, self.after(patience));
                self.has_trouble(owner.device(), &error);
                self.event(
                    owner.device(),
                    EventKind::Throttled { quota, seconds: patience.as_secs_f64() },
                );
                self.calls.enqueue(id);
            }
        }
    }

    /// A call's timer expired: queue it again, or give it up if its reply is overdue.
    pub(in crate::engine) fn call_due(&mut self, id: CallId) {
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

    /// Fails every unsent call: nothing can be sent without a token.
    pub(in crate::engine) fn fail_all_calls(&mut self, error: &Error) {
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
            // The token expired between permit and send.
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
        match &result {
            // A link alone is no progress.
            Ok(Reply::Link(_)) => {}
            Ok(_) => self.has_no_trouble(pending.owner.device()),
            Err(failure) => self.has_trouble(pending.owner.device(), &failure.error),
        }
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
}

/// The time within which a request must be sent.
const SEND_WITHIN: Duration = Duration::from_secs(30);
/// Longer than the timeouts of our own drivers, so that a long list over a slow connection is not
/// cut off. It bounds drivers without timeouts.
const ANSWER_WITHIN: Duration = Duration::from_secs(360);
