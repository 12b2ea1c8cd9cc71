//! Cancels our own actions at the service.

use std::time::Duration;

use super::{Collection, Stage};
use crate::endpoint::CancelMachineAction;
use crate::engine::calls::{Failure, Owner, Reply};
use crate::engine::{Adoption, Context, EventKind, Outcome};

impl Collection {
    /// Also stops at the service if the action is ours; otherwise only locally.
    pub(in crate::engine) fn cancel_at_service(&mut self, comment: &str, cx: &mut Context) {
        if self.cancel_call.is_some() {
            return;
        }
        if !self.is_confirmed && self.leader().is_none() {
            self.cancel_comment = Some(comment.to_owned());
            return self.look_closer(cx);
        }
        let own = self
            .handle
            .action()
            .filter(|action| action.adoption == Adoption::Own && !action.status.is_terminal());
        let Some(action) = own else {
            let why = if self.is_asked() && !self.is_accepted() {
                "what came of the request is not known yet, and a collection may still begin; a later run finds it"
            } else {
                "there is no running action of our own"
            };
            return self.stop_uncancelled(why, cx);
        };
        let call = CancelMachineAction { action: action.id.clone(), comment: comment.to_owned() };
        self.cancel_call = Some(cx.call(Owner::Cancel(self.index), call));
    }

    pub(super) fn cancelled(&mut self, result: Result<Reply, Failure>, cx: &mut Context) {
        self.cancel_call = None;
        match result {
            Ok(Reply::Action(action)) if matches!(self.stage, Stage::Watching(_)) => {
                self.seen(&action, cx);
            }
            Ok(Reply::Action(action)) if matches!(self.stage, Stage::Held | Stage::Claiming) => {
                if let Some(ticket) = self.ticket.take() {
                    cx.abort(ticket);
                }
                self.watch(Duration::ZERO, cx);
                self.seen(&action, cx);
            }
            Ok(_) => self.stop_uncancelled("the action ended meanwhile", cx),
            Err(failure) => self.stop_uncancelled(&failure.error.to_string(), cx),
        }
    }

    pub(super) fn stop_uncancelled(&mut self, why: &str, cx: &mut Context) {
        let message = format!("not cancelled at the service: {why}");
        cx.event(Some(self.index), EventKind::Warning { message });
        self.end(Outcome::Stopped, cx);
    }
}
