//! Before a request: checks whether the device supports collection and whether one is already
//! running.

use super::doubt::VISIBLE_WITHIN;
use super::{Collection, Stage};
use crate::endpoint::{ActionFilter, AvailableActions, GetMachineAction, ListMachineActions};
use crate::engine::adoption::carries;
use crate::engine::calls::{Failure, Reply};
use crate::engine::handle::MAX_ROUND;
use crate::engine::record::FIRST;
use crate::engine::{Action, Adoption, Context, EventKind, Fact, Handle, Marker};
use crate::wire::{ActionStatus, ActionType, FullActionType, MachineAction};
use crate::{Code, Error, NextPage, Paging};

/// The device's collect actions, listed page by page.
#[derive(Debug, Default)]
pub(super) struct Look {
    pub(super) history: Vec<MachineAction>,
    paging: Paging,
    /// A recent request that is not in the list; its action is then requested by id.
    unlisted: Option<Box<Handle>>,
}

impl Collection {
    pub(super) fn check(&mut self, cx: &mut Context) {
        let Some(machine) = self.machine().filter(|_| cx.options.preflight).cloned() else {
            return self.look(cx);
        };
        self.call(AvailableActions { machine }, cx);
        self.stage = Stage::Checking;
    }

    /// The call is undocumented, so it may advise but never decide.
    pub(super) fn checked(&mut self, result: Result<Reply, Failure>, cx: &mut Context) {
        if let Ok(Reply::Available(available)) = result {
            let ours = |action: &&crate::wire::ActionAvailability| {
                action.action == FullActionType::CollectInvestigationPackage
            };
            if let Some(no) = available.iter().find(ours).filter(|action| !action.is_available) {
                let reason =
                    no.not_supported_reason.as_deref().unwrap_or("no reason given").escape_debug();
                let message =
                    format!("the service says that collection is not available now: `{reason}`");
                cx.event(Some(self.index), EventKind::Warning { message });
            }
        }
        self.look(cx);
    }

    pub(super) fn look(&mut self, cx: &mut Context) {
        self.list_own_actions(None, cx);
        self.stage = Stage::Looking(Look::default());
    }

    pub(super) fn list_own_actions(&mut self, next: Option<NextPage>, cx: &mut Context) {
        let filter = ActionFilter {
            machine: self.machine().cloned(),
            kind: Some(ActionType::CollectInvestigationPackage),
            ..ActionFilter::default()
        };
        self.call(ListMachineActions { next, ..ListMachineActions::new(filter) }, cx);
    }

    pub(super) fn looked(
        &mut self,
        mut look: Look,
        result: Result<Reply, Failure>,
        cx: &mut Context,
    ) {
        match result {
            Ok(Reply::Actions(mut page)) => match look.paging.turn(&mut page) {
                Ok(next) => {
                    look.history.extend(page.items);
                    match next {
                        None => self.adopt_or_ask(look, cx),
                        next => {
                            self.list_own_actions(next, cx);
                            self.stage = Stage::Looking(look);
                        }
                    }
                }
                Err(error) => self.fail(error, cx),
            },
            Ok(Reply::Action(action)) => {
                look.history.push(*action);
                self.adopt_or_ask(look, cx);
            }
            Ok(_) => self.adopt_or_ask(look, cx),
            Err(failure) => match look.unlisted {
                // The action is too new to be visible even by id.
                Some(asked) if failure.error.code() == Code::NotFound => self.join(&asked, cx),
                _ => self.fail(failure.error, cx),
            },
        }
    }

    fn adopt_or_ask(&mut self, look: Look, cx: &mut Context) {
        let collections = || {
            look.history
                .iter()
                .filter(|action| action.kind == ActionType::CollectInvestigationPackage)
        };
        // The ledger may know more attempts than the service shows.
        let Some(machine) = self.machine() else { return self.find(cx) };
        let known = cx.known.attempts(machine);
        let first = self.handle.round().max(known.saturating_add(1));
        // Earlier attempts must have failed, or no further one would have been made.
        let mut attempt = first.saturating_sub(LOOKS_BACK).max(FIRST);
        loop {
            if attempt > MAX_ROUND {
                return self.fail(too_often(), cx);
            }
            let marker = self.marker(attempt);
            match collections().find(|action| carries(&marker, action)).cloned() {
                Some(action)
                    if !action.status.is_terminal() || action.status == ActionStatus::Succeeded =>
                {
                    self.is_of_earlier(action.created, cx);
                    return self.adopt(&action, Adoption::Own, cx);
                }
                // That attempt ended badly; a rerun with the same key asks for another.
                Some(_) => attempt += 1,
                None => match cx.known.answer(machine, &marker) {
                    // Another collection took the request over, and the lists do not show its
                    // action yet.
                    Some(answered) if !answered.wants_another_attempt() => {
                        let answered = answered.clone();
                        return self.join(&answered, cx);
                    }
                    None if attempt >= first => break,
                    _ => attempt += 1,
                },
            }
        }
        let asked = cx.known.asked(machine);
        if let Some(request) = cx.known.request_in_doubt(machine).cloned() {
            let ours = collections().find(|action| {
                !action.status.is_terminal()
                    && request.intent().is_some_and(|intent| carries(&intent.marker, action))
            });
            if let Some(action) = ours.cloned() {
                self.take_request(&request, cx);
                return self.adopt(&action, Adoption::Own, cx);
            }
            if request.may_yet_show(cx.service_now()) {
                self.take_request(&request, cx);
                return self.doubt_again(cx);
            }
        }
        if let Some(running) = collections().find(|action| !action.status.is_terminal()) {
            let running = running.clone();
            let is_it = |asked: &&Handle| asked.action().is_some_and(|it| it.id == running.id);
            return match asked.filter(is_it).cloned() {
                // Another run requested it; its record says who and when.
                Some(other) => self.join(&other, cx),
                None => self.adopt(&running, Adoption::Foreign, cx),
            };
        }
        let Some((asked, action)) = asked.and_then(|asked| Some((asked, asked.action()?))) else {
            return self.ask(attempt, 1, look.history, cx);
        };
        match collections().find(|it| it.id == action.id) {
            Some(it) if it.status == ActionStatus::Succeeded && is_newer_than_run(action, cx) => {
                let asked = asked.clone();
                self.join(&asked, cx);
            }
            None if look.unlisted.is_none() && may_be_unlisted(action, cx) => {
                let (unlisted, action) = (Some(Box::new(asked.clone())), action.id.clone());
                self.call(GetMachineAction { action }, cx);
                self.stage = Stage::Looking(Look { unlisted, ..look });
            }
            _ => self.ask(attempt, 1, look.history, cx),
        }
    }

    /// Continues with the result of another collection of this machine: one with the same key under
    /// another name, or the one that requested the running action.
    pub(super) fn join(&mut self, other: &Handle, cx: &mut Context) {
        for fact in other.request() {
            self.fact(fact, cx);
        }
        for record in other.records() {
            // This run must find out itself where the package is and how to get it.
            if matches!(record.fact, Fact::Accepted { .. }) {
                self.fact(record.fact, cx);
            }
        }
        self.go_on(cx);
    }

    /// Continues with what was taken over from another collection.
    pub(super) fn go_on(&mut self, cx: &mut Context) {
        let Some(action) = self.handle.action().cloned() else { return self.proceed(cx) };
        let Action { id, adoption, status, requestor, requestor_comment, .. } = action;
        let event = EventKind::Adopted {
            action: id.clone(),
            adoption,
            status,
            is_same_account: cx.token.is_of(requestor.as_deref()),
            requestor,
            requestor_comment,
        };
        cx.event(Some(self.index), event);
        match cx.take_action(&id, self.index) {
            Some(leader) => self.fall_in(leader, cx),
            None => self.proceed(cx),
        }
    }

    /// Continues another collection's request whose result the ledger does not know.
    pub(super) fn take_request(&mut self, other: &Handle, cx: &mut Context) {
        let message = format!(
            "an earlier run asked this device as `{}` and did not hear what came of it; that request is looked for first",
            other.device().escape_debug()
        );
        cx.event(Some(self.index), EventKind::Warning { message });
        for fact in other.request() {
            self.fact(fact, cx);
        }
    }

    /// The marker of an attempt; it may have been taken over from another collection.
    pub(super) fn marker(&self, attempt: u32) -> Marker {
        match self.handle.intent().filter(|intent| intent.attempt == attempt) {
            Some(intent) => intent.marker.clone(),
            None => self.handle.derived_marker(attempt),
        }
    }
}

fn too_often() -> Error {
    let text = format!(
        "under this key {MAX_ROUND} attempts have been made at this device, or the ledger was edited"
    );
    Error::new(Code::InvalidOption, text).with_hint("give another key")
}

/// Whether the action was created since the run began, so that it serves this collection too.
fn is_newer_than_run(action: &Action, cx: &Context) -> bool {
    action.created.is_some_and(|created| created >= cx.service_begun())
}

/// Whether the action may serve this collection and is so new that a list may not show it.
fn may_be_unlisted(action: &Action, cx: &Context) -> bool {
    let may_serve = match action.status {
        ActionStatus::Succeeded => is_newer_than_run(action, cx),
        ref status => !status.is_terminal(),
    };
    let is_new = |accepted| cx.service_now() - accepted < VISIBLE_WITHIN;
    may_serve && action.accepted.is_some_and(is_new)
}

/// How many earlier attempts are checked, so that a large number in the ledger cannot cause
/// unbounded work.
const LOOKS_BACK: u32 = 100;
