//! Work in progress: the future of a method, which Python waits for or awaits.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use futures_util::future::{AbortHandle, BoxFuture, FutureExt as _, abortable};
use mde_forensics::Stop;
use mde_forensics::core::{Code, Error};
use pyo3::exceptions::PyRuntimeError;
use pyo3::intern;
use pyo3::prelude::*;

use crate::aside::TICK;
use crate::channel::{Channel, Ending, Made, Waker};
use crate::convert;
use crate::drive;
use crate::error;
use crate::event::shown;
use crate::guard::guarded;
use crate::process::{self, Home};
use crate::wakeup::Wakeup;

/// One piece of work in progress.
#[pyclass(frozen, module = "mde_forensics._native")]
pub(crate) struct Task {
    inner: Home<Inner>,
}

struct Inner {
    channel: Channel,
    stop: Stop,
    stage: Mutex<Stage>,
    /// How long an interrupted call waits for stoppable work to end; `None` if the work is simply
    /// aborted.
    grace: Option<Duration>,
}

enum Stage {
    /// Begins once somebody waits for it.
    Due(BoxFuture<'static, ()>),
    /// Runs by itself.
    Begun(AbortHandle),
    /// Driven by the thread that waits for it.
    Tried,
}

impl Task {
    /// Work that is simply dropped when nobody wants it any more.
    pub(crate) fn new(work: impl Future<Output = Made> + Send + 'static) -> PyResult<Self> {
        Self::of(Channel::default(), Stop::new(), None, work)
    }

    /// Work that sends events through `channel` and ends in order after `stop`, for which an
    /// interrupted call waits up to `grace`.
    pub(crate) fn stoppable(
        channel: Channel,
        stop: Stop,
        grace: Duration,
        work: impl Future<Output = Made> + Send + 'static,
    ) -> PyResult<Self> {
        Self::of(channel, stop, Some(grace), work)
    }

    fn of(
        channel: Channel,
        stop: Stop,
        grace: Option<Duration>,
        work: impl Future<Output = Made> + Send + 'static,
    ) -> PyResult<Self> {
        crate::log::listen()?;
        let ending = Ending::of(&channel);
        let work = AssertUnwindSafe(work).catch_unwind();
        let stage = Stage::Due(Box::pin(async move {
            // If the work is dropped earlier, dropping `ending` reports it.
            let made = work.await;
            ending.with(made.unwrap_or_else(|panic| failed(panicked(panic.as_ref()))));
        }));
        Ok(Self { inner: Home::new(Inner { channel, stop, stage: Mutex::new(stage), grace }) })
    }
}

#[pymethods]
impl Task {
    /// Waits with the interpreter released and returns the result.
    ///
    /// `hear` is called with each event, on this thread. An exception from it or from a signal
    /// handler stops the work.
    #[pyo3(signature = (hear=None))]
    fn wait(&self, py: Python<'_>, hear: Option<&Bound<'_, PyAny>>) -> PyResult<Py<PyAny>> {
        self.inner.here()?.go_on(py, hear.is_none())?;
        loop {
            let heard = self.inner.here()?.look(py, hear);
            // The code it called may have forked.
            let inner = match (self.inner.here(), heard) {
                (Ok(inner), Ok(())) => inner,
                (Ok(inner), Err(raised)) => {
                    inner.give_up();
                    inner.settle(py);
                    return Err(raised);
                }
                (Err(_), Err(raised)) | (Err(raised), Ok(())) => return Err(raised),
            };
            if py.detach(|| inner.channel.changes_within(TICK)) {
                inner.channel.tell(py, hear)?;
                return self.result(py);
            }
        }
    }

    /// The result of finished work; can be taken only once.
    fn result(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.inner.here()?.channel.result(py)
    }

    /// Begins the work if needed, and returns whether there is something new. If not, the loop of
    /// `wakeup` receives `future` once there is; if `wakeup` is a function, it is called with
    /// `future` from any thread.
    fn on_change(&self, wakeup: &Bound<'_, PyAny>, future: Py<PyAny>) -> PyResult<bool> {
        let waker = match wakeup.cast::<Wakeup>() {
            Ok(wakeup) => Waker::Wakeup(wakeup.get().sender()?, future),
            Err(_) => Waker::Function(wakeup.clone().unbind(), future),
        };
        let inner = self.inner.here()?;
        inner.begin()?;
        Ok(inner.channel.has_changed(waker))
    }

    /// The events since the last call, as dicts.
    fn events(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let events = self.inner.here()?.channel.take_events();
        guarded(py, || convert::to_python(py, &events.iter().map(shown).collect::<Vec<_>>()))
    }

    /// Whether the work is finished.
    #[getter]
    fn done(&self) -> PyResult<bool> {
        Ok(self.inner.here()?.channel.is_over())
    }

    /// Stops the work: in order if possible, otherwise at once.
    fn stop(&self) -> PyResult<()> {
        self.inner.here()?.give_up();
        Ok(())
    }

    /// The seconds within which stopped work ends in order.
    #[getter]
    fn grace(&self) -> PyResult<f64> {
        Ok(self.inner.here()?.grace.unwrap_or_default().as_secs_f64())
    }
}

impl Inner {
    /// Runs the work for a call that waits for it; `alone` says that none of the caller's code
    /// receives its events.
    fn go_on(&self, py: Python<'_>, alone: bool) -> PyResult<()> {
        drive::may_wait()?;
        let calls = process::calls()?;
        let is_tried = alone && has_room(py)?;
        let Some(work) = self.due() else {
            return Err(PyRuntimeError::new_err("the work was begun already"));
        };
        // Without reacquiring the interpreter in between, which can take arbitrarily long.
        let unwritten = py.detach(|| {
            let rest = if is_tried { calls.at_once(work, TICK) } else { Some(work) };
            let kept = crate::log::kept();
            let Some(rest) = rest else { return kept };
            let (rest, abort) = abortable(rest);
            *self.stage() = Stage::Begun(abort);
            calls.hand_over(async move {
                crate::log::write_all(kept);
                let _ = rest.await;
            });
            Vec::new()
        });
        if unwritten.is_empty() {
            return Ok(());
        }
        // On the thread that writes all other messages: there the order is kept, and a signal
        // handler's exception is not confused with a logging handler's.
        let written = Channel::default();
        let ending = Ending::of(&written);
        calls.hand_over(async move {
            crate::log::write_all(unwritten);
            drop(ending);
        });
        while !py.detach(|| written.changes_within(TICK)) {
            py.check_signals()?;
        }
        Ok(())
    }

    /// Runs the caller's code that is due.
    fn look(&self, py: Python<'_>, hear: Option<&Bound<'_, PyAny>>) -> PyResult<()> {
        py.check_signals()?;
        if !self.channel.is_over() {
            crate::log::take_note(py)?;
        }
        self.channel.tell(py, hear)
    }

    /// Runs the work for an event loop.
    fn begin(&self) -> PyResult<()> {
        let Some(work) = self.due() else { return Ok(()) };
        let (work, abort) = abortable(work);
        *self.stage() = Stage::Begun(abort);
        process::begin(Box::pin(work.map(drop)))
    }

    /// The work, if it has not begun.
    fn due(&self) -> Option<BoxFuture<'static, ()>> {
        let mut stage = self.stage();
        match std::mem::replace(&mut *stage, Stage::Tried) {
            Stage::Due(work) => Some(work),
            begun => {
                *stage = begun;
                None
            }
        }
    }

    fn stage(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for stopped work to end. Another signal ends the wait.
    fn settle(&self, py: Python<'_>) {
        let end = Instant::now() + self.grace.unwrap_or_default();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let is_over = py.detach(|| self.channel.is_over_within(left.min(TICK)));
            if is_over || left.is_zero() || py.check_signals().is_err() {
                return;
            }
        }
    }

    fn give_up(&self) {
        drop(self.due());
        self.stop.here();
        let Stage::Begun(abort) = &*self.stage() else { return };
        if self.grace.is_none() {
            return abort.abort();
        }
        let abort = abort.clone();
        if let Ok(runtime) = process::runtime() {
            runtime.spawn(async move {
                tokio::time::sleep(PATIENCE).await;
                abort.abort();
            });
        }
    }
}

/// Whether new Python threads currently have enough stack for a call.
fn has_room(py: Python<'_>) -> PyResult<bool> {
    if cfg!(target_env = "musl") {
        return Ok(false);
    }
    let module = py.import(intern!(py, "_thread"))?;
    let size: usize = module.call_method0(intern!(py, "stack_size"))?.extract()?;
    // Zero means the system's default, which is large.
    Ok(size == 0 || size >= ROOM)
}

/// The result of failed work.
pub(crate) fn failed(error: Error) -> Made {
    Box::new(move |py| Err(error::raised(py, &error)))
}

/// Work that panics.
pub(crate) fn panicking(message: String) -> PyResult<Task> {
    Task::new(async move {
        std::panic::resume_unwind(Box::new(message));
    })
}

pub(crate) fn panicked(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no words");
    Error::new(Code::Internal, format!("a thread of mde-forensics panicked: {text}")).with_hint(
        format!(
            "this is a bug; please report this message and the version {} of mde-forensics",
            env!("CARGO_PKG_VERSION")
        ),
    )
}

/// Several times the stack that a call needs, in bytes.
const ROOM: usize = 1 << 19;
/// How long an interrupted call waits for known facts to be recorded, if something else keeps them
/// too.
pub(crate) const GRACE: Duration = Duration::from_millis(120);
/// How long an orderly end may take before the work is aborted.
pub(crate) const PATIENCE: Duration = Duration::from_secs(2);
