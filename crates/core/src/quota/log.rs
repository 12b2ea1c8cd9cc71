use std::collections::VecDeque;
use std::time::Duration;

use super::snapshot::{LogSnapshot, OpenCall};
use super::{PermitId, QuotaClass};
use crate::Map;
use crate::map::sorted;

use self::window::Window;

mod window;

/// How long to wait when only calls that are still open stand in the way: nobody knows when they end.
const UNTIL_OPEN_CALLS_END: Duration = Duration::from_secs(1);

/// The sliding log of one quota. It is pure: `now` is an argument, and one that runs backwards stands still.
///
/// A call is allowed when, for every limit of N calls within a window, fewer than N calls are open or ended less than
/// a window ago. So no window of the service, sliding or fixed, ever sees more than N. Every operation takes
/// logarithmic time at most.
#[derive(Clone, Debug)]
pub struct QuotaLog {
    class: QuotaClass,
    windows: Vec<Window>,
    /// When each call ended, oldest first; those older than the longest window are dropped.
    settled: VecDeque<Duration>,
    open: Map<PermitId, Duration>,
    closed_until: Duration,
    next_serial: u64,
    latest: Duration,
}

impl QuotaLog {
    /// An empty log for `class`. Of each limit it uses `share`, which is brought into 0 to 1, and at least one call.
    #[must_use]
    pub fn new(class: QuotaClass, share: f64) -> Self {
        Self {
            class,
            windows: class.limits().iter().map(|limit| Window::new(*limit, share)).collect(),
            settled: VecDeque::new(),
            open: Map::new(),
            closed_until: Duration::ZERO,
            next_serial: 0,
            latest: Duration::ZERO,
        }
    }

    /// Takes a permit for one call; it must be [settled](Self::settle) when the answer has come or the call was given
    /// up. Fails with the time at which to ask again if none is free now.
    pub fn permit(&mut self, now: Duration) -> Result<PermitId, Duration> {
        self.check(now)?;
        Ok(self.take(PermitId::new(self.next_serial, self.class), now))
    }

    /// The answer has come, or the call was given up. A permit that is not open is ignored.
    pub fn settle(&mut self, permit: PermitId, now: Duration) {
        let now = self.advance(now);
        if self.open.remove(&permit).is_some() {
            self.settled.push_back(now);
        }
    }

    /// The call was certainly never sent: its permit counts for nothing.
    pub fn release(&mut self, permit: PermitId) {
        self.open.remove(&permit);
    }

    /// The service has answered 429: the class is closed until `until`, and our share is taken for half as large
    /// until one window has gone by without another. Answers to calls that were out together count once.
    pub fn throttled(&mut self, until: Duration, now: Duration) {
        let now = self.advance(now);
        if now >= self.closed_until {
            for window in &mut self.windows {
                window.halve(now, until);
            }
        }
        self.closed_until = self.closed_until.max(until);
        for window in &mut self.windows {
            window.extend(until);
        }
    }

    /// How many calls are open.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// Gives up all calls that are open, as after a restart: nobody is left who could settle them.
    pub fn abandon_open(&mut self, now: Duration) {
        let now = self.advance(now);
        let abandoned = std::mem::take(&mut self.open).len();
        self.settled.extend(std::iter::repeat_n(now, abandoned));
    }

    /// Whether a call is allowed now, and if not, until when to wait.
    pub(super) fn check(&mut self, now: Duration) -> Result<(), Duration> {
        let now = self.advance(now);
        let mut until = if now < self.closed_until { self.closed_until } else { now };
        for window in &self.windows {
            let free = window.limit(now).saturating_sub(self.open.len());
            let end = if free == 0 {
                Some(now.saturating_add(UNTIL_OPEN_CALLS_END))
            } else {
                // The `free`-th youngest of the calls that ended must be a window old.
                let place = self.settled.len().checked_sub(free);
                place
                    .and_then(|place| self.settled.get(place))
                    .map(|end| end.saturating_add(window.length()))
            };
            if let Some(end) = end.filter(|end| *end > now) {
                until = until
                    .max(window.recovers().filter(|at| *at > now).map_or(end, |at| at.min(end)));
            }
        }
        if until > now { Err(until) } else { Ok(()) }
    }

    pub(super) fn take(&mut self, permit: PermitId, now: Duration) -> PermitId {
        let now = self.advance(now);
        self.next_serial = self.next_serial.max(permit.serial()).wrapping_add(1);
        self.open.insert(permit, now);
        permit
    }

    pub(super) fn next_serial(&self) -> u64 {
        self.next_serial
    }

    /// The log as ages before `now`, for a ledger.
    #[must_use]
    pub fn snapshot(&self, now: Duration) -> LogSnapshot {
        let now = now.max(self.latest);
        LogSnapshot {
            settled: self.settled.iter().map(|end| now.saturating_sub(*end)).collect(),
            open: self
                .open
                .iter()
                .map(|(permit, since)| OpenCall {
                    permit: *permit,
                    age: now.saturating_sub(*since),
                })
                .collect(),
            closed_for: self.closed_until.saturating_sub(now),
            windows: self.windows.iter().map(|window| window.snapshot(now)).collect(),
            next_serial: self.next_serial,
        }
    }

    /// The log that a snapshot was taken of, `now` being when it was taken or later on another clock. What a clock
    /// with an origin after the call cannot say counts as just now.
    #[must_use]
    pub fn restore(class: QuotaClass, share: f64, snapshot: &LogSnapshot, now: Duration) -> Self {
        let mut log = Self::new(class, share);
        let settled = snapshot.settled.iter().map(|age| now.saturating_sub(*age)).collect();
        log.settled = sorted(settled, Duration::cmp).into();
        for open in &snapshot.open {
            log.open.insert(open.permit, now.saturating_sub(open.age));
        }
        log.closed_until = now.saturating_add(snapshot.closed_for);
        for (window, saved) in log.windows.iter_mut().zip(&snapshot.windows) {
            window.restore(saved, now);
        }
        log.next_serial = snapshot.next_serial;
        log.advance(now);
        log
    }

    /// Counts what another log of the same class holds as well.
    pub(super) fn absorb(&mut self, other: &LogSnapshot, now: Duration) {
        let now = self.advance(now);
        let ended = other.settled.iter().map(|age| now.saturating_sub(*age));
        let open = other.open.iter().map(|_| now);
        let settled = std::mem::take(&mut self.settled).into_iter().chain(ended).chain(open);
        self.settled = sorted(settled.collect(), Duration::cmp).into();
        self.closed_until = self.closed_until.max(now.saturating_add(other.closed_for));
        for (window, saved) in self.windows.iter_mut().zip(&other.windows) {
            window.absorb(saved, now);
        }
        self.advance(now);
    }

    /// Moves time forward and forgets what no window can see any more.
    fn advance(&mut self, now: Duration) -> Duration {
        self.latest = self.latest.max(now);
        let longest = self.windows.iter().map(Window::length).max().unwrap_or_default();
        while self.settled.front().is_some_and(|end| end.saturating_add(longest) <= self.latest) {
            self.settled.pop_front();
        }
        self.latest
    }
}
