//! Where the calls of Python's threads are worked on: by the thread that waits, if that is soon over, else by one of its
//! own.
//!
//! To hand work to another thread, and to be woken by that, takes longer than most of what a short call does. But the
//! waiting thread also runs code of the caller's, for signals, events and the log, and that takes as long as it likes and
//! may wait for other calls: no work may depend on it then.

use std::cell::Cell;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Builder;
use std::time::Duration;

use futures_util::future::BoxFuture;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::runtime::Runtime;
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::log;
use crate::process::{NAME, not_started};

/// The calls of one process, and the connections that they share.
pub(crate) struct Calls {
    runtime: Runtime,
    /// Whose turn it is to work on a call while waiting for it.
    turn: Mutex<()>,
    /// How many calls have a thread of their own.
    on_their_own: AtomicUsize,
}

impl Calls {
    pub(crate) fn new(runtime: Runtime) -> Self {
        Self { runtime, turn: Mutex::new(()), on_their_own: AtomicUsize::new(0) }
    }

    /// Works on it on this thread, for at most so long and with no code of Python's, and gives what is left of it.
    pub(crate) fn at_once(
        &self,
        mut work: BoxFuture<'static, ()>,
        time: Duration,
    ) -> Option<BoxFuture<'static, ()>> {
        let ended = self.in_turn(async {
            look_around().await;
            timeout(time, &mut work).await.is_ok()
        });
        (ended != Some(true)).then_some(work)
    }

    /// Works on it on a thread of its own. Fails with `RuntimeError` if there can be none.
    pub(crate) fn on_its_own(
        &'static self,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> PyResult<()> {
        let counted = Counted::new(&self.on_their_own);
        let work = move || {
            let _counted = counted;
            // Who has the turn counts on nobody who runs code of Python's.
            drop(self.turn.lock());
            on_this_thread(&self.runtime, async {
                work.await;
                look_around().await;
            });
        };
        Builder::new().name(NAME.to_owned()).spawn(work).map(drop).map_err(not_started)
    }

    /// Closes connections that nobody uses any more.
    pub(crate) fn tidy(&self) {
        self.in_turn(look_around());
    }

    /// Does work on this thread if no other is at it.
    fn in_turn<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let _turn = self.turn.try_lock().ok()?;
        let is_alone = self.on_their_own.load(Ordering::SeqCst) == 0;
        (is_alone && !IS_AT_WORK.get()).then(|| log::held(|| on_this_thread(&self.runtime, work)))
    }
}

/// Fails with `RuntimeError` on a thread that is at work for another call: code of the caller's that this work calls, as
/// a logging handler, would wait for what cannot go on before it ends.
pub(crate) fn may_wait() -> PyResult<()> {
    if IS_AT_WORK.get() {
        return Err(PyRuntimeError::new_err(
            "a call cannot be made by what is called while another is under way, as a logging handler is: hand it to \
             another thread, and do not wait for that here",
        ));
    }
    Ok(())
}

/// Drives a runtime on this thread until the work is over.
pub(crate) fn on_this_thread<T>(runtime: &Runtime, work: impl Future<Output = T>) -> T {
    IS_AT_WORK.set(true);
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

struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

struct Ended;

impl Drop for Ended {
    fn drop(&mut self) {
        IS_AT_WORK.set(false);
    }
}

thread_local! {
    static IS_AT_WORK: Cell<bool> = const { Cell::new(false) };
}
