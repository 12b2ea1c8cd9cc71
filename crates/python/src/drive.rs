//! Work that goes on while somebody waits for it, on the thread that waits.
//!
//! To hand it to another thread, and to be woken by that, takes longer than most of what a call does.

use std::cell::Cell;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt as _};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::runtime::Runtime;
use tokio::task::yield_now;
use tokio::time::timeout;

use crate::process::{NAME, waited_for};
use crate::task::Channel;

/// Work under way on this thread.
pub(crate) struct Driven {
    runtime: &'static Runtime,
    work: Option<BoxFuture<'static, ()>>,
    has_begun: bool,
}

impl Driven {
    /// Fails with `RuntimeError` if this thread is at other work already: then code of the caller's that our own work
    /// calls, as that of a logging handler, asks for this.
    pub(crate) fn new(work: BoxFuture<'static, ()>) -> PyResult<Self> {
        if IS_AT_WORK.get() {
            return Err(PyRuntimeError::new_err(
                "this thread is at work for another call, which cannot go on before this one ends: make this call from \
                 another thread, or once the other has returned",
            ));
        }
        Ok(Self { runtime: waited_for()?, work: Some(work), has_begun: false })
    }

    /// Goes on until the work is over or there are events, for at most so long.
    pub(crate) fn go_on(&mut self, channel: &Channel, time: Duration) {
        let Some(work) = self.work.as_mut().filter(|_| !channel.is_over()) else { return };
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        on_this_thread(self.runtime, async {
            if is_first {
                look_around().await;
            }
            let change = poll_fn(|cx| {
                let is_over = work.poll_unpin(cx).is_ready();
                if is_over || channel.has_events(cx.waker()) {
                    Poll::Ready(())
                } else {
                    Poll::Pending
                }
            });
            // Whether it was the time that ended it, the channel knows.
            let _ = timeout(time, change).await;
        });
    }

    /// Goes on for at most so long on a thread that nobody waits for.
    pub(crate) fn let_go(mut self, time: Duration) {
        let work = move || {
            if let Some(work) = self.work.take() {
                let _ = on_this_thread(self.runtime, async { timeout(time, work).await });
            }
        };
        // Where no thread can be had, the work ends here.
        let _ = std::thread::Builder::new().name(NAME.to_owned()).spawn(work);
    }
}

impl Drop for Driven {
    fn drop(&mut self) {
        // What is dropped may put a connection back.
        let _here = self.runtime.enter();
        self.work = None;
    }
}

/// Drives a runtime on this thread until the work is over.
pub(crate) fn on_this_thread<T>(runtime: &Runtime, work: impl Future<Output = T>) -> T {
    IS_AT_WORK.set(true);
    let _ended = Ended;
    runtime.block_on(work)
}

/// Notices first what has happened while nobody was at work: a kept connection that the other side has closed would be
/// taken for a good one, and nobody could say whether what was sent on it arrived.
async fn look_around() {
    // Once to hear of it, once to have it seen to.
    yield_now().await;
    yield_now().await;
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
