//! One device's way from its name to its package.

mod advice;
mod ask;
mod confirm;
pub(super) mod doubt;
mod download;
mod find;
mod look;
mod watch;

use std::time::Duration;

use self::ask::Ask;
use self::doubt::Doubting;
use self::download::Download;
use self::find::Find;
use self::look::Look;
use self::watch::Watch;
use super::calls::{CallId, Failure, Owner, Reply};
use super::context::{Input, Timer};
use super::start::Opened;
use super::{Adoption, Context, EventKind, Fact, Handle, Outcome, Stored, Ticket, Until};
use crate::wire::ActionStatus;
use crate::{Code, Device, Error, Fault, MachineId};

#[derive(Debug)]
pub(super) struct Collection {
    pub(super) index: usize,
    pub(super) device: Device,
    pub(super) handle: Handle,
    pub(super) outcome: Option<Outcome>,
    /// What the handle says of its action is this program's own word, or the service has confirmed it.
    is_confirmed: bool,
    /// The comment with which to cancel as soon as it is confirmed that the action is ours.
    cancel_wish: Option<String>,
    stage: Stage,
    call: Option<CallId>,
    cancel_call: Option<CallId>,
    ticket: Option<Ticket>,
    has_slot: bool,
    /// The one timer that counts; older ones are let run out unheard.
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
    /// The same machine under another name; the collection of this index does the work.
    Following(usize),
    Idle,
    Looking(Look),
    Over,
    Watching(Watch),
}

impl Collection {
    pub(super) fn new(index: usize, Opened { device, handle, is_certain }: Opened) -> Self {
        Self {
            is_confirmed: is_certain || handle.action().is_none(),
            cancel_wish: None,
            index,
            device,
            handle,
            outcome: None,
            stage: Stage::Idle,
            call: None,
            cancel_call: None,
            ticket: None,
            has_slot: false,
            timer: None,
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.outcome.is_some()
    }

    /// Between the search for the device and the service's acceptance.
    pub(super) fn is_starting(&self) -> bool {
        !matches!(
            self.stage,
            Stage::Downloading(_)
                | Stage::Following(_)
                | Stage::Idle
                | Stage::Over
                | Stage::Watching(_)
        )
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
            Input::ClaimHeld(until) => self.claim_later(until, cx),
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
            Input::Start => self.start(cx),
            Input::Timer => self.timer_ran_out(cx),
            Input::Unseen => self.look_closer(cx),
        }
    }

    /// Ends here and now, whatever is under way.
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
        self.fact(Fact::Ended { outcome: outcome.name().to_owned(), code }, cx);
        cx.event(Some(self.index), EventKind::Ended { outcome: outcome.name(), code });
        self.outcome = Some(outcome);
    }

    /// Stops at the service too, if the action is ours; else only here.
    pub(super) fn cancel_at_service(&mut self, comment: &str, cx: &mut Context) {
        if self.cancel_call.is_some() {
            return;
        }
        if !self.is_confirmed && self.leader().is_none() {
            self.cancel_wish = Some(comment.to_owned());
            return self.look_closer(cx);
        }
        let own = self
            .handle
            .action()
            .filter(|action| action.adoption == Adoption::Own && !action.status.is_terminal());
        let Some(action) = own else {
            return self.stop_uncancelled("there is no running action of our own", cx);
        };
        let call = crate::endpoint::CancelMachineAction {
            action: action.id.clone(),
            comment: comment.to_owned(),
        };
        self.cancel_call = Some(cx.call(Owner::Cancel(self.index), call));
    }

    /// Another collection of the same machine ended; this one ends with it.
    pub(super) fn follow(&mut self, leader: &Self, cx: &mut Context) {
        if let (Stage::Following(_), Some(outcome)) = (&self.stage, &leader.outcome) {
            self.take_over(leader, cx);
            self.end(outcome.clone(), cx);
        }
    }

    /// Takes over what is known of a request for the same machine, and lets the ledger know.
    pub(super) fn take_over(&mut self, leader: &Self, cx: &mut Context) {
        if !leader.is_confirmed {
            return;
        }
        self.handle.take_over(&leader.handle);
        self.is_confirmed = true;
        for record in self.handle.records().into_iter().skip(1) {
            cx.append(record, None);
        }
    }

    /// The collection that does the work for this one.
    pub(super) fn leader(&self) -> Option<usize> {
        match self.stage {
            Stage::Following(leader) => Some(leader),
            _ => None,
        }
    }

    /// How far it has come, for putting collections in order.
    pub(super) fn progress(&self) -> impl Ord + use<> {
        let intent = self.handle.intent().map(|intent| intent.t0);
        (self.handle.action().is_some(), intent)
    }

    pub(super) fn waits_for_timer(&self, at: Duration) -> bool {
        self.timer == Some(at)
    }

    /// Writes down all that is known, so that the ledger knows even of a device whose turn never came.
    pub(super) fn write_down(&self, cx: &mut Context) {
        let records = if self.is_confirmed {
            self.handle.records()
        } else {
            self.handle.records_of_request()
        };
        for record in records {
            cx.append(record, None);
        }
    }

    fn start(&mut self, cx: &mut Context) {
        if self.machine().is_some() { self.claim(cx) } else { self.find(cx) }
    }

    fn claim(&mut self, cx: &mut Context) {
        let Some(machine) = self.machine().cloned() else { return self.find(cx) };
        if let Some(leader) = self.take(&machine, cx) {
            return self.fall_in(leader, cx);
        }
        self.stage = Stage::Claiming;
        let tenant = cx.options.tenant.clone();
        self.ticket = Some(cx.ask_device(self.index, |ticket| super::Command::Claim {
            ticket,
            tenant,
            machine,
        }));
    }

    /// Takes machine and action, or names the collection that serves this one too.
    fn take(&self, machine: &MachineId, cx: &mut Context) -> Option<usize> {
        let begun = self.handle.begun();
        match self.handle.action() {
            None => cx.take_machine(machine, self.index, begun),
            Some(action) => {
                if action.status.is_terminal() {
                    cx.lend_machine(machine, self.index, begun);
                } else {
                    cx.take_machine(machine, self.index, begun);
                }
                cx.take_action(&action.id, self.index)
            }
        }
    }

    /// Leaves the work to the collection of this index.
    fn fall_in(&mut self, leader: usize, cx: &mut Context) {
        let other = cx.devices.get(leader).cloned().unwrap_or_default();
        let message = format!(
            "this is the same device as `{}`; one collection serves both",
            other.escape_debug()
        );
        cx.event(Some(self.index), EventKind::Warning { message });
        self.stage = Stage::Following(leader);
    }

    fn claim_later(&mut self, until: Duration, cx: &mut Context) {
        self.ticket = None;
        if self.cancel_wish.is_some() {
            return self.stop_uncancelled("another process has the device", cx);
        }
        self.set_timer(until.max(cx.after(Duration::from_secs(1))), cx);
    }

    fn claimed(&mut self, cx: &mut Context) {
        self.ticket = None;
        self.proceed(cx);
    }

    /// Goes on from what is known for certain; the same for a first run and for one that was resumed.
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
            self.doubt_again(cx);
        } else {
            self.check(cx);
        }
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
            stage @ (Stage::Claiming | Stage::Following(_) | Stage::Idle | Stage::Over) => {
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
            Stage::Claiming => self.claim(cx),
            Stage::Doubting(_) => self.list_in_doubt(cx),
            Stage::Downloading(_) => self.fetch_again(cx),
            Stage::Watching(_) => self.poll_alone(cx),
            _ => {}
        }
    }

    fn cancelled(&mut self, result: Result<Reply, Failure>, cx: &mut Context) {
        self.cancel_call = None;
        match result {
            Ok(Reply::Action(action)) => self.seen(&action, cx),
            Ok(_) => {}
            Err(failure) => self.stop_uncancelled(&failure.error.to_string(), cx),
        }
    }

    fn stop_uncancelled(&mut self, why: &str, cx: &mut Context) {
        let message = format!("not cancelled at the service: {why}");
        cx.event(Some(self.index), EventKind::Warning { message });
        self.end(Outcome::Stopped, cx);
    }

    fn call(&mut self, call: impl super::calls::Call + Send + 'static, cx: &mut Context) {
        self.call = Some(cx.call(Owner::Device(self.index), call));
    }

    fn set_timer(&mut self, at: Duration, cx: &mut Context) {
        self.timer = Some(at);
        cx.timer(at, Timer::Device(self.index));
    }

    fn fact(&mut self, fact: Fact, cx: &mut Context) {
        let record = cx.record(self.handle.collection(), fact, None);
        self.handle.apply(&record);
    }

    /// Ends as an error of this kind ends a device.
    fn fail(&mut self, error: Error, cx: &mut Context) {
        let outcome = match (error.code(), error.code().fault()) {
            (Code::OsPlatformNotSupported | Code::ClientVersionNotSupported, _) => {
                Outcome::NotSupported(error)
            }
            (Code::DeviceNotFound, _) => Outcome::NotFound(error),
            (Code::NotFound | Code::ServiceError | Code::Throttled, _) => Outcome::Failed(error),
            (_, Fault::Api | Fault::Build) => Outcome::Refused(error),
            _ => Outcome::Failed(error),
        };
        self.end(outcome, cx);
    }

    fn store(&mut self, stored: Stored, cx: &mut Context) {
        let Stored { name, size, sha256, verdict } = stored.clone();
        self.fact(Fact::Stored { name, size, sha256, verdict }, cx);
        self.end(Outcome::Collected(stored), cx);
    }
}
