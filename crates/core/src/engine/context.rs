//! The state shared by all collections of a run: the call queues, the token, the timers, the
//! outgoing commands.

mod line;
mod records;
mod trouble;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::time::Duration;

use time::OffsetDateTime;

use self::trouble::Troubles;
use super::calls::{CallId, Calls, Failure, Reply};
use super::command::Settlement;
use super::known::Known;
use super::poller::Poller;
use super::service_clock::ServiceClock;
use super::start::Begun;
use super::token::Token;
use super::{Command, Event, EventKind, Fetched, Held, Options, Sealed, Ticket};
use crate::map::Names;
use crate::wire::MachineAction;
use crate::{ActionId, Error, MachineId, Map, Now, PermitId, retry};

/// An input for one collection.
#[derive(Debug)]
pub(super) enum Input {
    CancelReply(Result<Reply, Failure>),
    ClaimHeld(Duration),
    Claimed,
    Fetched(Fetched),
    Held(Held),
    /// The held call has its permit.
    Permitted,
    RecordFailed(Error),
    Recorded,
    Reply(Result<Reply, Failure>),
    Sealed(Sealed),
    /// A shared poll saw this collection's action.
    Seen(Box<MachineAction>),
    /// A download may begin.
    Slot,
    Start,
    Timer,
    /// A shared poll did not see this collection's action.
    Unseen,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Asked {
    Device(usize),
    Permit(CallId),
    Send(CallId),
    Token,
}

#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Timer {
    Call(CallId),
    Device(usize),
    Line,
    Poll,
    Token,
}

pub(super) struct Context {
    pub(super) options: Options,
    pub(super) now: Now,
    /// The monotonic time at which the run began.
    begun: Duration,
    pub(super) service: ServiceClock,
    pub(super) token: Token,
    pub(super) calls: Calls,
    pub(super) out: VecDeque<Command>,
    pub(super) inbox: VecDeque<(usize, Input)>,
    /// Collections that waited for another run and are to start again.
    pub(super) restarts: VecDeque<usize>,
    /// Replies to the shared poll.
    pub(super) polled: VecDeque<Result<Reply, Failure>>,
    pub(super) devices: Vec<String>,
    pub(super) slots_taken: usize,
    pub(super) slot_line: VecDeque<usize>,
    /// Set to false once the service has refused it.
    pub(super) send_external_id: bool,
    pub(super) poller: Poller,
    /// The collection that holds each machine.
    machines: Names,
    holders: Vec<Holder>,
    /// The collection that holds each action.
    actions: Names,
    pub(super) known: Known,
    tickets: Map<Ticket, Asked>,
    next_ticket: u64,
    unrecorded: Map<u64, Unrecorded>,
    /// Collections with a record that the ledger did not take, and the reason.
    untold: Map<usize, Error>,
    /// Collections whose intent is durable, but that still wait for earlier records.
    nearly: Map<usize, ()>,
    next_seq: u64,
    timers: BinaryHeap<Reverse<(Duration, Timer)>>,
    troubles: Troubles,
    random: u64,
}

/// A record that is not durable yet.
#[derive(Clone, Copy, Debug)]
struct Unrecorded {
    index: usize,
    /// Whether its collection waits until this and all earlier records are durable.
    waits: bool,
}

/// A collection that others of the same machine follow.
#[derive(Clone, Copy, Debug)]
struct Holder {
    index: usize,
    /// Set if its action has ended: then it serves only collections that did not begin later than
    /// this.
    until: Option<Begun>,
}

impl std::fmt::Debug for Context {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context")
            .field("now", &self.now)
            .field("calls", &self.calls)
            .finish_non_exhaustive()
    }
}

impl Context {
    pub(super) fn new(options: Options, devices: Vec<String>, known: Known, now: Now) -> Self {
        let seed =
            options.entropy.iter().fold(0u64, |sum, byte| sum.rotate_left(8) ^ u64::from(*byte));
        Self {
            send_external_id: options.send_external_id,
            options,
            now,
            begun: now.monotonic,
            service: ServiceClock::default(),
            token: Token::default(),
            calls: Calls::default(),
            out: VecDeque::new(),
            inbox: VecDeque::new(),
            restarts: VecDeque::new(),
            polled: VecDeque::new(),
            troubles: Troubles::new(devices.len()),
            devices,
            slots_taken: 0,
            slot_line: VecDeque::new(),
            poller: Poller::default(),
            machines: Names::default(),
            holders: Vec::new(),
            actions: Names::default(),
            known,
            tickets: Map::new(),
            next_ticket: 0,
            unrecorded: Map::new(),
            untold: Map::new(),
            nearly: Map::new(),
            next_seq: 0,
            timers: BinaryHeap::new(),
            random: seed,
        }
    }

    /// The current service time.
    pub(super) fn service_now(&self) -> OffsetDateTime {
        self.service.at(self.now)
    }

    /// The service time at which the run began.
    pub(super) fn service_begun(&self) -> OffsetDateTime {
        self.service_now() - self.now.monotonic.saturating_sub(self.begun)
    }

    pub(super) fn after(&self, wait: Duration) -> Duration {
        self.now.monotonic.saturating_add(wait)
    }

    pub(super) fn event(&mut self, index: Option<usize>, kind: EventKind) {
        let device = index.and_then(|index| self.devices.get(index).cloned());
        self.out.push_back(Command::Event(Event { index, device, at: self.now.wall, kind }));
    }

    pub(super) fn ticket(&mut self, asked: Asked) -> Ticket {
        self.next_ticket += 1;
        let ticket = Ticket(self.next_ticket);
        self.tickets.insert(ticket, asked);
        ticket
    }

    pub(super) fn redeem(&mut self, ticket: Ticket) -> Option<Asked> {
        self.tickets.remove(&ticket)
    }

    pub(super) fn who_asked(&self, ticket: Ticket) -> Option<Asked> {
        self.tickets.get(&ticket).copied()
    }

    pub(super) fn timer(&mut self, at: Duration, timer: Timer) {
        self.timers.push(Reverse((at, timer)));
    }

    /// The next timer for which `still_counts` is true; earlier ones are dropped.
    pub(super) fn next_timer(
        &mut self,
        still_counts: impl Fn(&mut Calls, Duration, Timer) -> bool,
    ) -> Option<Duration> {
        while let Some(Reverse((at, timer))) = self.timers.peek().copied() {
            if still_counts(&mut self.calls, at, timer) {
                return Some(at);
            }
            self.timers.pop();
        }
        None
    }

    pub(super) fn has_due(&self) -> bool {
        self.timers.peek().is_some_and(|Reverse((at, _))| *at <= self.now.monotonic)
    }

    /// Takes an expired timer.
    pub(super) fn due(&mut self) -> Option<Timer> {
        if !self.has_due() {
            return None;
        }
        let due = self.timers.pop()?;
        // The same timer may have been set more than once.
        while self.timers.peek() == Some(&due) {
            self.timers.pop();
        }
        let Reverse((_, timer)) = due;
        Some(timer)
    }

    /// A number from 0 to below 1 (`SplitMix64`, seeded with the caller's entropy).
    pub(super) fn jitter(&mut self) -> f64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        let bits = u32::try_from((z ^ (z >> 31)) >> 32).unwrap_or_default();
        f64::from(bits) / (f64::from(u32::MAX) + 1.0)
    }

    /// How long to wait after the `count`th consecutive failure, counted from 1.
    pub(super) fn wait_after(&mut self, count: u32, error: &Error) -> Duration {
        retry::wait_after(count, error, self.jitter())
    }

    /// Asks the driver for something that only this device waits for.
    pub(super) fn ask_device(
        &mut self,
        index: usize,
        command: impl FnOnce(Ticket) -> Command,
    ) -> Ticket {
        let ticket = self.ticket(Asked::Device(index));
        self.out.push_back(command(ticket));
        ticket
    }

    /// Takes the machine for a collection that began at `begun`, or returns the collection that
    /// serves it too.
    pub(super) fn take_machine(
        &mut self,
        machine: &MachineId,
        index: usize,
        begun: Begun,
    ) -> Option<usize> {
        let holder = Holder { index, until: None };
        let held = self.holder(machine, holder)?;
        if held.until.is_some_and(|until| begun.is_after(until)) {
            *held = holder;
        }
        (held.index != index).then_some(held.index)
    }

    /// Takes the machine for a collection whose action has ended, only for collections that did not
    /// begin later.
    pub(super) fn lend_machine(&mut self, machine: &MachineId, index: usize, until: Begun) {
        let holder = Holder { index, until: Some(until) };
        if let Some(held) = self.holder(machine, holder)
            && held.until.is_some_and(|other| until.is_after(other))
        {
            *held = holder;
        }
    }

    /// The holder of the machine; the given one if there was none.
    fn holder(&mut self, machine: &MachineId, holder: Holder) -> Option<&mut Holder> {
        let name = machine.folded();
        let place = self.machines.get(&name).unwrap_or_else(|| {
            self.machines.insert(name, self.holders.len());
            self.holders.push(holder);
            self.holders.len() - 1
        });
        self.holders.get_mut(place)
    }

    /// Takes the action for this collection, or returns the collection that has it.
    pub(super) fn take_action(&mut self, action: &ActionId, index: usize) -> Option<usize> {
        let name = action.folded();
        let holder = self.actions.get(&name);
        if holder.is_none() {
            self.actions.insert(name, index);
        }
        holder.filter(|holder| *holder != index)
    }

    pub(super) fn want_slot(&mut self, index: usize) {
        if self.slots_taken < self.options.downloads.max(1) {
            self.slots_taken += 1;
            self.inbox.push_back((index, Input::Slot));
        } else {
            self.slot_line.push_back(index);
        }
    }

    /// Passes a download slot to the next in the queue.
    pub(super) fn free_slot(&mut self) {
        match self.slot_line.pop_front() {
            Some(next) => self.inbox.push_back((next, Input::Slot)),
            None => self.slots_taken -= 1,
        }
    }

    pub(super) fn abort(&mut self, ticket: Ticket) {
        if self.tickets.remove(&ticket).is_some() {
            self.out.push_back(Command::Abort { ticket });
        }
    }

    pub(super) fn settle(&mut self, permit: PermitId, settlement: Settlement) {
        self.out.push_back(Command::Settle { permit, settlement });
    }
}
