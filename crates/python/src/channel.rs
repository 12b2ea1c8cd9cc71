//! A channel from the work to the thread or the loop that waits for it.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mde_forensics::core::engine::Event;
use mde_forensics::core::{Code, Error};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use crate::convert;
use crate::event::{is_progress, shown};
use crate::guard::guarded;
use crate::process;
use crate::task::failed;
use crate::wakeup::WakeupSender;

/// A channel from the work to its waiter: events, and finally the result.
#[derive(Clone, Default)]
pub(crate) struct Channel(Arc<Shared>);

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    events: VecDeque<Event>,
    over: Option<Over>,
    waker: Option<Waker>,
    /// How many threads are waiting for a change.
    waiting: usize,
}

/// What to wake, once, when there is something new.
pub(crate) enum Waker {
    Wakeup(WakeupSender, Py<PyAny>),
    /// A function and its argument.
    Function(Py<PyAny>, Py<PyAny>),
}

enum Over {
    Made(Made),
    Taken,
}

/// The result of the work, converted by a thread that holds the interpreter.
pub(crate) type Made = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

impl Channel {
    /// Passes on an event. Of consecutive progress events of one device, only the newest is kept.
    pub(crate) fn push(&self, event: Event) {
        let mut state = self.state();
        match state.events.back_mut() {
            Some(last) if is_progress(last) && is_progress(&event) && last.index == event.index => {
                *last = event;
            }
            _ => state.events.push_back(event),
        }
        self.announce(state);
    }

    fn end(&self, made: Made) {
        let mut state = self.state();
        state.over = Some(Over::Made(made));
        self.announce(state);
    }

    fn announce(&self, mut state: MutexGuard<'_, State>) {
        let waker = state.waker.take();
        let is_awaited = state.waiting > 0;
        drop(state);
        if is_awaited {
            self.0.changed.notify_all();
        }
        match waker {
            None => {}
            Some(Waker::Wakeup(sender, future)) => sender.push(future),
            Some(Waker::Function(wake, future)) => process::call(wake, future),
        }
    }

    /// The result of finished work; can be taken only once.
    pub(crate) fn result(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let over = match &mut self.state().over {
            Some(over) => std::mem::replace(over, Over::Taken),
            None => return Err(PyRuntimeError::new_err("the work is under way")),
        };
        match over {
            Over::Made(made) => guarded(py, || made(py)),
            Over::Taken => Err(PyRuntimeError::new_err("the result was taken already")),
        }
    }

    /// Whether there is something new; if not, `waker` is called once there is.
    pub(crate) fn has_changed(&self, waker: Waker) -> bool {
        let mut state = self.state();
        let is_due = state.over.is_some() || !state.events.is_empty();
        state.waker = (!is_due).then_some(waker);
        is_due
    }

    pub(crate) fn take_events(&self) -> VecDeque<Event> {
        std::mem::take(&mut self.state().events)
    }

    /// Calls `hear` with each event on this thread.
    pub(crate) fn tell(&self, py: Python<'_>, hear: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        let events = self.take_events();
        let Some(hear) = hear else { return Ok(()) };
        for event in events {
            hear.call1((guarded(py, || convert::to_python(py, &shown(&event)))?,))?;
        }
        Ok(())
    }

    pub(crate) fn is_over(&self) -> bool {
        self.state().over.is_some()
    }

    /// Waits for an event or the end; returns whether it is the end.
    pub(crate) fn changes_within(&self, time: Duration) -> bool {
        self.wait(time, |state| state.over.is_some() || !state.events.is_empty())
    }

    pub(crate) fn is_over_within(&self, time: Duration) -> bool {
        self.wait(time, |state| state.over.is_some())
    }

    fn wait(&self, time: Duration, is_due: impl Fn(&State) -> bool) -> bool {
        let end = Instant::now() + time;
        let mut state = self.state();
        state.waiting += 1;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if is_due(&state) || left.is_zero() {
                state.waiting -= 1;
                return state.over.is_some();
            }
            let woken = self.0.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ensures that work ends exactly once, even if it is aborted.
pub(crate) struct Ending(Channel);

impl Ending {
    pub(crate) fn of(channel: &Channel) -> Self {
        Self(channel.clone())
    }

    /// Ends the work with its result.
    pub(crate) fn with(self, made: Made) {
        self.0.end(made);
    }
}

impl Drop for Ending {
    fn drop(&mut self) {
        if !self.0.is_over() {
            self.0.end(failed(Error::new(Code::Stopped, "the work was stopped here")));
        }
    }
}
