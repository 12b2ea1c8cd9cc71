//! Work on other threads, so that the waiting thread can handle signals.

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

/// How often a waiting thread checks for signals.
pub(crate) const TICK: Duration = Duration::from_millis(40);

/// Waits for work of the runtime with the interpreter released; returns `None` if the work was
/// aborted.
///
/// An exception from a signal handler ends the wait at once; the caller decides about the work.
/// Fails with `RuntimeError` on a thread that is driving calls.
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

/// Runs work on its own thread, with the interpreter released.
///
/// An exception from a signal handler ends the wait at once, and the work at its next read. A panic
/// becomes an `InternalError`.
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
            // The waiting thread may be gone.
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

/// A file that fails to read once nobody waits for the work any more.
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
    /// Whether the thread that waits for this thread's work is gone.
    static NOBODY_WAITS: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}
