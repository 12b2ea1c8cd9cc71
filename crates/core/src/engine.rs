//! The collection engine: one sans-IO state machine for one device or ten thousand.
//!
//! [`Engine`] makes all decisions: which request to send, when to repeat it, how to pace, what to
//! adopt, when to stop. A driver moves bytes: it calls [`Engine::poll`] until [`Command::Wait`] or
//! [`Command::Done`], carries out the commands, and returns each [`Answer`] with its [`Ticket`].
//! Time is an argument ([`Now`]), randomness is sixteen bytes in [`Options`], and everything that
//! must survive a crash is emitted as a [`Record`].

mod adoption;
mod bound;
mod calls;
mod choice;
mod collection;
mod command;
mod context;
mod custody;
mod event;
mod file_name;
mod fleet;
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
pub(crate) mod search;
mod service_clock;
mod start;
mod token;
mod verdict;

use std::time::Duration;

pub use self::bound::Bound;
use self::calls::State;
use self::collection::Collection;
pub use self::command::{
    Answer, Command, Exchange, Fetched, Held, Partial, Sealed, Settlement, Ticket,
};
use self::context::{Asked, Context, Input, Timer};
pub use self::custody::{AskedBy, Custody};
pub use self::event::{Event, EventKind};
pub use self::file_name::{is_windows_device, package_file_name};
use self::fleet::Fleet;
pub use self::handle::{Action, Adoption, Doubt, Handle, Intent, Machine};
pub use self::judge::{Judge, Ruling};
use self::known::Known;
pub use self::marker::{Marker, has_marker};
pub use self::options::{Options, Pick, Until};
pub use self::outcome::{Cancellation, Candidate, DeviceReport, Limit, Outcome, Report, Stored};
pub use self::record::{Fact, Record};
pub use self::service_clock::ServiceClock;
pub use self::start::Start;
pub use self::verdict::Verdict;
use crate::claims::{COLLECTION_PATH, Preflight};
use crate::map::Names;
use crate::{Error, Now};

/// Collects from one device or many; see the [module](self).
#[derive(Debug)]
pub struct Engine {
    cx: Context,
    fleet: Fleet,
    deadline: Option<Duration>,
    was_checked: bool,
    has_begun: bool,
    is_done: bool,
}

impl Engine {
    /// Creates an engine for these devices and handles.
    ///
    /// `known` is what the ledger knows, in its order ([`Handle::fold`]): everything, or only the
    /// collections that the starts name ([`Start::names`]) if the driver tells the engine the rest
    /// with [`learn`](Self::learn). If both a handle and the ledger know a collection, the more
    /// advanced state wins; an action that only the handle knows is first checked against the
    /// service. A device with a request whose result is unknown is not asked again by another
    /// collection. `now` is the start of the run, from which [`Options::deadline`] counts.
    ///
    /// Fails with `invalid_option` if [`Options::key`] is blank or too long, with `handle_mismatch`
    /// if a handle belongs to another tenant or API host, and with `invalid_handle` if it names no
    /// device or contradicts the ledger.
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
        let known = Known::new(&options, known, &collections);
        let devices =
            collections.iter().map(|collection| collection.handle.device().to_owned()).collect();
        Ok(Self {
            deadline: options.deadline.map(|deadline| now.monotonic.saturating_add(deadline)),
            was_checked: !options.preflight,
            cx: Context::new(options, devices, known, now),
            fleet: Fleet::new(collections),
            has_begun: false,
            is_done: false,
        })
    }

    /// Returns the next command. Call it until it returns [`Command::Wait`] or [`Command::Done`].
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
        if self.fleet.is_over() && self.cx.all_recorded() && !self.is_done {
            self.is_done = true;
            return Command::Done(self.fleet.report(&self.cx));
        }
        Command::Wait { until: self.next_wake() }
    }

    /// Takes the answer to a ticket. Answers to aborted or unknown tickets are ignored.
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
            // The call was given up while its permit was pending.
            (None, Answer::Granted(permit)) => cx.settle(permit, Settlement::Unused),
            _ => {}
        }
    }

    /// The name of the collection that requested this ticket; `None` if it has ended since, and for
    /// requests of the whole run.
    #[must_use]
    pub fn asker(&self, ticket: Ticket) -> Option<&str> {
        match self.cx.who_asked(ticket)? {
            Asked::Device(index) => self.handle(index).map(Handle::collection),
            _ => None,
        }
    }

    /// Takes what the ledger knows for a [`Command::Claim`], before the answer that it is claimed:
    /// `known` is everything about the machine and the [asker](Self::asker), in the ledger's order,
    /// and `elsewhere` is the last collection in another ledger that asked the machine. An asker
    /// that the ledger does not know is recorded.
    pub fn learn(&mut self, ticket: Ticket, known: &[Handle], elsewhere: Option<&Handle>) {
        let Some(Asked::Device(index)) = self.cx.who_asked(ticket) else { return };
        let Some(asker) = self.fleet.one(index) else { return };
        self.cx.known.learn(&self.cx.options, known, elsewhere, asker, self.fleet.all());
        if !known.iter().any(|it| it.collection() == asker.handle.collection()) {
            asker.write_down(&mut self.cx);
        }
    }

    /// Reports that the record with this number is durable.
    pub fn recorded(&mut self, seq: u64) {
        self.cx.recorded(seq);
    }

    /// Reports that the record with this number could not be made durable.
    pub fn record_failed(&mut self, seq: u64, error: Error) {
        self.cx.record_failed(seq, error);
    }

    /// Reports the progress of a [`Command::Fetch`]: the bytes received so far and, if known, the
    /// total.
    pub fn progress(&mut self, ticket: Ticket, received: u64, total: Option<u64>) {
        if let Some(Asked::Device(index)) = self.cx.who_asked(ticket) {
            self.cx.event(Some(index), EventKind::Progress { received, total });
        }
    }

    /// Stops one device (its index in the list of starts, from 0), or all of them if `device` is
    /// `None`.
    pub fn cancel(&mut self, device: Option<usize>, how: &StopHow, now: Now) {
        self.tick(now);
        let indices =
            device.map_or(0..self.fleet.all().len(), |index| index..index.saturating_add(1));
        for index in indices {
            self.fleet.stop(index, &mut self.cx, |collection, cx| match how {
                StopHow::Here => collection.end(Outcome::Stopped, cx),
                StopHow::AtService { comment } => collection.cancel_at_service(comment, cx),
            });
        }
    }

    /// The current handle of one device, by its index in the list of starts.
    #[must_use]
    pub fn handle(&self, index: usize) -> Option<&Handle> {
        self.fleet.one(index).map(|collection| &collection.handle)
    }

    /// Whether stopping now would lose no work: no collect request waits for its reply, and no
    /// package is being read, downloaded or sealed.
    ///
    /// A driver with a budget stops only when this is true.
    #[must_use]
    pub fn is_interruptible(&self) -> bool {
        self.fleet.all().iter().all(|collection| collection.is_interruptible(&self.cx.calls))
    }

    fn tick(&mut self, now: Now) {
        // A monotonic clock that goes backwards must not undo what time has caused.
        let monotonic = now.monotonic.max(self.cx.now.monotonic);
        self.cx.now = Now { monotonic, ..now };
    }

    /// Does what time and answers have made possible; returns whether there was anything to do.
    fn advance(&mut self) -> bool {
        if !std::mem::replace(&mut self.has_begun, true) {
            self.begin();
        }
        if self.deadline.is_some_and(|deadline| self.cx.now.monotonic >= deadline) {
            self.deadline = None;
            let cx = &mut self.cx;
            self.fleet.end_each(cx, |_| true, |it, cx| it.out_of_time(Limit::Deadline, cx));
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
        self.fleet.start_more(&mut self.cx);
        while let Some((index, input)) = self.cx.inbox.pop_front() {
            self.fleet.with(index, &mut self.cx, |collection, cx| collection.on(input, cx));
            self.fleet.start_more(&mut self.cx);
        }
        self.cx.pump();
        !self.cx.out.is_empty() || !self.cx.polled.is_empty() || self.cx.has_due()
    }

    fn begin(&mut self) {
        for collection in self.fleet.all() {
            collection.write_down(&mut self.cx);
        }
        if self.cx.options.comment.is_long() {
            let message =
                "the comment is very long, and the service's limit is not known".to_owned();
            self.cx.event(None, EventKind::Warning { message });
        }
    }

    /// Refuses, before the first request, what the token cannot do.
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
                let (refused, failed) = (Outcome::Refused(error.clone()), Outcome::Failed(error));
                let cx = &mut self.cx;
                self.fleet.end_each(cx, |it| !it.is_asked(), |it, cx| it.end(refused.clone(), cx));
                // A token that may not ask again does not settle a request in doubt.
                self.fleet.end_each(
                    cx,
                    |it| !it.is_accepted(),
                    |it, cx| it.end(failed.clone(), cx),
                );
            }
        }
    }

    fn next_wake(&mut self) -> Option<Duration> {
        let fleet = &self.fleet;
        let timer = self.cx.next_timer(|calls, at, timer| match timer {
            Timer::Call(id) => calls.pending(id).is_some_and(|pending| match pending.state {
                State::Sent { give_up, .. } => give_up <= at,
                State::Waiting => true,
                State::Held { .. } | State::Permitting | State::Queued => false,
            }),
            Timer::Device(index) => {
                fleet.one(index).is_some_and(|collection| collection.waits_for_timer(at))
            }
            Timer::Line | Timer::Poll | Timer::Token => true,
        });
        let deadline = self.deadline.filter(|_| !self.fleet.is_over());
        timer.into_iter().chain(deadline).min()
    }
}

/// How to stop.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum StopHow {
    /// Cancel the action at the service if it is ours; otherwise only stop locally.
    AtService {
        /// The reason, which the service requires.
        comment: String,
    },
    /// Stop locally; the action continues at the service and can be resumed.
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
