//! The process that objects belong to, and its threads.
//!
//! Threads and connections do not survive a fork. An object from before a fork raises an error
//! instead of hanging.

use std::convert::Infallible;
use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{OnceLock, mpsc};

use futures_util::future::BoxFuture;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use crate::drive::{Calls, on_this_thread};
#[cfg(unix)]
use crate::wakeup::WakeupSender;

/// Caches the process id, now and in each fork: asking the system takes longer than most of our
/// work, and the id is needed several times per call.
pub(crate) fn take_note(module: &Bound<'_, PyModule>) -> PyResult<()> {
    note_id();
    let os = module.py().import("os")?;
    let Some(register) = os.getattr_opt("register_at_fork")? else { return Ok(()) };
    let hook = PyDict::new(module.py());
    hook.set_item("after_in_child", wrap_pyfunction!(note_id, module)?)?;
    register.call((), Some(&hook)).map(drop)
}

#[pyfunction]
fn note_id() {
    ID.store(std::process::id(), Ordering::Relaxed);
}

/// The id of this process.
pub(crate) fn id() -> u32 {
    ID.load(Ordering::Relaxed)
}

/// A value that belongs to the process that created it.
///
/// In a fork it is neither used nor dropped: its locks may be held by threads that do not exist
/// there.
#[derive(Debug)]
pub(crate) struct Home<T> {
    pid: u32,
    thing: Option<T>,
}

impl<T> Home<T> {
    pub(crate) fn new(thing: T) -> Self {
        Self { pid: id(), thing: Some(thing) }
    }

    /// The value, in the process that created it.
    ///
    /// Fails with `RuntimeError` in a fork of that process.
    pub(crate) fn here(&self) -> PyResult<&T> {
        let pid = id();
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
        if self.pid != id() {
            std::mem::forget(self.thing.take());
        }
    }
}

/// The state of one process; a fork does not use its parent's.
struct Own {
    pid: u32,
    calls: Calls,
    threads: OnceLock<Threads>,
}

/// The threads of this process.
struct Threads {
    runtime: Handle,
    errands: UnboundedSender<Errand>,
    calls: mpsc::Sender<Call>,
}

/// A task for the runtime's thread.
enum Errand {
    Begin(BoxFuture<'static, ()>),
    #[cfg(unix)]
    Wake(WakeupSender),
}

/// A Python function to call, and its argument.
struct Call(Py<PyAny>, Py<PyAny>);

/// The runtime for background work. Fails with `RuntimeError` if threads cannot be started.
pub(crate) fn runtime() -> PyResult<&'static Handle> {
    Ok(&threads()?.runtime)
}

/// The calls that threads wait for. Fails with `RuntimeError` if threads cannot be started.
pub(crate) fn calls() -> PyResult<&'static Calls> {
    let calls = &own()?.calls;
    calls.start().map(|()| calls)
}

/// Begins work. If the runtime's thread has not caught up, only the first of several pieces costs a
/// system call.
///
/// Fails with `RuntimeError` if threads cannot be started, or are gone.
pub(crate) fn begin(work: BoxFuture<'static, ()>) -> PyResult<()> {
    let failed = |_| PyRuntimeError::new_err("the thread that does the work is gone");
    threads()?.errands.send(Errand::Begin(work)).map_err(failed)
}

/// Wakes a loop after all work that is ready has run, so that it is woken only once for all of it.
#[cfg(unix)]
pub(crate) fn wake(sender: WakeupSender) {
    let Ok(threads) = threads() else { return };
    let unsent = threads.errands.send(Errand::Wake(sender)).err();
    if let Some(Errand::Wake(sender)) = unsent.map(|unsent| unsent.0) {
        sender.wake();
    }
}

/// Calls a Python function on a dedicated thread, so that waiting for the interpreter delays no
/// request; pending calls are made together.
pub(crate) fn call(function: Py<PyAny>, argument: Py<PyAny>) {
    if let Ok(threads) = threads() {
        let _ = threads.calls.send(Call(function, argument));
    }
}

fn threads() -> PyResult<&'static Threads> {
    let slot = &own()?.threads;
    if let Some(threads) = slot.get() {
        return Ok(threads);
    }
    // If another thread was faster, its threads are used, and these end with their channel.
    let _ = slot.set(Threads::start()?);
    slot.get().ok_or_else(|| PyRuntimeError::new_err("cannot keep threads"))
}

fn own() -> PyResult<&'static Own> {
    let pid = id();
    for slot in &OWN {
        match slot.get() {
            Some(own) if own.pid == pid => return Ok(own),
            Some(_) => {}
            None => {
                let calls = Calls::new(runtime_of_one_thread()?);
                let _ = slot.set(Own { pid, calls, threads: OnceLock::new() });
                return slot.get().ok_or_else(|| PyRuntimeError::new_err("cannot keep a runtime"));
            }
        }
    }
    Err(PyRuntimeError::new_err("this process is a fork of a fork, far too often"))
}

/// Requests mostly wait, and files are written and hashed on other threads: a second thread would
/// mostly pass work around.
fn runtime_of_one_thread() -> PyResult<Runtime> {
    Builder::new_current_thread().thread_name(NAME).enable_all().build().map_err(not_started)
}

/// The error if a thread cannot be started.
#[expect(clippy::needless_pass_by_value, reason = "errors are mapped by it")]
pub(crate) fn not_started(error: io::Error) -> PyErr {
    PyRuntimeError::new_err(format!("cannot start threads: {error}"))
}

impl Threads {
    fn start() -> PyResult<Self> {
        let own = runtime_of_one_thread()?;
        let runtime = own.handle().clone();
        let (calls, called) = mpsc::channel();
        let (errands, asked) = unbounded_channel();
        let (alive, ended) = oneshot::channel::<Infallible>();
        runtime.spawn(run_errands(asked));
        let work = move || drop(on_this_thread(&own, ended));
        std::thread::Builder::new().name(NAME.to_owned()).spawn(work).map_err(not_started)?;
        runtime.spawn_blocking(move || call_all(&called, alive));
        Ok(Self { runtime, errands, calls })
    }
}

async fn run_errands(mut asked: UnboundedReceiver<Errand>) {
    while let Some(errand) = asked.recv().await {
        match errand {
            Errand::Begin(work) => drop(tokio::spawn(work)),
            #[cfg(unix)]
            Errand::Wake(sender) => sender.wake(),
        }
    }
}

/// Ends, and with it the other thread, once nobody can call any more.
fn call_all(called: &mpsc::Receiver<Call>, alive: oneshot::Sender<Infallible>) {
    while let Ok(first) = called.recv() {
        let told = Python::try_attach(|py| {
            for Call(function, argument) in std::iter::once(first).chain(called.try_iter()) {
                // A closed loop no longer waits.
                let _ = function.call1(py, (argument,));
            }
        });
        if told.is_none() {
            // The interpreter is shutting down; the end of the process ends all work.
            return std::mem::forget(alive);
        }
    }
    drop(alive);
}

static ID: AtomicU32 = AtomicU32::new(0);
/// One per generation of forks that used the library: a lock could be held by a thread that does
/// not exist after a fork.
static OWN: [OnceLock<Own>; 32] = [const { OnceLock::new() }; 32];
/// The name of all our threads.
pub(crate) const NAME: &str = "mde-forensics";
