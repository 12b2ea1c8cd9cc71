//! Records, quotas, requests and files for a driver in Python.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use mde_forensics::core::engine::{Answer as Given, Handle, Partial, Settlement};
use mde_forensics::core::{Error, MachineId, PackageLink, PermitId, QuotaClass, Tenant};
use mde_forensics::{Account, Workspace as Inner};
use pyo3::exceptions::{PyRuntimeError, PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde::de::DeserializeOwned;
use tokio::task::{AbortHandle, JoinHandle};

use super::answer::Answer;
use super::command::Command;
use super::engine::{Engine, Told, now};
use crate::aside::waited;
use crate::convert;
use crate::error;
use crate::guard::guarded;
use crate::http::PythonHttp;
use crate::options;
use crate::process::{Home, runtime};

/// Records, claims, quotas and files, behind `mde_forensics.core.Workspace`.
#[pyclass(frozen, module = "mde_forensics._native")]
pub(crate) struct Workspace(Home<Mutex<Open>>);

/// The workspace until it is closed, and the abort handles of requests and downloads in flight, by
/// ticket.
struct Open {
    workspace: Option<Arc<Inner>>,
    flights: BTreeMap<u64, AbortHandle>,
}

impl Workspace {
    fn open(&self) -> PyResult<MutexGuard<'_, Open>> {
        Ok(self.0.here()?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn workspace(&self) -> PyResult<Arc<Inner>> {
        let workspace = self.open()?.workspace.clone();
        workspace.ok_or_else(|| PyRuntimeError::new_err("the workspace is closed"))
    }

    /// The ledger's result of appending these records. An exception from a signal handler, or a
    /// closed workspace, is not the ledger's result.
    fn written(&self, py: Python<'_>, records: &[String]) -> PyResult<Result<(), Error>> {
        let workspace = self.workspace()?;
        let records: PyResult<Vec<_>> = records.iter().map(|json| parsed(json)).collect();
        let records = records?;
        // A disk can be slow; a write in progress is completed.
        let mut writing = runtime()?.spawn_blocking(move || workspace.append(&records));
        waited(py, &mut writing)?
            .ok_or_else(|| PyRuntimeError::new_err("nothing was written: the process ends"))
    }

    /// Writes a record and informs the engine. After an exception the engine still waits for the
    /// record.
    fn record(&self, py: Python<'_>, engine: &Engine, seq: u64, record: &str) -> PyResult<()> {
        guarded(py, || {
            match self.written(py, &[record.to_owned()])? {
                Ok(()) => engine.engine().recorded(seq),
                Err(error) => engine.engine().record_failed(seq, error),
            }
            Ok(())
        })
    }

    /// Waits for work that can be aborted; `None` if it was.
    fn landed(
        &self,
        py: Python<'_>,
        ticket: u64,
        mut flight: JoinHandle<Given>,
    ) -> PyResult<Option<Given>> {
        self.open()?.flights.insert(ticket, flight.abort_handle());
        let landed = waited(py, &mut flight).inspect_err(|_| flight.abort());
        self.open()?.flights.remove(&ticket);
        landed
    }
}

#[pymethods]
impl Workspace {
    /// `tenant` and, if known, `client_id` say whose quotas are counted.
    #[new]
    #[expect(clippy::too_many_arguments, reason = "the Python face has them as keywords")]
    fn new(
        py: Python<'_>,
        folder: Option<&Bound<'_, PyAny>>,
        http: Py<PyAny>,
        tenant: &Bound<'_, PyAny>,
        client_id: Option<&Bound<'_, PyAny>>,
        quotas: &Bound<'_, PyDict>,
        options: &Bound<'_, PyAny>,
        now: Told,
    ) -> PyResult<Self> {
        guarded(py, || {
            crate::log::listen()?;
            let tenant = Tenant::parse(&convert::text(tenant, "tenant")?);
            let tenant = tenant.map_err(|error| error::raised(py, &error))?;
            let app = client_id.map(|id| convert::text(id, "client_id")).transpose()?;
            let account = Account::new(&tenant, app.as_deref());
            let quotas = options::quotas(quotas)?;
            let folder = folder.map(|folder| convert::path(folder, "folder")).transpose()?;
            let options = convert::to_json(options, "options")?;
            let http = Arc::new(PythonHttp::new(http));
            let now = self::now(now)?;
            let workspace = py.detach(|| Inner::new(folder, http, options, account, quotas, now));
            let workspace = Some(Arc::new(workspace.map_err(|error| error::raised(py, &error))?));
            Ok(Self(Home::new(Mutex::new(Open { workspace, flights: BTreeMap::new() }))))
        })
    }

    /// The handles of the ledger's collections, as JSON.
    fn handles(&self, py: Python<'_>) -> PyResult<Vec<String>> {
        guarded(py, || {
            let workspace = self.workspace()?;
            Ok(py.detach(|| workspace.handles().iter().map(Handle::to_json).collect()))
        })
    }

    /// Makes records durable, as carried by `Command.Record`.
    fn append(&self, py: Python<'_>, records: Vec<String>) -> PyResult<()> {
        guarded(py, || self.written(py, &records)?.map_err(|error| error::raised(py, &error)))
    }

    /// The answer to a `Claim`, `Permit`, `Send`, `Inspect`, `Fetch` or `Seal`; None after a
    /// `Settle`.
    ///
    /// `progress` is called from any thread with the bytes so far and the total.
    #[pyo3(signature = (command, now, progress))]
    fn answer(
        &self,
        py: Python<'_>,
        command: &Bound<'_, Command>,
        now: Told,
        progress: Option<Py<PyAny>>,
    ) -> PyResult<Option<Answer>> {
        guarded(py, || {
            let workspace = self.workspace()?;
            let now = self::now(now)?;
            let raise = |error: Error| error::raised(py, &error);
            let answer: Option<Given> = match command.get() {
                Command::Claim { tenant, machine, .. } => {
                    let machine = MachineId::parse(machine).map_err(raise)?;
                    Some(py.detach(|| workspace.claim(tenant, &machine, now)))
                }
                Command::Permit { quota, .. } => {
                    let quota: QuotaClass =
                        parsed(&serde_json::Value::from(quota.as_str()).to_string())?;
                    let mut asking =
                        runtime()?.spawn_blocking(move || workspace.permit(quota, now));
                    waited(py, &mut asking)?
                }
                Command::Settle { permit, settlement, seconds } => {
                    let settlement = match settlement.as_str() {
                        "answered" => Settlement::Answered,
                        "throttled" => Settlement::Throttled(self::seconds(*seconds)),
                        _ => Settlement::Unused,
                    };
                    // The ledger may be waiting for its disk, and its log messages wait for the
                    // interpreter.
                    py.detach(|| workspace.settle(PermitId::from_number(*permit), settlement, now));
                    return Ok(None);
                }
                Command::Inspect { name, .. } => {
                    let name = name.clone();
                    let mut looking =
                        runtime()?.spawn(async move { workspace.inspect(&name).await });
                    waited(py, &mut looking)?
                }
                Command::Fetch { ticket, link, name, resume } => {
                    let link = PackageLink::parse(link).map_err(raise)?;
                    let resume = resume.clone().map(|(received, validator, total)| {
                        Partial::new(received, validator, total)
                    });
                    let tell = move |received: u64, total: Option<u64>| {
                        let Some(progress) = &progress else { return };
                        let told = Python::try_attach(|py| progress.call1(py, (received, total)));
                        if let Some(Err(error)) = told {
                            Python::attach(|py| error.write_unraisable(py, None));
                        }
                    };
                    let name = name.clone();
                    let fetching = runtime()?
                        .spawn(async move { workspace.fetch(link, &name, resume, tell).await });
                    self.landed(py, *ticket, fetching)?
                }
                Command::Send { ticket, method, url, headers, body, body_limit, not_after } => {
                    let request = request(method, url, headers, body)?;
                    let (limit, not_after) = (*body_limit, seconds(*not_after));
                    let sending = runtime()?
                        .spawn(async move { workspace.send(request, limit, not_after, now).await });
                    self.landed(py, *ticket, sending)?
                }
                Command::Seal { name, custody, size, sha256, keep_damaged, .. } => {
                    let custody = parsed(custody)?;
                    let (name, size, sha256) = (name.clone(), *size, sha256.clone());
                    let keep_damaged = *keep_damaged;
                    // A seal cannot be aborted: it keeps the workspace until it ends, so that no
                    // other work touches its files.
                    let mut sealing = runtime()?.spawn(async move {
                        workspace.seal(&name, custody, size, sha256, keep_damaged).await
                    });
                    waited(py, &mut sealing)?
                }
                _ => {
                    let text = format!("{} is not for the workspace", command.get().__repr__());
                    return Err(PyTypeError::new_err(text));
                }
            };
            Ok(answer.map(Answer::of))
        })
    }

    /// Aborts the requests and downloads in flight and releases the folder.
    fn close(&self, py: Python<'_>) -> PyResult<()> {
        guarded(py, || {
            let (workspace, flights) = {
                let mut open = self.open()?;
                (open.workspace.take(), std::mem::take(&mut open.flights))
            };
            for flight in flights.values() {
                flight.abort();
            }
            // The next user must find the folder free: work that cannot be aborted releases it now.
            let end = Instant::now() + LETTING_GO;
            while workspace.as_ref().is_some_and(|workspace| Arc::strong_count(workspace) > 1)
                && Instant::now() < end
            {
                py.detach(|| std::thread::sleep(Duration::from_millis(1)));
                py.check_signals()?;
            }
            py.detach(|| drop(workspace));
            Ok(())
        })
    }

    /// Carries out any command except `Token`, `Wait`, `Event` and `Done`.
    fn carry_out(
        &self,
        py: Python<'_>,
        engine: Py<Engine>,
        command: &Bound<'_, Command>,
        now: Told,
    ) -> PyResult<()> {
        let ticket = match command.get() {
            Command::Record { seq, record } => {
                return self.record(py, engine.get(), *seq, record);
            }
            Command::Abort { ticket } => {
                if let Some(flight) = self.open()?.flights.remove(ticket) {
                    flight.abort();
                }
                return Ok(());
            }
            Command::Claim { ticket, .. }
            | Command::Permit { ticket, .. }
            | Command::Inspect { ticket, .. }
            | Command::Fetch { ticket, .. }
            | Command::Seal { ticket, .. }
            | Command::Send { ticket, .. } => *ticket,
            _ => 0,
        };
        let answer = self.answer(py, command, now, None)?;
        if let Some(answer) = answer {
            engine.get().answer(py, ticket, &Bound::new(py, answer)?, now)?;
        }
        Ok(())
    }
}

/// Longer than file work that cannot be aborted takes.
const LETTING_GO: Duration = Duration::from_secs(5);

fn request(
    method: &str,
    url: &str,
    headers: &[(String, String)],
    body: &[u8],
) -> PyResult<http::Request<Vec<u8>>> {
    let mut request = http::Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(name, value);
    }
    // The parts are not repeated in the error: they contain a token.
    request
        .body(body.to_vec())
        .map_err(|_| PyValueError::new_err("this is no request that can be sent"))
}

/// Seconds of a command; invalid or negative ones count as zero.
fn seconds(number: f64) -> Duration {
    Duration::try_from_secs_f64(number).unwrap_or_default()
}

fn parsed<T: DeserializeOwned>(json: &str) -> PyResult<T> {
    serde_json::from_str(json).map_err(|error| {
        PyValueError::new_err(format!("this is not what a command carries: {error}"))
    })
}
