//! Work on other threads, so that whoever waits for it hears signals.

use std::cell::RefCell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread::Builder;
use std::time::Duration;

use mde_forensics::evidence::FileSource;
use mde_forensics_package::Source;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::task::JoinHandle;

use crate::drive::may_wait;
use crate::error;
use crate::process::{NAME, runtime};
use crate::task::panicked;

/// How often whoever waits looks for a signal.
pub(crate) const TICK: Duration = Duration::from_millis(40);

/// Waits for work of the runtime with the interpreter released; there is no result if somebody aborted it.
///
/// What a signal raises ends the wait at once. What becomes of the work is up to the caller. Fails with `RuntimeError` on a
/// thread that is at work for calls.
pub(crate) fn waited<T: Send>(py: Python<'_>, running: &mut JoinHandle<T>) -> PyResult<Option<T>> {
    may_wait()?;
    let runtime = runtime()?;
    loop {
        let ended = py
            .detach(|| runtime.block_on(async { tokio::time::timeout(TICK, &mut *running).await }));
        match ended {
            Ok(Ok(value)) => return Ok(Some(value)),
            Ok(Err(end)) => {
                return match end.try_into_panic() {
                    Ok(panic) => Err(error::raised(py, &panicked(panic.as_ref()))),
                    Err(_) => Ok(None),
                };
            }
            Err(_) => {
                crate::log::take_note(py)?;
                py.check_signals()?;
            }
        }
    }
}

/// Does work on a thread of its own, with the interpreter released.
///
/// What a signal raises ends the wait at once, and the work at its next read. A panic is an `InternalError`.
pub(crate) fn aside<T: Send + 'static>(
    py: Python<'_>,
    work: impl FnOnce() -> T + Send + 'static,
) -> PyResult<T> {
    let nobody_waits = Arc::new(AtomicBool::new(false));
    let told = Arc::clone(&nobody_waits);
    let (send, mut receive) = mpsc::sync_channel(1);
    Builder::new()
        .name(NAME.to_owned())
        .spawn(move || {
            NOBODY_WAITS.set(Some(told));
            let ended = catch_unwind(AssertUnwindSafe(work));
            // Nobody may be there any more to take it.
            let _ = send.send(ended);
        })
        .map_err(|e| PyRuntimeError::new_err(format!("cannot start a thread: {e}")))?;
    loop {
        let received;
        (receive, received) = py.detach(move || {
            let received = receive.recv_timeout(TICK);
            (receive, received)
        });
        match received {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(panic)) => return Err(error::raised(py, &panicked(panic.as_ref()))),
            Err(RecvTimeoutError::Timeout) => py.check_signals().inspect_err(|_| {
                nobody_waits.store(true, Ordering::Relaxed);
            })?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(PyRuntimeError::new_err("the thread that did the work is gone"));
            }
        }
    }
}

/// A file that gives nothing more to work for which nobody waits.
#[derive(Debug)]
pub(crate) struct Interruptible(FileSource);

impl From<FileSource> for Interruptible {
    fn from(source: FileSource) -> Self {
        Self(source)
    }
}

impl Source for Interruptible {
    fn len(&self) -> u64 {
        self.0.len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let is_over = |told: &Option<Arc<AtomicBool>>| {
            told.as_ref().is_some_and(|told| told.load(Ordering::Relaxed))
        };
        if NOBODY_WAITS.with_borrow(is_over) {
            return Err(io::Error::other("nobody waits for it"));
        }
        self.0.read_at(offset, buf)
    }
}

thread_local! {
    /// Whether whoever asked for the work of this thread has gone.
    static NOBODY_WAITS: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}
