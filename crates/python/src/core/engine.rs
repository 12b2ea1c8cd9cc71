//! The engine; every decision is the core's.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use mde_forensics::core::engine::{
    Engine as Inner, Handle, Options, Start, StopHow, Ticket, Until,
};
use mde_forensics::core::{BaseUrl, Comment, Error, Now, Tenant};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use time::OffsetDateTime;

use super::answer::Answer;
use super::command::Command;
use crate::convert;
use crate::error;
use crate::guard::guarded;
use crate::options::RunOptions;

/// The collection engine behind `mde_forensics.core.Engine`.
#[pyclass(frozen, module = "mde_forensics._native")]
pub(crate) struct Engine(Mutex<Inner>);

/// The driver's time: seconds since the epoch, and of a clock that never runs backwards.
pub(super) type Told = (f64, f64);

#[pymethods]
impl Engine {
    /// `options` are a run's, with `entropy`: sixteen random bytes. `known` are the ledger's
    /// handles.
    #[new]
    #[expect(clippy::too_many_arguments, reason = "the Python face has them as keywords")]
    fn new(
        py: Python<'_>,
        tenant: &Bound<'_, PyAny>,
        base: &Bound<'_, PyAny>,
        devices: Vec<Bound<'_, PyAny>>,
        handles: Vec<Bound<'_, PyAny>>,
        known: Vec<Bound<'_, PyAny>>,
        until: Option<&str>,
        options: &Bound<'_, PyDict>,
        now: Told,
    ) -> PyResult<Self> {
        guarded(py, || {
            let raise = |error: Error| error::raised(py, &error);
            let tenant = Tenant::parse(&convert::text(tenant, "tenant")?).map_err(raise)?;
            let base = BaseUrl::parse(&convert::text(base, "base")?).map_err(raise)?;
            let said = RunOptions::read(options)?;
            let Some(comment) = &said.comment else {
                return Err(PyTypeError::new_err("`comment` is missing"));
            };
            let comment = Comment::parse(comment).map_err(raise)?;
            let mut options = Options::new(tenant.as_str(), base.clone(), comment, [0; 16]);
            said.apply(&mut options);
            options.until = Until::parse(until, true).map_err(raise)?;
            let devices = texts(&devices, "devices")?;
            let (handles, known) = (texts(&handles, "handles")?, texts(&known, "known")?);
            let (starts, known) =
                Start::read(&options, &devices, &handles, &known).map_err(raise)?;
            let engine = Inner::new(options, starts, &known, self::now(now)?).map_err(raise)?;
            Ok(Self(Mutex::new(engine)))
        })
    }

    fn poll(&self, py: Python<'_>, now: Told) -> PyResult<Command> {
        guarded(py, || {
            let command = self.engine().poll(self::now(now)?);
            Command::of(py, command)
        })
    }

    pub(super) fn answer(
        &self,
        py: Python<'_>,
        ticket: u64,
        answer: &Bound<'_, Answer>,
        now: Told,
    ) -> PyResult<()> {
        guarded(py, || {
            let answer = answer.get().take()?;
            self.engine().answer(Ticket::from_number(ticket), answer, self::now(now)?);
            Ok(())
        })
    }

    pub(super) fn recorded(&self, py: Python<'_>, seq: u64) -> PyResult<()> {
        guarded(py, || {
            self.engine().recorded(seq);
            Ok(())
        })
    }

    pub(super) fn record_failed(
        &self,
        py: Python<'_>,
        seq: u64,
        message: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        guarded(py, || {
            let error = Error::new(
                mde_forensics::core::Code::LedgerFailed,
                convert::text(message, "message")?,
            );
            self.engine().record_failed(seq, error);
            Ok(())
        })
    }

    fn progress(
        &self,
        py: Python<'_>,
        ticket: u64,
        received: u64,
        total: Option<u64>,
    ) -> PyResult<()> {
        guarded(py, || {
            self.engine().progress(Ticket::from_number(ticket), received, total);
            Ok(())
        })
    }

    /// Stops one device (its index in the call) or all; with a comment, also at the service.
    fn cancel(
        &self,
        py: Python<'_>,
        device: Option<usize>,
        comment: Option<String>,
        now: Told,
    ) -> PyResult<()> {
        guarded(py, || {
            let how = comment.map_or(StopHow::Here, |comment| StopHow::AtService { comment });
            self.engine().cancel(device, &how, self::now(now)?);
            Ok(())
        })
    }

    /// Whether stopping now would lose no work.
    #[getter]
    fn interruptible(&self, py: Python<'_>) -> PyResult<bool> {
        guarded(py, || Ok(self.engine().is_interruptible()))
    }

    /// The current handle of one device, as JSON.
    fn handle(&self, py: Python<'_>, index: usize) -> PyResult<Option<String>> {
        guarded(py, || Ok(self.engine().handle(index).map(Handle::to_json)))
    }
}

impl Engine {
    pub(super) fn engine(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn texts(given: &[Bound<'_, PyAny>], name: &str) -> PyResult<Vec<String>> {
    given.iter().map(|text| convert::text(text, name)).collect()
}

/// Converts the time for the core. Fails with `ValueError` for an invalid time.
pub(super) fn now((wall, monotonic): Told) -> PyResult<Now> {
    let no_time = || PyValueError::new_err("`now` is no time: give the pair that core.now() gives");
    let seconds = time::Duration::checked_seconds_f64(wall).ok_or_else(no_time)?;
    let wall = OffsetDateTime::UNIX_EPOCH.checked_add(seconds).ok_or_else(no_time)?;
    let monotonic = Duration::try_from_secs_f64(monotonic).map_err(|_| no_time())?;
    Ok(Now::new(wall, monotonic))
}
