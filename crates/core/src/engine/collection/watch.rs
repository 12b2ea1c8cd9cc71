//! From acceptance to the terminal status.

use std::time::Duration;

use time::OffsetDateTime;

use super::{Collection, Stage};
use crate::endpoint::GetMachineAction;
use crate::engine::calls::{Failure, Reply};
use crate::engine::{
    Adoption, Cancellation, Context, EventKind, Fact, Limit, Outcome, Until, pace,
};
use crate::wire::{ActionStatus, ActionType, MachineAction};
use crate::{Code, Error};

/// An action being waited for.
#[derive(Debug)]
pub(super) struct Watch {
    since: Duration,
}

impl Collection {
    pub(super) fn watch(&mut self, first_poll: Duration, cx: &mut Context) {
        self.stage = Stage::Watching(Watch { since: cx.now.monotonic });
        if let Some(action) = self.handle.action() {
            cx.watching(self.index, action.id.clone(), action.created);
        }
        self.set_timer(cx.after(first_poll), cx);
    }

    pub(super) fn poll_alone(&mut self, cx: &mut Context) {
        let Stage::Watching(watch) = &self.stage else { return };
        if cx.is_polled_with_others(self.index) {
            let wait = pace::between(watch.since, cx);
            return self.set_timer(cx.after(wait), cx);
        }
        self.look_closer(cx);
    }

    /// Requests the single action: a list cannot prove that it does not exist.
    pub(super) fn look_closer(&mut self, cx: &mut Context) {
        if let (Stage::Watching(_), None, Some(action)) =
            (&self.stage, self.call, self.handle.action())
        {
            let action = action.id.clone();
            self.call(GetMachineAction { action }, cx);
        }
    }

    pub(super) fn polled(
        &mut self,
        watch: Watch,
        result: Result<Reply, Failure>,
        cx: &mut Context,
    ) {
        let waited = self.waited(watch.since, cx);
        let known_for = self.known_for(watch.since, cx);
        self.stage = Stage::Watching(watch);
        match result {
            Ok(Reply::Action(action)) => self.seen(&action, cx),
            Ok(_) => self.poll_later(cx),
            Err(failure) if self.cancel_comment.is_some() => {
                self.stop_uncancelled(&failure.error.to_string(), cx);
            }
            Err(failure)
                if failure.error.code() == Code::NotFound && known_for < VISIBLE_WITHIN =>
            {
                self.poll_later(cx);
            }
            Err(failure) if failure.error.is_retryable() => {
                // Nothing was learnt, and the timeout does not count our own troubles, so it is
                // extended.
                if waited > cx.options.timeout.saturating_add(UNREACHABLE) {
                    self.out_of_time(Limit::Timeout, cx);
                } else {
                    self.poll_later(cx);
                }
            }
            Err(failure) => self.fail(failure.error, cx),
        }
    }

    pub(super) fn seen(&mut self, action: &MachineAction, cx: &mut Context) {
        let Stage::Watching(Watch { since }) = self.stage else { return };
        cx.has_no_trouble(Some(self.index));
        let known = self.handle.action().map(|known| known.status.clone());
        if !self.confirm(action, cx) {
            return;
        }
        let is_new = known.is_none_or(|known| known != action.status);
        let is_it = self.handle.action().is_some_and(|known| known.id == action.id)
            && action.kind == ActionType::CollectInvestigationPackage;
        let ours = self.machine().is_some_and(|machine| {
            action.machine_id.as_deref().is_none_or(|id| machine.matches(id))
        });
        if !ours || !is_it {
            let message = format!("action `{}` is not the one of this collection", action.id);
            return self.end(Outcome::Failed(Error::new(Code::WrongAction, message)), cx);
        }
        let waited = self.waited(since, cx);
        if is_new {
            let status = action.status.clone();
            self.fact(Fact::Observed { status: status.clone() }, cx);
            cx.event(Some(self.index), EventKind::Status { status });
        }
        if action.status == ActionStatus::Succeeded && self.cancel_comment.is_some() {
            self.stop_uncancelled("the action ended meanwhile", cx);
        } else if action.status.is_terminal() {
            self.action_ended(&action.status.clone(), Some(action), cx);
        } else if let Some(comment) = self.cancel_comment.take() {
            self.cancel_at_service(&comment, cx);
        } else if cx.options.until == Until::Requested {
            self.end(Outcome::Requested, cx);
        } else if waited >= cx.options.timeout {
            self.out_of_time(Limit::Timeout, cx);
        } else if self.call.is_none() {
            self.poll_later(cx);
        }
    }

    pub(super) fn action_ended(
        &mut self,
        status: &ActionStatus,
        action: Option<&MachineAction>,
        cx: &mut Context,
    ) {
        match status {
            ActionStatus::Succeeded if cx.options.until == Until::Collected => self.inspect(cx),
            ActionStatus::Succeeded => self.end(Outcome::Ready, cx),
            ActionStatus::Cancelled => {
                let cancellation = action.map(Cancellation::of).unwrap_or_default();
                self.end(Outcome::Cancelled(cancellation), cx);
            }
            ActionStatus::TimeOut => self.end(Outcome::ServiceTimedOut, cx),
            _ => {
                let result =
                    action.and_then(|action| action.error_hresult).filter(|result| *result != 0);
                let result =
                    result.map(|result| format!(" with result 0x{result:08X}")).unwrap_or_default();
                let message =
                    format!("the collection failed on the device or at the service{result}");
                self.end(Outcome::Failed(Error::new(Code::CollectionFailed, message)), cx);
            }
        }
    }

    /// How long the action has been waited for, in any run: our own action since the service
    /// created it, another's since it was adopted.
    fn waited(&self, since: Duration, cx: &Context) -> Duration {
        let own = self.handle.action().filter(|action| action.adoption == Adoption::Own);
        let created = own.and_then(|action| action.created);
        self.known_for(since, cx).max(passed(created, cx))
    }

    /// How long the action has been known, in this run and before.
    fn known_for(&self, since: Duration, cx: &Context) -> Duration {
        let accepted = self.handle.action().and_then(|action| action.accepted);
        cx.now.monotonic.saturating_sub(since).max(passed(accepted, cx))
    }

    fn poll_later(&mut self, cx: &mut Context) {
        if let Stage::Watching(watch) = &self.stage {
            let wait = pace::between(watch.since, cx);
            self.set_timer(cx.after(wait), cx);
        }
    }
}

/// How long ago this was by the service's clock; zero while that clock is unknown, since a local
/// clock cannot replace it.
fn passed(since: Option<OffsetDateTime>, cx: &Context) -> Duration {
    let since = since.filter(|_| cx.service.is_known());
    since.and_then(|since| Duration::try_from(cx.service_now() - since).ok()).unwrap_or_default()
}

/// A new action can be unknown to a GET for about two minutes.
const VISIBLE_WITHIN: Duration = Duration::from_secs(120);
/// How long after its time limit a collection is still polled if the service cannot be reached.
pub(super) const UNREACHABLE: Duration = Duration::from_secs(300);
