//! The collect request, which must never be made twice.

use std::time::Duration;

use super::{Collection, Stage};
use crate::endpoint::CollectInvestigationPackage;
use crate::engine::adoption::{Asked, earliest};
use crate::engine::calls::{Failure, Owner, Reply};
use crate::engine::handle::MAX_BEFORE;
use crate::engine::{
    Adoption, AskedBy, Context, EventKind, Fact, Handle, Intent, Outcome, Record, Until,
};
use crate::wire::MachineAction;
use crate::{Code, Error};

/// A request that waits for its turn, its record, or its reply.
#[derive(Debug)]
pub(super) struct Ask {
    attempt: u32,
    post: u32,
    /// The device's actions just before the request.
    history: Vec<MachineAction>,
    looked_at: Duration,
    has_external_id: bool,
    /// The handle before the intent was recorded.
    earlier: Option<Box<Handle>>,
}

impl Ask {
    /// Whether this is the recorded request.
    pub(super) fn is(&self, intent: &Intent) -> bool {
        (intent.attempt, intent.post) == (self.attempt, self.post)
    }
}

impl Collection {
    pub(super) fn ask(
        &mut self,
        attempt: u32,
        post: u32,
        history: Vec<MachineAction>,
        cx: &mut Context,
    ) {
        let Some(machine) = self.machine().cloned() else { return self.find(cx) };
        let marker = self.marker(attempt);
        let comment = if cx.options.mark_comment {
            marker.mark(self.handle.comment())
        } else {
            self.handle.comment().to_owned()
        };
        let has_external_id = cx.send_external_id;
        let external_id = has_external_id.then(|| marker.as_str().to_owned());
        let call = CollectInvestigationPackage { machine, comment, external_id };
        self.call = Some(cx.held_call(Owner::Device(self.index), call));
        let looked_at = cx.now.monotonic;
        let earlier = None;
        self.stage =
            Stage::Asking(Ask { attempt, post, history, looked_at, has_external_id, earlier });
    }

    /// Records the intent; the request is sent once the intent is durable.
    pub(super) fn permitted(&mut self, cx: &mut Context) {
        let Stage::Asking(ask) = &self.stage else { return };
        if cx.now.monotonic.saturating_sub(ask.looked_at) > LOOK_IS_FRESH {
            // The quota delayed the request; others may have started a collection meanwhile.
            let post = ask.post;
            if let Some(call) = self.call.take() {
                cx.drop_call(call);
            }
            return if post > 1 { self.look_before_repeat(post, cx) } else { self.look(cx) };
        }
        let t0 = cx.service_now();
        let matters =
            |action: &&MachineAction| action.created.is_none_or(|created| created >= earliest(t0));
        let before = ask
            .history
            .iter()
            .filter(matters)
            .map(|action| action.id.clone())
            .take(MAX_BEFORE)
            .collect();
        let (attempt, post) = (ask.attempt, ask.post);
        let (marker, asked_by) = (self.marker(attempt), cx.token.owner());
        let fact = Fact::Intended(Intent { marker, attempt, post, t0, before, asked_by });
        if cx.take_untold(self.index) {
            self.write_down(cx);
        }
        let earlier = Box::new(self.handle.clone());
        let record =
            Record { collection: self.handle.collection().to_owned(), at: cx.now.wall, fact };
        self.handle.apply(&record);
        cx.append_and_tell(self.index, record);
        if let Stage::Asking(ask) = &mut self.stage {
            ask.earlier = Some(earlier);
        }
    }

    pub(super) fn intent_recorded(&mut self, cx: &mut Context) {
        if let (Stage::Asking(_), Some(call)) = (&self.stage, self.call) {
            cx.release(call);
        }
    }

    pub(super) fn intent_lost(&mut self, error: Error, cx: &mut Context) {
        if let Stage::Asking(ask) = &mut self.stage {
            if let Some(earlier) = ask.earlier.take() {
                self.handle = *earlier;
            }
            let text = format!(
                "the intent could not be recorded, so nothing was asked of the device: {}",
                error.message()
            );
            let error = Error::new(Code::LedgerFailed, text)
                .with_hint(error.hint().to_owned())
                .with_source(error);
            self.end(Outcome::Failed(error), cx);
        }
    }

    pub(super) fn answered(&mut self, ask: Ask, result: Result<Reply, Failure>, cx: &mut Context) {
        match result {
            Ok(Reply::Action(action)) => self.judge_answer(&action, cx),
            Ok(_) => {}
            Err(Failure { error, in_doubt: true }) => self.doubt(&error, cx),
            Err(Failure { error, .. }) if error.code() == Code::AlreadyRunning => {
                self.doubt(&error, cx);
            }
            Err(Failure { error, .. }) => {
                // If a repeat was refused, the first request stays on record and in doubt.
                let repeats = ask.post > 1;
                if !repeats {
                    let request_id = error.request_id().map(str::to_owned);
                    self.fact(Fact::Refused { code: error.code(), request_id }, cx);
                }
                if ask.has_external_id && is_about_external_id(&error) {
                    cx.send_external_id = false;
                    let message =
                        "the service refuses `ExternalId`; it is left out from now on".to_owned();
                    cx.event(Some(self.index), EventKind::Warning { message });
                    self.ask(ask.attempt, ask.post, ask.history, cx);
                } else if repeats {
                    let text = format!(
                        "one request went unanswered and does not show among the device's actions, and it could not \
                         be repeated: {}",
                        error.message()
                    );
                    let error = Error::new(Code::CollectionUncertain, text).with_source(error);
                    self.end(Outcome::Failed(error), cx);
                } else if error.code() == Code::NotFound {
                    self.end(Outcome::NotFound(error), cx);
                } else {
                    self.fail(error, cx);
                }
            }
        }
    }

    /// Our request as it was sent, to compare actions with.
    pub(super) fn asked<'a>(&'a self, comment: &'a str, cx: &'a Context) -> Option<Asked<'a>> {
        let intent = self.handle.intent()?;
        Some(Asked {
            machine: self.machine()?,
            intent,
            comment,
            comment_is_marked: cx.options.mark_comment,
            // If someone else made the request, it does not bear the current token's identity.
            claims: cx.token.claims().filter(|claims| intent.asked_by == AskedBy::from(*claims)),
        })
    }

    pub(super) fn sent_comment(&self, intent: &Intent, cx: &Context) -> String {
        let comment = self.handle.comment();
        if cx.options.mark_comment { intent.marker.mark(comment) } else { comment.to_owned() }
    }

    /// Adopts an existing action without the service's word that it is ours.
    pub(super) fn adopt(&mut self, action: &MachineAction, adoption: Adoption, cx: &mut Context) {
        let event = EventKind::Adopted {
            action: action.id.clone(),
            adoption,
            status: action.status.clone(),
            requestor: action.requestor.clone(),
            requestor_comment: action.requestor_comment.clone(),
            is_same_account: cx.token.is_of(action.requestor.as_deref()),
        };
        self.go_on_with(action, adoption, event, cx);
    }

    fn go_on_with(
        &mut self,
        action: &MachineAction,
        adoption: Adoption,
        event: EventKind,
        cx: &mut Context,
    ) {
        self.fact(Fact::accepted(action, adoption, Some(cx.service_now())), cx);
        cx.event(Some(self.index), event);
        if let Some(leader) = cx.take_action(&action.id, self.index) {
            self.fall_in(leader, cx);
        } else if action.status.is_terminal() {
            self.action_ended(&action.status, Some(action), cx);
        } else if cx.options.until > Until::Requested {
            self.watch(super::super::pace::first(&cx.options), cx);
        } else {
            self.end(Outcome::Requested, cx);
        }
    }

    fn judge_answer(&mut self, action: &MachineAction, cx: &mut Context) {
        let Some(intent) = self.handle.intent() else { return };
        let comment = self.sent_comment(intent, cx);
        let Some(asked) = self.asked(&comment, cx) else { return };
        if !asked.concerns(action) {
            let message = format!(
                "the service answered with action `{}`, which is no collection of this device",
                action.id
            );
            return self.doubt(&Error::new(Code::WrongAction, message), cx);
        }
        if asked.started(action) {
            let event = EventKind::Accepted { action: action.id.clone() };
            self.go_on_with(action, Adoption::Own, event, cx);
        } else if let Some((adoption, _)) = asked.pick(std::slice::from_ref(action)) {
            self.adopt(action, adoption, cx);
        } else {
            let message = format!(
                "the service answered with action `{}`, which is older than the request",
                action.id
            );
            self.doubt(&Error::new(Code::AlreadyRunning, message), cx);
        }
    }
}

/// Whether a refusal may be about `ExternalId`: it names it, or only says that the body is invalid.
fn is_about_external_id(error: &Error) -> bool {
    let names_it = |text: &str| text.to_ascii_lowercase().contains("externalid");
    error.status() == Some(400)
        && (error.service_message().is_some_and(names_it)
            || error.service_code() == Some("InvalidRequestBody"))
}

/// How long a list of the device's actions counts as current.
const LOOK_IS_FRESH: Duration = Duration::from_secs(60);
