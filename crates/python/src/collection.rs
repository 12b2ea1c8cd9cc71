//! One collection.

use std::sync::Arc;
use std::time::Duration;

use mde_forensics::core::engine::{Outcome, Until};
use mde_forensics::core::{Code, Error};
use mde_forensics::{Collection as Inner, Run, STEP_BUDGET, Stop};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::json;

use crate::channel::{Channel, Made};
use crate::convert;
use crate::error;
use crate::event::{Hearing, Kept, shown};
use crate::guard::guarded;
use crate::options::RunOptions;
use crate::process::Home;
use crate::task::{GRACE, Task};

/// The collection behind `mde_forensics.Collection` and `AsyncCollection`.
#[pyclass(frozen, module = "mde_forensics._native")]
pub(crate) struct Collection {
    inner: Home<Inner>,
    /// The settings of its methods, unless a call overrides them.
    run: Home<Run>,
    events: Kept,
    /// How many seconds the client's clock advances per real second.
    scale: f64,
}

/// What a method of a collection needs.
struct Set {
    collection: Inner,
    run: Run,
    stop: Stop,
    channel: Channel,
}

impl Collection {
    pub(crate) fn new(inner: Inner, run: Run, scale: f64) -> Self {
        Self { inner: Home::new(inner), run: Home::new(run), events: Kept::default(), scale }
    }

    fn set(&self, options: &Bound<'_, PyDict>, listens: bool) -> PyResult<Set> {
        let collection = self.inner.here()?.clone();
        let stop = Stop::new();
        let channel = Channel::default();
        let listener = listens.then(|| channel.clone());
        let hearing = Hearing::new(listener, Some(Arc::clone(&self.events)));
        let run = RunOptions::read(options)?.shape(self.run.here()?.clone());
        let run = run.stopped_by(&stop).on_event(move |event| hearing.hear(event));
        Ok(Set { collection, run, stop, channel })
    }
}

impl Set {
    /// Starts a method; `show` converts its result for Python.
    fn start<T, F>(
        self,
        verb: impl FnOnce(Inner, Run) -> F,
        show: impl FnOnce(Python<'_>, T) -> PyResult<Py<PyAny>> + Send + 'static,
    ) -> PyResult<Task>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let Self { collection, run, stop, channel } = self;
        // The future is large: from here on only a pointer to it is moved.
        let work = Box::pin(verb(collection.clone(), run));
        Task::stoppable(channel, stop, GRACE, async move {
            let result = work.await;
            let made: Made = Box::new(move |py| match result {
                Ok(value) => show(py, value),
                Err(error) => Err(with_candidates(py, &collection, &error)),
            });
            made
        })
    }
}

#[pymethods]
impl Collection {
    fn request(
        &self,
        py: Python<'_>,
        options: &Bound<'_, PyDict>,
        listens: bool,
    ) -> PyResult<Task> {
        guarded(py, || {
            self.set(options, listens)?
                .start(move |it, run| async move { it.request(&run).await }, none)
        })
    }

    fn refresh(
        &self,
        py: Python<'_>,
        options: &Bound<'_, PyDict>,
        listens: bool,
    ) -> PyResult<Task> {
        guarded(py, || {
            self.set(options, listens)?
                .start(move |it, run| async move { it.refresh(&run).await }, none)
        })
    }

    fn wait(&self, py: Python<'_>, options: &Bound<'_, PyDict>, listens: bool) -> PyResult<Task> {
        guarded(py, || {
            self.set(options, listens)?
                .start(move |it, run| async move { it.wait(&run).await }, none)
        })
    }

    /// The result is the package's path.
    fn download(
        &self,
        py: Python<'_>,
        folder: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
        listens: bool,
    ) -> PyResult<Task> {
        guarded(py, || {
            let folder = convert::path(folder, "folder")?;
            self.set(options, listens)?.start(
                move |it, run| async move {
                    let stored = it.download(&folder, &run).await?;
                    Ok(folder.join(stored.name))
                },
                |py, path| Ok(path.into_pyobject(py)?.into_any().unbind()),
            )
        })
    }

    /// The result is the number of seconds until there is more to do, or None at the end. All
    /// seconds are real time.
    #[pyo3(signature = (budget, folder, options, listens))]
    fn step(
        &self,
        py: Python<'_>,
        budget: Option<&Bound<'_, PyAny>>,
        folder: Option<&Bound<'_, PyAny>>,
        options: &Bound<'_, PyDict>,
        listens: bool,
    ) -> PyResult<Task> {
        guarded(py, || {
            let budget = match budget {
                Some(budget) => convert::duration(budget, "budget")?,
                None => STEP_BUDGET,
            };
            // The caller's time is real, whatever the emulator's.
            let budget = Duration::try_from_secs_f64(budget.as_secs_f64() * self.scale);
            let budget = budget.unwrap_or(Duration::MAX);
            let folder = folder.map(|folder| convert::path(folder, "into")).transpose()?;
            let scale = self.scale;
            self.set(options, listens)?.start(
                move |it, run| async move {
                    let run = match folder {
                        Some(folder) => run.into_folder(folder),
                        None => until_ready(run),
                    };
                    it.step(&run, budget).await
                },
                move |py, next| {
                    let next = next.map(|next| next.as_secs_f64() / scale);
                    Ok(next.into_pyobject(py)?.into_any().unbind())
                },
            )
        })
    }

    /// The result is the action's new state.
    fn cancel(&self, py: Python<'_>, comment: &Bound<'_, PyAny>, foreign: bool) -> PyResult<Task> {
        guarded(py, || {
            let comment = convert::text(comment, "comment")?;
            let collection = self.inner.here()?.clone();
            Task::new(async move {
                let result = collection.cancel(&comment, foreign).await;
                let made: Made = Box::new(move |py| match result {
                    Ok(action) => convert::to_python(py, &action),
                    Err(error) => Err(error::raised(py, &error)),
                });
                made
            })
        })
    }

    /// The handle as JSON.
    fn to_json(&self, py: Python<'_>) -> PyResult<String> {
        guarded(py, || Ok(self.inner.here()?.handle().to_json()))
    }

    /// The collection's state as a dict.
    fn state(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        guarded(py, || {
            let collection = self.inner.here()?;
            let (handle, outcome) = (collection.handle(), collection.outcome());
            let action = handle.action();
            convert::to_python(
                py,
                &json!({
                    "id": action.map(|action| &action.id),
                    "device": handle.device(),
                    "status": action.map(|action| action.status.as_str()),
                    "ended": action.is_some_and(|action| action.status.is_terminal()),
                    "adoption": action.map(|action| action.adoption),
                    "requestor": action.and_then(|action| action.requestor.as_deref()),
                    "machine_id": handle.machine().map(|machine| &machine.id),
                    "machine_name": handle.machine().and_then(|machine| machine.name.as_deref()),
                    "comment": handle.comment(),
                    "key": handle.key(),
                    "outcome": outcome.as_ref().map(Outcome::name),
                    "package": handle.package(),
                }),
            )
        })
    }

    /// The past events as a list of dicts.
    fn events(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        guarded(py, || {
            let events =
                self.events.lock().unwrap_or_else(std::sync::PoisonError::into_inner).clone();
            convert::to_python(py, &events.iter().map(shown).collect::<Vec<_>>())
        })
    }
}

/// Without a folder nothing can be downloaded.
fn until_ready(mut run: Run) -> Run {
    run.options.until = Until::Ready;
    run
}

#[expect(clippy::unnecessary_wraps, reason = "one of several ways to show a result")]
fn none(py: Python<'_>, (): ()) -> PyResult<Py<PyAny>> {
    Ok(py.None())
}

/// The exception, with the candidates if several devices match.
fn with_candidates(py: Python<'_>, collection: &Inner, error: &Error) -> PyErr {
    let raised = error::raised(py, error);
    if let (Code::DeviceAmbiguous, Some(Outcome::Ambiguous(candidates))) =
        (error.code(), collection.outcome())
        && let Ok(candidates) = convert::to_python(py, &candidates)
    {
        // An exception class without this attribute is still the right exception.
        let _ = raised.value(py).setattr("candidates", candidates);
    }
    raised
}
