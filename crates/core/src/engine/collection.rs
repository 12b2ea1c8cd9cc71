//! One device's path from its name to its package.

mod advice;
mod ask;
mod cancel;
mod claim;
mod confirm;
pub(super) mod doubt;
pub(super) mod download;
mod find;
mod look;
mod watch;

use std::time::Duration;

use time::OffsetDateTime;

use self::ask::Ask;
use self::doubt::Doubting;
use self::download::Download;
use self::find::Find;
use self::look::Look;
use self::watch::Watch;
use super::calls::{CallId, Calls, Failure, Owner, Reply};
use super::context::{Input, Timer};
use super::start::{Begun, Opened};
use super::{
    Candidate, Context, DeviceReport, EventKind, Fact, Handle, Limit, Outcome, Stored, Ticket,
    Until,
};
use crate::wire::ActionStatus;
use crate::{Code, Device, Error, Fault, MachineId};

#[derive(Debug)]
pub(super) struct Collection {
    pub(super) index: usize,
    pub(super) device: Device,
    pub(super) handle: Handle,
    pub(super) outcome: Option<Outcome>,
    begun: Begun,
    /// When an earlier run with the same key requested what this collection continues.
    earlier: Option<OffsetDateTime>,
    /// The devices that match the name and were not chosen.
    passed_over: Vec<Candidate>,
    /// Whether the handle's action is our own knowledge or confirmed by the service.
    is_confirmed: bool,
    /// The comment to cancel with once the action is confirmed to be ours.
    cancel_comment: Option<String>,
    stage: Stage,
    call: Option<CallId>,
    cancel_call: Option<CallId>,
    ticket: Option<Ticket>,
    has_slot: bool,
    /// Whether it was reported that this collection waits for another run.
    has_told_of_others: bool,
    /// The only timer that counts; older ones are ignored.
    timer: Option<Duration>,
}

#[derive(Debug)]
enum Stage {
    Asking(Ask),
    Checking,
    Claiming,
    Doubting(Doubting),
    Downloading(Download),
    Finding(Find),
    /// Waits for another run that has it.
    Held,
    /// The same machine under another name; the collection with this index does the work.
    Following(usize),
    Idle,
    Looking(Look),
    Over,
    Watching(Watch),
}

impl Collection {
    pub(super) fn new(
        index: usize,
        Opened { device, handle, is_certain, is_earlier, begun }: Opened,
    ) -> Self {
        Self {
            begun,
            earlier: handle.asked_since().filter(|_| is_earlier),
            passed_over: Vec::new(),
            is_confirmed: is_certain || handle.action().is_none(),
            cancel_comment: None,
            index,
            device,
            handle,
            outcome: None,
            stage: Stage::Idle,
            call: None,
            cancel_call: None,
            ticket: None,
            has_slot: false,
            has_told_of_others: false,
            timer: None,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.outcome.is_some()
    }

    /// Whether it is between the search for the device and the service's acceptance.
    pub(super) fn is_starting(&self) -> bool {
        !matches!(
            self.stage,
            Stage::Downloading(_)
                | Stage::Following(_)
                | Stage::Held
                | Stage::Idle
                | Stage::Over
                | Stage::Watching(_)
        )
    }

    /// Whether stopping here would lose no work that must be done again from its beginning.
    pub(super) fn is_interruptible(&self, calls: &Calls) -> bool {
        match &self.stage {
            Stage::Asking(ask) => {
                let intent = self.handle.intent().filter(|intent| ask.is(intent));
                intent.is_none() || !self.call.is_some_and(|call| calls.is_leaving(call))
            }
            Stage::Downloading(_) => self.ticket.is_none(),
            _ => true,
        }
    }

    /// The result, once it is over.
    pub(super) fn report(&self, cx: &Context) -> Option<DeviceReport> {
        let outcome = self.outcome.clone()?;
        let handle = self.handle.clone();
        let requestor = handle.action().and_then(|action| action.requestor.as_deref());
        Some(DeviceReport {
            device: handle.device().to_owned(),
            outcome,
            earlier: self.earlier,
            passed_over: self.passed_over.clone(),
            is_same_account: cx.token.is_of(requestor),
            handle,
        })
    }

    pub(super) fn is_watching(&self) -> bool {
        matches!(self.stage, Stage::Watching(_))
    }

    pub(super) fn is_accepted(&self) -> bool {
        self.handle.action().is_some()
    }

    pub(super) fn machine(&self) -> Option<&MachineId> {
        self.handle.machine().map(|machine| &machine.id)
    }

    pub(super) fn on(&mut self, input: Input, cx: &mut Context) {
        if self.is_over() {
            if matches!(input, Input::Slot) {
                cx.free_slot();
            }
            return;
        }
        match input {
            Input::CancelReply(result) => self.cancelled(result, cx),
            Input::ClaimHeld(until) => self.claim_held(until, cx),
            Input::Claimed => self.claimed(cx),
            Input::Fetched(fetched) => self.fetched(fetched, cx),
            Input::Held(held) => self.held(held, cx),
            Input::Permitted => self.permitted(cx),
            Input::RecordFailed(error) => self.intent_lost(error, cx),
            Input::Recorded => self.intent_recorded(cx),
            Input::Reply(result) => {
                self.call = None;
                self.replied(result, cx);
            }
            Input::Sealed(sealed) => self.sealed(sealed, cx),
            Input::Seen(action) => self.seen(&action, cx),
            Input::Slot => self.slot_free(cx),
            Input::Start => self.begin(cx),
            Input::Timer => self.timer_ran_out(cx),
            Input::Unseen => self.look_closer(cx),
        }
    }

    /// Ends at once, whatever is in flight.
    pub(super) fn end(&mut self, outcome: Outcome, cx: &mut Context) {
        if self.is_over() {
            return;
        }
        for call in self.call.take().into_iter().chain(self.cancel_call.take()) {
            cx.drop_call(call);
        }
        if let Some(ticket) = self.ticket.take() {
            cx.abort(ticket);
        }
        self.give_slot_back(cx);
        self.stage = Stage::Over;
        let code = outcome.error().map(Error::code);
        let request_id = outcome.error().and_then(Error::request_id).map(str::to_owned);
        self.fact(Fact::Ended { outcome: outcome.name().to_owned(), code, request_id }, cx);
        cx.event(Some(self.index), EventKind::Ended { outcome: outcome.name(), code });
        self.outcome = Some(outcome);
    }

    /// Ends because time ran out, and reports what delayed it.
    pub(super) fn out_of_time(&mut self, limit: Limit, cx: &mut Context) {
        let trouble = cx.trouble(self.leader().unwrap_or(self.index)).cloned();
        self.end(Outcome::DeadlineReached { limit, trouble }, cx);
    }

    /// How far it has come, for ordering collections.
    pub(super) fn progress(&self) -> impl Ord + use<> {
        let intent = self.handle.intent().map(|intent| intent.t0);
        (self.handle.action().is_some(), intent)
    }

    pub(super) fn waits_for_timer(&self, at: Duration) -> bool {
        self.timer == Some(at)
    }

    /// Records everything known, so that the ledger also knows a device whose turn never came.
    pub(super) fn write_down(&self, cx: &mut Context) {
        let records = if self.is_confirmed {
            self.handle.records()
        } else {
            self.handle.records_of_request()
        };
        for record in records {
            cx.append(self.index, record);
        }
    }

    fn begin(&mut self, cx: &mut Context) {
        // Who has waited for another run begins again.
        if !self.has_told_of_others {
            self.tell_of_earlier(cx);
        }
        self.start(cx);
    }

    fn start(&mut self, cx: &mut Context) {
        if self.machine().is_some() { self.claim(cx) } else { self.find(cx) }
    }

    /// Continues from what is certain; the same for a first run and a resumed one.
    fn proceed(&mut self, cx: &mut Context) {
        if let Some(action) = self.handle.action() {
            let is_over = action.status == ActionStatus::Succeeded;
            let is_requested = !action.status.is_terminal() && cx.options.until == Until::Requested;
            if self.is_confirmed && is_over {
                self.action_ended(&ActionStatus::Succeeded, None, cx);
            } else if self.is_confirmed && is_requested {
                self.end(Outcome::Requested, cx);
            } else {
                self.watch(Duration::ZERO, cx);
            }
        } else if self.handle.intent().is_some() {
            self.go_on_in_doubt(cx);
        } else if let Some(other) = self.same_key(cx).cloned() {
            self.is_of_earlier(other.asked_since(), cx);
            self.join(&other, cx);
        } else {
            self.check(cx);
        }
    }

    /// Notes, and reports once, that an earlier run with the same key requested what this collection continues.
    fn is_of_earlier(&mut self, asked: Option<OffsetDateTime>, cx: &mut Context) {
        let is_news = self.earlier.is_none();
        self.earlier = self.earlier.or(asked.filter(|_| self.handle.key().is_some()));
        if is_news {
            self.tell_of_earlier(cx);
        }
    }

    fn tell_of_earlier(&self, cx: &mut Context) {
        if let (Some(asked), Some(key)) = (self.earlier, self.handle.key()) {
            let key = key.to_owned();
            cx.event(Some(self.index), EventKind::Continued { key, asked });
        }
    }

    fn same_key<'a>(&self, cx: &'a Context) -> Option<&'a Handle> {
        self.machine().and_then(|machine| cx.known.same_key(machine, &self.handle))
    }

    fn replied(&mut self, result: Result<Reply, Failure>, cx: &mut Context) {
        match std::mem::replace(&mut self.stage, Stage::Idle) {
            Stage::Asking(ask) => self.answered(ask, result, cx),
            Stage::Checking => self.checked(result, cx),
            Stage::Doubting(doubting) => self.listed_in_doubt(doubting, result, cx),
            Stage::Downloading(download) => self.linked(download, result, cx),
            Stage::Finding(find) => self.found(find, result, cx),
            Stage::Looking(look) => self.looked(look, result, cx),
            Stage::Watching(watch) => self.polled(watch, result, cx),
            stage @ (Stage::Claiming
            | Stage::Following(_)
            | Stage::Held
            | Stage::Idle
            | Stage::Over) => {
                self.stage = stage;
            }
        }
    }

    fn timer_ran_out(&mut self, cx: &mut Context) {
        if self.timer.is_none_or(|at| at > cx.now.monotonic) || self.call.is_some() {
            return;
        }
        self.timer = None;
        match &self.stage {
            Stage::Held => cx.restarts.push_back(self.index),
            Stage::Doubting(_) => self.list_in_doubt(cx),
            Stage::Downloading(download) if download.waits_for_others => self.inspect(cx),
            Stage::Downloading(_) => self.fetch_again(cx),
            Stage::Watching(_) => self.poll_alone(cx),
            _ => {}
        }
    }

    fn call(&mut self, call: impl super::calls::Call + Send + 'static, cx: &mut Context) {
        self.call = Some(cx.call(Owner::Device(self.index), call));
    }

    fn set_timer(&mut self, at: Duration, cx: &mut Context) {
        self.timer = Some(at);
        cx.timer(at, Timer::Device(self.index));
    }

    fn fact(&mut self, fact: Fact, cx: &mut Context) {
        if cx.take_untold(self.index) {
            self.write_down(cx);
        }
        let record = cx.record(self.index, self.handle.collection(), fact);
        self.handle.apply(&record);
    }

    /// Whether the service has been asked for a collection, as far as is known.
    pub(super) fn is_asked(&self) -> bool {
        self.is_accepted() || self.handle.intent().is_some()
    }

    /// Ends with the outcome for this kind of error.
    fn fail(&mut self, error: Error, cx: &mut Context) {
        let outcome = match (error.code(), error.code().fault()) {
            (Code::OsPlatformNotSupported | Code::ClientVersionNotSupported, _) => {
                Outcome::NotSupported(error)
            }
            (Code::DeviceNotFound, _) => Outcome::NotFound(error),
            (Code::NotFound | Code::ServiceError | Code::Throttled, _) => Outcome::Failed(error),
            // A request that was already made can be continued once the reason is gone.
            (_, Fault::Api | Fault::Build) if !self.is_asked() => Outcome::Refused(error),
            _ => Outcome::Failed(error),
        };
        self.end(outcome, cx);
    }

    fn store(&mut self, stored: Stored, cx: &mut Context) {
        self.fact(Fact::Stored(stored.clone()), cx);
        self.end(Outcome::Collected(stored), cx);
    }
}
