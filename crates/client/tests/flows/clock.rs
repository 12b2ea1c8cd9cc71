//! The one time that the client and the emulator share.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::BoxFuture;
use mde_forensics::Clock;
use mde_forensics_core::Now;
use mde_forensics_emulator::Handle;
use time::OffsetDateTime;

/// Virtual time that moves only where somebody waits for it, and the emulator's with it.
///
/// While the client waits for an answer that will come by itself, time stands still, however long that really takes;
/// it moves then only for an answer that the emulator holds back. So nothing depends on how fast the machine is.
#[derive(Clone)]
pub(crate) struct FlowClock(Arc<Shared>);

struct Shared {
    service: Handle,
    began: OffsetDateTime,
    /// How long the emulator may hold answers back.
    stalls: Vec<Duration>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    elapsed: Duration,
    /// The calls before this run's first are of no account.
    calls_before: u64,
    alarms: Vec<(Duration, Alarm)>,
}

type Alarm = Box<dyn FnOnce() + Send>;

impl FlowClock {
    /// Time that begins now, by the emulator's clock; the emulator holds answers back for `stalls`.
    pub(crate) fn new(service: Handle, stalls: Vec<Duration>) -> Self {
        let began = service.now();
        Self(Arc::new(Shared { service, began, stalls, state: Mutex::default() }))
    }

    /// Since the flow began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.state().elapsed
    }

    pub(crate) fn advance(&self, by: Duration) {
        let to = self.elapsed() + by;
        self.move_to(to);
    }

    /// A run begins: what another left behind is forgotten, and `alarms` ring so long from now.
    pub(crate) fn begin_run(&self, alarms: Vec<(Duration, Alarm)>) {
        let calls_before = self.0.service.calls_seen();
        let mut state = self.state();
        let now = state.elapsed;
        state.calls_before = calls_before;
        state.alarms = alarms.into_iter().map(|(after, alarm)| (now + after, alarm)).collect();
        state.alarms.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    }

    /// How many alarms of this run never rang.
    pub(crate) fn unrung(&self) -> usize {
        self.state().alarms.len()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn move_to(&self, to: Duration) {
        let mut state = self.state();
        if to > state.elapsed {
            state.elapsed = to;
            // It fails only for a time that has passed.
            self.0.service.set_time(self.0.began + to).unwrap();
        }
    }

    /// When the emulator lets go of the first answer that it holds back, or the client gives it up.
    fn held_until(&self) -> Option<Duration> {
        let State { elapsed, calls_before, .. } = *self.state();
        let calls = self.0.service.calls();
        let held = calls.iter().filter(|call| call.number > calls_before);
        let held = held.filter(|call| call.fault == Some("stall"));
        let ends = held.flat_map(|call| {
            let came = Duration::try_from(call.time - self.0.began).unwrap_or_default();
            self.0.stalls.iter().map(move |stall| came + (*stall).min(GIVEN_UP))
        });
        ends.filter(|end| *end > elapsed).min()
    }

    /// Rings the alarms that are due, and says when the next one is.
    fn ring(&self) -> Option<Duration> {
        loop {
            let mut state = self.state();
            let next = state.alarms.last().map(|(at, _)| *at)?;
            if next > state.elapsed {
                return Some(next);
            }
            let alarm = state.alarms.pop();
            drop(state);
            if let Some((_, alarm)) = alarm {
                alarm();
            }
        }
    }

    /// Whoever is woken by an alarm or an answer drops this.
    async fn pass(&self, target: Duration, busy: bool) {
        loop {
            let alarm = self.ring().unwrap_or(target);
            if self.elapsed() >= target {
                return;
            }
            if !busy {
                tokio::task::yield_now().await;
                self.move_to(target.min(alarm));
            } else if self.0.stalls.is_empty() {
                std::future::pending::<()>().await;
            } else {
                tokio::time::sleep(LOOK).await;
                if let Some(held) = self.held_until() {
                    self.move_to(held.min(target).min(alarm));
                }
            }
        }
    }
}

impl Clock for FlowClock {
    fn now(&self) -> Now {
        let elapsed = self.elapsed();
        Now { wall: self.0.began + elapsed, monotonic: HEAD_START + elapsed }
    }

    fn sleep_until(&self, monotonic: Duration, busy: bool) -> BoxFuture<'_, ()> {
        Box::pin(self.pass(monotonic.saturating_sub(HEAD_START), busy))
    }

    fn is_loopback_only(&self) -> bool {
        true
    }
}

impl fmt::Debug for FlowClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FlowClock").field(&self.elapsed()).finish()
    }
}

/// The client waits for no answer longer than this.
const GIVEN_UP: Duration = Duration::from_secs(360);
/// Real time between two looks at whether an answer is held back.
const LOOK: Duration = Duration::from_millis(2);
/// Monotonic time begins late enough for calls of an earlier run to have their place before it.
const HEAD_START: Duration = Duration::from_secs(24 * 60 * 60);
