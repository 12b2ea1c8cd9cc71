//! After a request whose result is unknown: looks for its action until it would have become
//! visible.

use std::time::Duration;

use time::OffsetDateTime;

use super::watch::UNREACHABLE;
use super::{Collection, Stage};
use crate::engine::calls::{Failure, Reply};
use crate::engine::{Context, Doubt, EventKind, Fact, Handle, Outcome};
use crate::wire::MachineAction;
use crate::{Code, Error, Paging};

/// The time within which a request's action must become visible.
#[derive(Debug)]
pub(super) struct Doubting {
    cause: Error,
    until: Duration,
    /// When the list in flight was requested.
    listed_at: Duration,
    lists: u32,
    history: Vec<MachineAction>,
    paging: Paging,
    /// The number of the request to send if there is nothing to adopt.
    next_post: u32,
    /// How the doubt's duration is counted while no reply has told the service's time.
    since: Since,
}

/// When the doubt began, in the service's time.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Since {
    /// Already counted; the monotonic clock does the rest.
    Counted,
    /// Recorded by an earlier run.
    Earlier(OffsetDateTime),
    /// Now, and not recorded yet.
    Now,
}

impl Collection {
    pub(super) fn doubt(&mut self, cause: &Error, cx: &mut Context) {
        cx.event(Some(self.index), EventKind::Doubtful { code: cause.code() });
        self.begin_doubt(cause.clone(), Since::Now, cx);
    }

    /// Continues a request in doubt, or a later request by another collection.
    pub(super) fn go_on_in_doubt(&mut self, cx: &mut Context) {
        let Some(machine) = self.machine() else { return self.find(cx) };
        let answered =
            self.handle.intent().and_then(|intent| cx.known.answer(machine, &intent.marker));
        if let Some(answered) = answered.cloned() {
            return self.join(&answered, cx);
        }
        let is_later = |other: &&Handle| other.asked_at() > self.handle.asked_at();
        let asked = cx.known.asked(machine).filter(is_later);
        let runs = |it: &&Handle| it.action().is_some_and(|action| !action.status.is_terminal());
        if let Some(asked) = asked.filter(runs).cloned() {
            return self.join(&asked, cx);
        }
        let request = cx.known.request_in_doubt(machine).filter(is_later);
        if let Some(request) = request.filter(|it| it.may_yet_show(cx.service_now())).cloned() {
            self.take_request(&request, cx);
        }
        self.doubt_again(cx);
    }

    /// Continues the doubt after a restart. A request without a recorded reply was given up with
    /// the last run.
    pub(super) fn doubt_again(&mut self, cx: &mut Context) {
        let Some(doubt) = self.handle.doubt().cloned() else {
            let message = "an earlier run ended between the request and its answer";
            return self.doubt(&Error::new(Code::ConnectionLost, message), cx);
        };
        let message = "an earlier run did not learn whether its request was done";
        let cause =
            Error::new(doubt.code, message).with_request_id(doubt.request_id.unwrap_or_default());
        self.begin_doubt(cause, Since::Earlier(doubt.since), cx);
    }

    /// Looks once more before a repeated request that had to wait and was certainly not carried
    /// out.
    pub(super) fn look_before_repeat(&mut self, post: u32, cx: &mut Context) {
        self.list_own_actions(None, cx);
        self.stage = Stage::Doubting(Doubting {
            cause: Error::new(Code::ConnectionLost, "the answer to the first request was lost"),
            until: cx.now.monotonic,
            listed_at: cx.now.monotonic,
            lists: 0,
            history: Vec::new(),
            paging: Paging::default(),
            next_post: post,
            since: Since::Counted,
        });
    }

    pub(super) fn list_in_doubt(&mut self, cx: &mut Context) {
        if let Stage::Doubting(doubting) = &mut self.stage {
            doubting.listed_at = cx.now.monotonic;
            doubting.lists += 1;
            doubting.history.clear();
            doubting.paging = Paging::default();
            self.list_own_actions(None, cx);
        }
    }

    pub(super) fn listed_in_doubt(
        &mut self,
        mut doubting: Doubting,
        result: Result<Reply, Failure>,
        cx: &mut Context,
    ) {
        self.count_in(&mut doubting, cx);
        match result {
            Ok(Reply::Actions(mut page)) => match doubting.paging.turn(&mut page) {
                Ok(next) => {
                    doubting.history.extend(page.items);
                    match next {
                        None => self.conclude(doubting, cx),
                        next => {
                            self.list_own_actions(next, cx);
                            self.stage = Stage::Doubting(doubting);
                        }
                    }
                }
                Err(error) => self.fail(error, cx),
            },
            Ok(_) => self.list_later(doubting, cx),
            // The doubt stays on record; a run without a deadline must end too.
            Err(failure)
                if failure.error.is_retryable()
                    && cx.now.monotonic < doubting.until.saturating_add(UNREACHABLE) =>
            {
                self.list_later(doubting, cx);
            }
            Err(failure) => self.fail(failure.error, cx),
        }
    }

    fn begin_doubt(&mut self, cause: Error, since: Since, cx: &mut Context) {
        let mut doubting = Doubting {
            cause,
            until: cx.after(VISIBLE_WITHIN),
            listed_at: Duration::ZERO,
            lists: 0,
            history: Vec::new(),
            paging: Paging::default(),
            next_post: self.handle.intent().map_or(1, |intent| intent.post.saturating_add(1)),
            since,
        };
        self.count_in(&mut doubting, cx);
        self.list_later(doubting, cx);
    }

    /// Counts the time that has passed in doubt, once the service's clock is known: a local clock
    /// may be hours off.
    fn count_in(&mut self, doubting: &mut Doubting, cx: &mut Context) {
        if !cx.service.is_known() {
            return;
        }
        match std::mem::replace(&mut doubting.since, Since::Counted) {
            Since::Counted => {}
            Since::Earlier(since) => {
                let passed = Duration::try_from(cx.service_now() - since).unwrap_or_default();
                doubting.until = cx.after(VISIBLE_WITHIN.saturating_sub(passed));
            }
            Since::Now => {
                let code = doubting.cause.code();
                let request_id = doubting.cause.request_id().map(str::to_owned);
                let since = cx.service_now();
                self.fact(Fact::Doubted(Doubt { since, code, request_id }), cx);
            }
        }
    }

    fn list_later(&mut self, doubting: Doubting, cx: &mut Context) {
        let wait = WAITS.get(doubting.lists as usize).copied().unwrap_or(LAST_WAIT);
        let mut at = cx.after(Duration::from_secs(wait));
        if cx.now.monotonic < doubting.until {
            // The decisive list is requested exactly when the time is up.
            at = at.min(doubting.until);
        }
        self.set_timer(at, cx);
        self.stage = Stage::Doubting(doubting);
    }

    fn conclude(&mut self, doubting: Doubting, cx: &mut Context) {
        let Some(intent) = self.handle.intent() else { return self.check(cx) };
        let attempt = intent.attempt;
        let comment = self.sent_comment(intent, cx);
        let Some(asked) = self.asked(&comment, cx) else { return self.find(cx) };
        if let Some((adoption, action)) = asked.pick(&doubting.history) {
            let action = action.clone();
            self.adopt(&action, adoption, cx);
        } else if doubting.listed_at < doubting.until {
            self.list_later(doubting, cx);
        } else if doubting.next_post <= MAX_POSTS {
            self.ask(attempt, doubting.next_post, doubting.history, cx);
        } else if doubting.cause.code() == Code::AlreadyRunning {
            self.end(Outcome::Failed(doubting.cause), cx);
        } else {
            let message = "two requests went unanswered and neither shows among the device's actions; \
                           one may still appear later than three minutes after it was given up";
            let error = Error::new(Code::CollectionUncertain, message).with_source(doubting.cause);
            self.end(Outcome::Failed(error), cx);
        }
    }
}

/// The promise: never twice while visibility lag plus request delay stay within this time.
pub(in crate::engine) const VISIBLE_WITHIN: Duration = Duration::from_secs(180);
/// The maximum number of requests per attempt.
pub(in crate::engine) const MAX_POSTS: u32 = 2;
/// The seconds to wait before each list.
const WAITS: [u64; 6] = [2, 5, 10, 15, 20, 30];
const LAST_WAIT: u64 = 30;
