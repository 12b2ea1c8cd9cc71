use std::collections::VecDeque;
use std::time::Duration;

use super::{PermitId, QuotaClass};
use crate::Map;
use crate::map::sorted;

use self::window::Window;

mod window;

/// How long to wait if only open calls are in the way: it is not known when they end.
const UNTIL_OPEN_CALLS_END: Duration = Duration::from_secs(1);

/// The sliding log of one quota. It is pure: `now` is an argument, and a `now` that runs backwards
/// counts as unchanged.
///
/// A call is allowed if, for every limit of N calls per window, fewer than N calls are open or
/// ended less than a window ago. So no window of the service, sliding or fixed, ever contains more
/// than N.
///
/// Granting and settling a permit take logarithmic amortized time in the number of open calls:
/// permits are numbered in order, so that a new one is appended, and each gap is cleared once.
/// [`absorb`](Self::absorb) sorts the entries of both logs.
#[derive(Clone, Debug)]
pub(super) struct QuotaLog {
    windows: Vec<Window>,
    /// When each call ended, oldest first; entries older than the longest window are dropped.
    settled: VecDeque<Duration>,
    open: Map<PermitId, ()>,
    closed_until: Duration,
    latest: Duration,
}

impl QuotaLog {
    /// Creates an empty log for `class`. Of each limit it uses `share`, clamped to 0 to 1, but at
    /// least one call.
    pub(super) fn new(class: QuotaClass, share: f64) -> Self {
        Self {
            windows: class.limits().iter().map(|limit| Window::new(*limit, share)).collect(),
            settled: VecDeque::new(),
            open: Map::new(),
            closed_until: Duration::ZERO,
            latest: Duration::ZERO,
        }
    }

    /// Settles a permit: the reply has arrived, or the call was given up. A permit that is not open
    /// is ignored.
    pub(super) fn settle(&mut self, permit: PermitId, now: Duration) {
        let now = self.advance(now);
        if self.open.remove(&permit).is_some() {
            self.settled.push_back(now);
        }
    }

    /// Releases the permit of a call that was certainly never sent: it does not count.
    pub(super) fn release(&mut self, permit: PermitId) {
        self.open.remove(&permit);
    }

    /// Reports a 429: the class is closed until `until`, and our share is assumed to be half as
    /// large until a window has passed without another 429. Replies to calls that were in flight
    /// together count once.
    pub(super) fn throttled(&mut self, until: Duration, now: Duration) {
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

    /// Checks whether a call is allowed now. Fails with the time until which to wait.
    pub(super) fn check(&mut self, now: Duration) -> Result<(), Duration> {
        let now = self.advance(now);
        let mut until = if now < self.closed_until { self.closed_until } else { now };
        for window in &self.windows {
            let free = window.limit(now).saturating_sub(self.open.len());
            let end = if free == 0 {
                Some(now.saturating_add(UNTIL_OPEN_CALLS_END))
            } else {
                // The `free`-th youngest of the ended calls must be a window old.
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

    /// Counts a call as open from now on, whether it is allowed or not.
    pub(super) fn take(&mut self, permit: PermitId, now: Duration) {
        self.advance(now);
        self.open.insert(permit, ());
    }

    /// Adds the entries of another log of the same class, whose clock shows `then` when ours shows
    /// `now`. A call before the origin of our clock counts at the origin.
    pub(super) fn absorb(&mut self, other: &Self, then: Duration, now: Duration) {
        let now = self.advance(now);
        let ended = other.settled.iter().map(|end| now.saturating_sub(then.saturating_sub(*end)));
        let open = std::iter::repeat_n(now, other.open.len());
        let settled = std::mem::take(&mut self.settled).into_iter().chain(ended).chain(open);
        self.settled = sorted(settled.collect(), Duration::cmp).into();
        let closed_for = other.closed_until.saturating_sub(then);
        self.closed_until = self.closed_until.max(now.saturating_add(closed_for));
        for (window, theirs) in self.windows.iter_mut().zip(&other.windows) {
            window.absorb(theirs, then, now);
        }
        self.advance(now);
    }

    /// Moves time forward and drops entries that no window covers.
    fn advance(&mut self, now: Duration) -> Duration {
        self.latest = self.latest.max(now);
        let longest = self.windows.iter().map(Window::length).max().unwrap_or_default();
        while self.settled.front().is_some_and(|end| end.saturating_add(longest) <= self.latest) {
            self.settled.pop_front();
        }
        self.latest
    }
}
