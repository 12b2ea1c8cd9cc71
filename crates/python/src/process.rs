//! The process that things belong to, and its threads.
//!
//! Threads and connections do not survive a fork. What was made before one says so in place of hanging.

use std::sync::{Arc, OnceLock, mpsc};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};

/// Something that lives and dies with the process that made it.
///
/// In a fork it is neither used nor dropped: its locks may be held by threads that are not there.
#[derive(Debug)]
pub(crate) struct Home<T> {
    pid: u32,
    thing: Option<T>,
}

impl<T> Home<T> {
    pub(crate) fn new(thing: T) -> Self {
        Self { pid: std::process::id(), thing: Some(thing) }
    }

    /// The thing, in the process that made it.
    ///
    /// Fails with `RuntimeError` in a fork of that process.
    pub(crate) fn here(&self) -> PyResult<&T> {
        let pid = std::process::id();
        match &self.thing {
            Some(thing) if pid == self.pid => Ok(thing),
            _ => Err(PyRuntimeError::new_err(format!(
                "this was made in process {}, and this is its fork {pid}: threads and connections do not survive a \
                 fork; make a new one here, or start processes with the method `spawn`",
                self.pid
            ))),
        }
    }
}

impl<T> Drop for Home<T> {
    fn drop(&mut self) {
        if self.pid != std::process::id() {
            std::mem::forget(self.thing.take());
        }
    }
}

/// The threads of this process; those of a parent are not there any more.
struct Threads {
    pid: u32,
    runtime: Runtime,
    bell: mpsc::Sender<Waker>,
}

/// A function of Python's that wants to be called, with nothing.
type Waker = Arc<Py<PyAny>>;

/// Where the work is done. Fails with `RuntimeError` if threads cannot be started.
pub(crate) fn runtime() -> PyResult<&'static Runtime> {
    Ok(&threads()?.runtime)
}

/// Calls a waker from a thread that does nothing else: that it waits for the interpreter holds up no request, and what is
/// due meanwhile is called with it.
pub(crate) fn wake(waker: Waker) {
    if let Ok(threads) = threads() {
        let _ = threads.bell.send(waker);
    }
}

fn threads() -> PyResult<&'static Threads> {
    let pid = std::process::id();
    for slot in &THREADS {
        match slot.get() {
            Some(threads) if threads.pid == pid => return Ok(threads),
            Some(_) => {}
            None => {
                if let Err(second) = slot.set(Threads::start(pid)?) {
                    // Another thread was faster, and its threads are the ones.
                    second.runtime.shutdown_background();
                }
                return slot.get().ok_or_else(|| PyRuntimeError::new_err("cannot keep threads"));
            }
        }
    }
    Err(PyRuntimeError::new_err("this process is a fork of a fork, far too often"))
}

impl Threads {
    fn start(pid: u32) -> PyResult<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(WORKERS)
            .thread_name("mde-forensics")
            .enable_all()
            .build()
            .map_err(|e| PyRuntimeError::new_err(format!("cannot start threads: {e}")))?;
        let (bell, rung) = mpsc::channel();
        runtime.spawn_blocking(move || call_all(&rung));
        Ok(Self { pid, runtime, bell })
    }
}

fn call_all(rung: &mpsc::Receiver<Waker>) {
    while let Ok(first) = rung.recv() {
        let told = Python::try_attach(|py| {
            for waker in std::iter::once(first).chain(rung.try_iter()) {
                // A loop that is closed waits no more.
                let _ = waker.call0(py);
            }
        });
        if told.is_none() {
            // The interpreter shuts down, and has nobody left to tell.
            return;
        }
    }
}

/// One for each generation of forks that used the library; a lock could be held by a thread that a fork left behind.
static THREADS: [OnceLock<Threads>; 32] = [const { OnceLock::new() }; 32];
/// Requests wait, and files are written and hashed by threads of their own: a second one would mostly hand things over.
const WORKERS: usize = 1;
