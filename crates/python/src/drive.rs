//! Where the calls of Python's threads are worked on: by the thread that waits, if that is soon over, else by one that does
//! nothing else.
//!
//! To hand work to another thread, and to be woken by that, takes longer than most of what a short call does. But the
//! waiting thread also runs code of the caller's, for signals and events, which takes as long as it likes and may wait for
//! other calls: no work may depend on it then.

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
    /// Whoever drives the runtime has it.
    turn: Mutex<()>,
    /// Somebody who does not have it has work to do.
    is_wanted: Notify,
    /// How many pieces of work were handed over and are not over.
    handed_over: Mutex<usize>,
    /// There are some again.
    is_due: Condvar,
    /// There are none any more.
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

    /// Sees to it that there is a thread that does nothing else, before anything is begun that may need it.
    ///
    /// Fails with `RuntimeError` if there can be none.
    pub(crate) fn start(&'static self) -> PyResult<()> {
        let mut has_thread = locked(&self.has_thread);
        if !*has_thread {
            let builder = Builder::new().name(NAME.to_owned());
            builder.spawn(|| self.see_to_what_is_handed_over()).map_err(not_started)?;
            *has_thread = true;
        }
        Ok(())
    }

    /// Works on it on this thread, for at most so long and while nobody else has anything to do, and gives what is left.
    ///
    /// No code of Python's runs in it: what it logs is [kept](log::kept).
    pub(crate) fn at_once(
        &self,
        mut work: BoxFuture<'static, ()>,
        time: Duration,
    ) -> Option<BoxFuture<'static, ()>> {
        // In a fork of a thread that was at work the runtimes' own notes say that it still is.
        if AT_WORK_IN.get() != 0 {
            return Some(work);
        }
        let Ok(_turn) = self.turn.try_lock() else { return Some(work) };
        let mut wanted = pin!(self.is_wanted.notified());
        // From here on it is heard.
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

    /// Has the thread that does nothing else work on it.
    pub(crate) fn hand_over(&'static self, work: impl Future<Output = ()> + Send + 'static) {
        *locked(&self.handed_over) += 1;
        let counted = Counted(self);
        self.runtime.spawn(async move {
            let _counted = counted;
            work.await;
            // A connection that was given up with it closes.
            look_around().await;
        });
        self.is_wanted.notify_waiters();
        self.is_due.notify_one();
    }

    /// Closes connections that nobody uses any more.
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

/// Fails with `RuntimeError` on a thread that is at work for calls: code of the caller's that this work calls, as a logging
/// handler, would wait for what cannot go on before it ends.
pub(crate) fn may_wait() -> PyResult<()> {
    if AT_WORK_IN.get() == id() {
        return Err(PyRuntimeError::new_err(
            "a call cannot be made by what is called while another is under way, as a logging handler is: hand it to \
             another thread, and do not wait for that here",
        ));
    }
    Ok(())
}

/// Drives a runtime on this thread until the work is over.
pub(crate) fn on_this_thread<T>(runtime: &Runtime, work: impl Future<Output = T>) -> T {
    AT_WORK_IN.set(id());
    let _ended = Ended;
    runtime.block_on(work)
}

/// Notices what has happened while nobody was at work: a kept connection that the other side has closed would be taken
/// for a good one, and nobody could say whether what was sent on it arrived.
async fn look_around() {
    // Once to hear of it, once to have it seen to.
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
    /// The process in which this thread is at work for calls; a fork of it is not.
    static AT_WORK_IN: Cell<u32> = const { Cell::new(0) };
}
