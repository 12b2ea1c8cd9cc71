//! The collection engine: one sans-IO state machine for one device or ten thousand.
//!
//! [`Engine`] decides everything: which request to send, when to repeat it, how to pace, what to adopt, when to stop.
//! A driver moves bytes: it calls [`Engine::poll`] until [`Command::Wait`] or [`Command::Done`], carries the commands
//! out, and brings each [`Answer`] back with its [`Ticket`]. Time is an argument ([`Now`]), randomness is sixteen bytes
//! in [`Options`], and all that must survive a crash leaves as a [`Record`].

mod adoption;
mod calls;
mod choice;
mod collection;
mod command;
mod context;
mod custody;
mod event;
mod file_name;
mod handle;
mod judge;
mod known;
mod marker;
mod merge;
mod options;
mod outcome;
mod pace;
mod poller;
mod record;
mod service_clock;
mod start;
mod token;
mod verdict;

use std::time::Duration;

use self::calls::State;
pub use self::choice::{MAX_MERGES, candidates, is_asked_for};
use self::collection::Collection;
pub use self::command::{
    Answer, Command, Exchange, Fetched, Held, Partial, Sealed, Settlement, Ticket,
};
use self::context::{Asked, Context, Input, Timer};
pub use self::custody::{AskedBy, Custody};
pub use self::event::{Event, EventKind};
pub use self::file_name::{is_windows_device, package_file_name};
pub use self::handle::{Action, Adoption, Handle, Intent, Machine};
pub use self::judge::{Judge, Ruling};
use self::known::Known;
pub use self::marker::Marker;
pub use self::options::{Options, Pick, Until};
pub use self::outcome::{Cancellation, Candidate, DeviceReport, Limit, Outcome, Report, Stored};
pub use self::record::{Fact, Record};
pub use self::service_clock::ServiceClock;
pub use self::start::Start;
pub use self::verdict::Verdict;
use crate::claims::{COLLECTION_PATH, Preflight};
use crate::map::{Names, sorted};
use crate::{Error, Map, Now};

/// Collects from one device or from many; see the [module](self).
#[derive(Debug)]
pub struct Engine {
    cx: Context,
    collections: Vec<Collection>,
    /// In which order they start, and how many have.
    order: Vec<usize>,
    next: usize,
    starting: usize,
    over: usize,
    followers: Map<usize, Vec<usize>>,
    deadline: Option<Duration>,
    was_checked: bool,
    has_begun: bool,
    is_done: bool,
}

impl Engine {
    /// An engine for these devices and handles, ready to be polled.
    ///
    /// `known` is what the ledger knows, in its order ([`Handle::fold`]): all of it, or only the collections that the
    /// starts name ([`Start::names`]) where the driver lets the engine [`learn`](Self::learn) the rest. Of a collection
    /// that it knows too it goes on from whichever has come further; what a handle says of its action, and the ledger
    /// does not, is held against the service's word first; and a device whose request is still in doubt there is not
    /// asked again by another collection. `now` is the start of the run, from which [`Options::deadline`] counts.
    ///
    /// Fails with `invalid_option` if [`Options::key`] is blank or too long, with `handle_mismatch` if a handle belongs to
    /// another tenant or API host, and with `invalid_handle` if it names no device or contradicts the ledger.
    pub fn new(
        options: Options,
        starts: Vec<Start>,
        known: &[Handle],
        now: Now,
    ) -> Result<Self, Error> {
        options.check()?;
        let mut collections = Vec::with_capacity(starts.len());
        let mut places = Names::default();
        for (place, handle) in known.iter().enumerate() {
            if handle.belongs_to(&options.tenant, &options.base).is_ok() {
                places.insert(handle.collection().to_owned(), place);
            }
        }
        let by_name = |name: &str| {
            let place = places.get(name)?;
            Some((place, known.get(place)?))
        };
        for (index, start) in starts.into_iter().enumerate() {
            let opened = start.open(index, &options, by_name, now.wall)?;
            collections.push(Collection::new(index, opened));
        }
        // Of several handles of one machine the one that has come furthest must not wait for another's request.
        let progress = |index: &usize| collections.get(*index).map(Collection::progress);
        let order = (0..collections.len()).collect();
        let order = sorted(order, |one, other| progress(other).cmp(&progress(one)));
        let known = Known::new(&options, known, &collections);
        let devices =
            collections.iter().map(|collection| collection.handle.device().to_owned()).collect();
        Ok(Self {
            deadline: options.deadline.map(|deadline| now.monotonic.saturating_add(deadline)),
            was_checked: !options.preflight,
            cx: Context::new(options, devices, known, now),
            collections,
            order,
            next: 0,
            starting: 0,
            over: 0,
            followers: Map::new(),
            has_begun: false,
            is_done: false,
        })
    }

    /// The next thing to do. Call it until it says [`Command::Wait`] or [`Command::Done`].
    pub fn poll(&mut self, now: Now) -> Command {
        self.tick(now);
        loop {
            if let Some(command) = self.cx.out.pop_front() {
                return command;
            }
            if !self.advance() {
                break;
            }
        }
        if self.over == self.collections.len() && self.cx.all_recorded() && !self.is_done {
            self.is_done = true;
            return Command::Done(self.report());
        }
        Command::Wait { until: self.next_wake() }
    }

    /// Brings the answer to a ticket. Answers to tickets that were aborted, or that nobody has, are ignored.
    pub fn answer(&mut self, ticket: Ticket, answer: Answer, now: Now) {
        self.tick(now);
        let cx = &mut self.cx;
        match (cx.redeem(ticket), answer) {
            (Some(Asked::Permit(call)), Answer::Granted(permit)) => cx.granted(call, permit),
            (Some(Asked::Permit(call)), Answer::Until(until)) => cx.until(call, until),
            (Some(Asked::Send(call)), Answer::Exchange(exchange)) => cx.exchanged(call, exchange),
            (Some(Asked::Token), Answer::Token(token, good_for)) => {
                cx.token_came(token, good_for);
                self.check_claims();
            }
            (Some(Asked::Token), Answer::TokenFailed(error)) => cx.token_failed(&error),
            (Some(Asked::Device(index)), answer) => {
                if let Some(input) = for_device(answer) {
                    cx.inbox.push_back((index, input));
                }
            }
            // The call was given up while its permit was asked for.
            (None, Answer::Granted(permit)) => cx.settle(permit, Settlement::Unused),
            _ => {}
        }
    }

    /// The name of the collection that asked with this ticket; none if it has ended since, and for what the whole run asks.
    #[must_use]
    pub fn asker(&self, ticket: Ticket) -> Option<&str> {
        match self.cx.who_asked(ticket)? {
            Asked::Device(index) => self.handle(index).map(Handle::collection),
            _ => None,
        }
    }

    /// Takes in what is known of a [`Command::Claim`], to be told before the answer that it is claimed: what the ledger knows
    /// of the machine and of the [asker](Self::asker), in its order, and who asked the machine last for a ledger `elsewhere`.
    /// What was told at the beginning and has not changed need not be told again.
    pub fn learn(&mut self, known: &[Handle], elsewhere: Option<&Handle>) {
        self.cx.known.learn(&self.cx.options, known, elsewhere, &self.collections);
    }

    /// The record of this number, and every one before it that was said to be, is durable.
    pub fn recorded(&mut self, seq: u64) {
        self.cx.recorded(seq);
    }

    /// The record of this number could not be made durable.
    pub fn record_failed(&mut self, seq: u64, error: Error) {
        self.cx.record_failed(seq, error);
    }

    /// Bytes of a [`Command::Fetch`] have arrived: so many so far, of so many in all.
    pub fn progress(&mut self, ticket: Ticket, received: u64, total: Option<u64>) {
        if let Some(Asked::Device(index)) = self.cx.who_asked(ticket) {
            self.cx.event(Some(index), EventKind::Progress { received, total });
        }
    }

    /// Stops one device (its place in the call, from 0) or all of them.
    pub fn cancel(&mut self, device: Option<usize>, how: &StopHow, now: Now) {
        self.tick(now);
        let indices =
            device.map_or(0..self.collections.len(), |index| index..index.saturating_add(1));
        for index in indices {
            self.share(index);
            self.with(index, |collection, cx| match how {
                StopHow::Here => collection.end(Outcome::Stopped, cx),
                StopHow::AtService { comment } => collection.cancel_at_service(comment, cx),
            });
        }
    }

    /// The handle of one device as it is now, by its place in the call.
    #[must_use]
    pub fn handle(&self, index: usize) -> Option<&Handle> {
        self.collections.get(index).map(|collection| &collection.handle)
    }

    /// Whether stopping now would waste nothing that cannot be gone on with: no collect request waits for its answer,
    /// and no package is being read through, downloaded or sealed.
    ///
    /// A driver that has a budget stops when this holds, and not before.
    #[must_use]
    pub fn is_interruptible(&self) -> bool {
        self.collections.iter().all(|collection| collection.is_interruptible(&self.cx.calls))
    }

    fn tick(&mut self, now: Now) {
        // A monotonic clock that goes backwards must not undo what time has done.
        let monotonic = now.monotonic.max(self.cx.now.monotonic);
        self.cx.now = Now { monotonic, ..now };
    }

    /// Does what time and answers have made possible; says whether there was anything.
    fn advance(&mut self) -> bool {
        if !std::mem::replace(&mut self.has_begun, true) {
            self.begin();
        }
        if self.deadline.is_some_and(|deadline| self.cx.now.monotonic >= deadline) {
            self.deadline = None;
            self.end_all(&Outcome::DeadlineReached(Limit::Deadline), |_| true);
        }
        while let Some(timer) = self.cx.due() {
            match timer {
                Timer::Call(call) => self.cx.call_due(call),
                Timer::Device(index) => self.cx.inbox.push_back((index, Input::Timer)),
                Timer::Line => {}
                Timer::Poll => self.cx.poll_due(),
                Timer::Token => self.cx.token_due(),
            }
        }
        while let Some(result) = self.cx.polled.pop_front() {
            self.cx.listed(result);
        }
        self.start_more();
        while let Some((index, input)) = self.cx.inbox.pop_front() {
            self.with(index, |collection, cx| collection.on(input, cx));
            self.start_more();
        }
        self.cx.pump();
        !self.cx.out.is_empty() || !self.cx.polled.is_empty() || self.cx.has_due()
    }

    fn begin(&mut self) {
        for collection in &self.collections {
            collection.write_down(&mut self.cx);
        }
        if self.cx.options.comment.is_long() {
            let message =
                "the comment is very long, and the service's limit is not known".to_owned();
            self.cx.event(None, EventKind::Warning { message });
        }
    }

    fn start_more(&mut self) {
        while self.starting < self.cx.options.concurrency.max(1)
            && let Some(index) = self.next_to_start()
        {
            self.with(index, |collection, cx| collection.on(Input::Start, cx));
        }
    }

    /// Who waited for another run comes before who has not begun.
    fn next_to_start(&mut self) -> Option<usize> {
        self.cx.restarts.pop_front().or_else(|| {
            let index = self.order.get(self.next).copied()?;
            self.next += 1;
            Some(index)
        })
    }

    /// Lets one collection act, and keeps the books of all of them.
    fn with(&mut self, index: usize, act: impl FnOnce(&mut Collection, &mut Context)) {
        let Some(collection) = self.collections.get_mut(index) else { return };
        let was = (collection.is_starting(), collection.is_over(), collection.leader());
        act(collection, &mut self.cx);
        let is = (collection.is_starting(), collection.is_over(), collection.leader());
        self.starting = self.starting + usize::from(is.0) - usize::from(was.0);
        if !collection.is_watching() {
            self.cx.not_watching(index);
        }
        if let (None, Some(leader)) = (was.2, is.2) {
            self.begin_to_follow(index, leader);
        }
        if is.1 && !was.1 {
            self.over += 1;
            for follower in self.followers.remove(&index).unwrap_or_default() {
                self.follow(follower, index);
            }
        }
    }

    fn begin_to_follow(&mut self, index: usize, leader: usize) {
        if self.collections.get(leader).is_some_and(Collection::is_over) {
            self.follow(index, leader);
        } else {
            self.followers.or_default(leader).push(index);
        }
    }

    fn follow(&mut self, index: usize, leader: usize) {
        let Ok([follower, leader]) = self.collections.get_disjoint_mut([index, leader]) else {
            return;
        };
        let was_over = follower.is_over();
        follower.follow(leader, &mut self.cx);
        self.over += usize::from(follower.is_over() && !was_over);
    }

    /// Gives a follower what its leader knows, for when it ends before it.
    fn share(&mut self, index: usize) {
        let Some(leader) = self.collections.get(index).and_then(Collection::leader) else { return };
        if let Ok([follower, leader]) = self.collections.get_disjoint_mut([index, leader]) {
            follower.take_over(leader, &mut self.cx);
        }
    }

    /// Refuses before the first request what the token cannot do.
    fn check_claims(&mut self) {
        if std::mem::replace(&mut self.was_checked, true) {
            return;
        }
        let preflight = match self.cx.token.claims() {
            Some(claims) => claims.check(COLLECTION_PATH),
            None => Preflight::Warn(
                "the token cannot be read, so its permissions are not known".to_owned(),
            ),
        };
        match preflight {
            Preflight::Ok => {}
            Preflight::Warn(message) => self.cx.event(None, EventKind::Warning { message }),
            Preflight::Refuse(error) => {
                let failed = Outcome::Failed(error.clone());
                self.end_all(&Outcome::Refused(error), |collection| !collection.is_asked());
                // What is in doubt is not undone by a token that may not ask again.
                self.end_all(&failed, |collection| !collection.is_accepted());
            }
        }
    }

    fn end_all(&mut self, outcome: &Outcome, which: impl Fn(&Collection) -> bool) {
        for index in 0..self.collections.len() {
            if self.collections.get(index).is_some_and(&which) {
                self.share(index);
                self.with(index, |collection, cx| collection.end(outcome.clone(), cx));
            }
        }
    }

    fn next_wake(&mut self) -> Option<Duration> {
        let collections = &self.collections;
        let timer = self.cx.next_timer(|calls, at, timer| match timer {
            Timer::Call(id) => calls.pending(id).is_some_and(|pending| match pending.state {
                State::Sent { give_up, .. } => give_up <= at,
                State::Waiting => true,
                State::Held { .. } | State::Permitting | State::Queued => false,
            }),
            Timer::Device(index) => {
                collections.get(index).is_some_and(|collection| collection.waits_for_timer(at))
            }
            Timer::Line | Timer::Poll | Timer::Token => true,
        });
        let deadline = self.deadline.filter(|_| self.over < self.collections.len());
        timer.into_iter().chain(deadline).min()
    }

    fn report(&self) -> Report {
        let report = |collection: &Collection| {
            let outcome = collection.outcome.clone()?;
            Some(DeviceReport {
                device: collection.handle.device().to_owned(),
                outcome,
                handle: collection.handle.clone(),
            })
        };
        Report { devices: self.collections.iter().filter_map(report).collect() }
    }
}

/// How to stop.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StopHow {
    /// Cancel the action at the service if it is our own, else only stop here.
    AtService {
        /// Why; the service demands it.
        comment: String,
    },
    /// Stop here; the action goes on at the service and can be resumed.
    Here,
}

fn for_device(answer: Answer) -> Option<Input> {
    match answer {
        Answer::ClaimHeld(until) => Some(Input::ClaimHeld(until)),
        Answer::Claimed => Some(Input::Claimed),
        Answer::Fetched(fetched) => Some(Input::Fetched(fetched)),
        Answer::Held(held) => Some(Input::Held(held)),
        Answer::Sealed(sealed) => Some(Input::Sealed(sealed)),
        _ => None,
    }
}
