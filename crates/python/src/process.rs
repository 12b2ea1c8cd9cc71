//! The process that things belong to, and its threads.
//!
//! Threads and connections do not survive a fork. What was made before one says so in place of hanging.

use std::sync::OnceLock;

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
///
/// Fails with `RuntimeError` if they cannot be started.
pub(crate) fn runtime() -> PyResult<&'static Runtime> {
    let pid = std::process::id();
    for slot in &RUNTIMES {
        match slot.get() {
            Some((owner, runtime)) if *owner == pid => return Ok(runtime),
            Some(_) => {}
            None => {
                let runtime = Builder::new_multi_thread()
                    .worker_threads(WORKERS)
                    .thread_name("mde-forensics")
                    .enable_all()
                    .build()
                    .map_err(|e| PyRuntimeError::new_err(format!("cannot start threads: {e}")))?;
                if let Err((_, second)) = slot.set((pid, runtime)) {
                    // Another thread was faster, and its runtime is the one.
                    second.shutdown_background();
                }
                return match slot.get() {
                    Some((_, runtime)) => Ok(runtime),
                    None => Err(PyRuntimeError::new_err("cannot keep threads")),
                };
            }
        }
    }
    Err(PyRuntimeError::new_err("this process is a fork of a fork, far too often"))
}

/// One for each generation of forks that used the library; a lock could be held by a thread that a fork left behind.
static RUNTIMES: [OnceLock<(u32, Runtime)>; 32] = [const { OnceLock::new() }; 32];
const WORKERS: usize = 2;
