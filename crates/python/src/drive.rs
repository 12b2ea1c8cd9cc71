//! Drives calls from Python's threads: short ones on the waiting thread, others on a dedicated
//! thread.
//!
//! Handing work to another thread and being woken by it takes longer than most of a short call. But
//! the waiting thread also runs the caller's code, for signals and events, which may take
//! arbitrarily long and may wait for other calls: no work may depend on that thread then.

use std::cell::Cell;
use std::future::{poll_fn, ready};
use std::pin::pin;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::thread::Builder;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::runtime::Runtime;
use tokio::sync::Notify;
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::log;
use crate::process::{NAME, id, not_started};

/// The calls of one process, and the connections that they share.
pub(crate) struct Calls {
    runtime: Runtime,
    /// Held by the thread that drives the runtime.
    turn: Mutex<()>,
    /// Notified if another thread has work to do.
    is_wanted: Notify,
    /// The number of handed-over pieces of work that are not finished.
    handed_over: Mutex<usize>,
    /// Notified when that number is above zero again.
    is_due: Condvar,
    /// Notified when that number is zero.
    is_idle: Notify,
    has_thread: Mutex<bool>,
}

impl Calls {
    pub(crate) fn new(runtime: Runtime) -> Self {
        Self {
            runtime,
            turn: Mutex::default(),
            is_wanted: Notify::new(),
            handed_over: Mutex::default(),
            is_due: Condvar::new(),
            is_idle: Notify::new(),
            has_thread: Mutex::default(),
        }
    }

    /// Starts the dedicated thread, before any work that may need it begins.
    ///
    /// Fails with `RuntimeError` if the thread cannot be started.
    pub(crate) fn start(&'static self) -> PyResult<()> {
        let mut has_thread = locked(&self.has_thread);
        if !*has_thread {
            let builder = Builder::new().name(NAME.to_owned());
            builder.spawn(|| self.see_to_what_is_handed_over()).map_err(not_started)?;
            *has_thread = true;
        }
        Ok(())
    }

    /// Drives the work on this thread for at most `time` and while no other thread has work;
    /// returns unfinished work.
    ///
    /// No Python code runs in it: its log messages are [kept](log::kept).
    pub(crate) fn at_once(
        &self,
        mut work: BoxFuture<'static, ()>,
        time: Duration,
    ) -> Option<BoxFuture<'static, ()>> {
        // In a fork of a thread that was driving calls, the runtime's thread-local state says that
        // it still is.
        if AT_WORK_IN.get() != 0 {
            return Some(work);
        }
        let Ok(_turn) = self.turn.try_lock() else { return Some(work) };
        let mut wanted = pin!(self.is_wanted.notified());
        // From here on notifications are received.
        wanted.as_mut().enable();
        if *locked(&self.handed_over) > 0 {
            return Some(work);
        }
        let step = poll_fn(|cx| {
            let is_over = work.poll_unpin(cx).is_ready();
            let is_stopped = is_over || wanted.as_mut().poll(cx).is_ready();
            if is_stopped { Poll::Ready(is_over) } else { Poll::Pending }
        });
        let is_over = log::held(|| {
            on_this_thread(&self.runtime, async {
                look_around().await;
                timeout(time, step).await == Ok(true)
            })
        });
        (!is_over).then_some(work)
    }

    /// Lets the dedicated thread drive this work.
    pub(crate) fn hand_over(&'static self, work: impl Future<Output = ()> + Send + 'static) {
        *locked(&self.handed_over) += 1;
        let counted = Counted(self);
        self.runtime.spawn(async move {
            let _counted = counted;
            work.await;
            // Closes a connection that was dropped with it.
            look_around().await;
        });
        self.is_wanted.notify_waiters();
        self.is_due.notify_one();
    }

    /// Closes idle connections.
    pub(crate) fn tidy(&'static self) {
        self.hand_over(ready(()));
    }

    fn see_to_what_is_handed_over(&self) {
        loop {
            let none = |count: &mut usize| *count == 0;
            drop(self.is_due.wait_while(locked(&self.handed_over), none));
            let _turn = locked(&self.turn);
            on_this_thread(&self.runtime, async {
                while *locked(&self.handed_over) > 0 {
                    self.is_idle.notified().await;
                }
            });
        }
    }
}

/// Fails with `RuntimeError` on a thread that is driving calls: the caller's code that this work
/// calls, such as a logging handler, would wait for work that cannot continue before it returns.
pub(crate) fn may_wait() -> PyResult<()> {
    if AT_WORK_IN.get() == id() {
        return Err(PyRuntimeError::new_err(
            "a call cannot be made by what is called while another is under way, as a logging handler is: hand it to \
             another thread, and do not wait for that here",
        ));
    }
    Ok(())
}

/// Drives a runtime on this thread until the work is finished.
pub(crate) fn on_this_thread<T>(runtime: &Runtime, work: impl Future<Output = T>) -> T {
    AT_WORK_IN.set(id());
    let _ended = Ended;
    runtime.block_on(work)
}

/// Lets the runtime notice what happened while nothing was driving it. Otherwise a pooled
/// connection that the server has closed would be used, and it would be unknown whether a request
/// on it arrived.
async fn look_around() {
    // Once to receive the event, once to handle it.
    yield_now().await;
    yield_now().await;
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Counted(&'static Calls);

impl Drop for Counted {
    fn drop(&mut self) {
        let mut count = locked(&self.0.handed_over);
        *count -= 1;
        if *count == 0 {
            self.0.is_idle.notify_one();
        }
    }
}

struct Ended;

impl Drop for Ended {
    fn drop(&mut self) {
        AT_WORK_IN.set(0);
    }
}

thread_local! {
    /// The process in which this thread is driving calls; a fork of it is not.
    static AT_WORK_IN: Cell<u32> = const { Cell::new(0) };
}
