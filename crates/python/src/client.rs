//! The client.

mod network;

use std::sync::Arc;

use mde_forensics::core::endpoint::ActionFilter;
use mde_forensics::core::engine::{Handle, Report, Until};
use mde_forensics::core::wire::{ActionStatus, ActionType};
use mde_forensics::core::{ActionId, Cloud, Device, Error, MachineId};
use mde_forensics::{Client as Inner, ClientBuilder, Environment, Run, ScaledClock, Stop};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use self::network::{Network, environment, time_scale, variable};
use crate::channel::{Channel, Made};
use crate::collection::Collection;
use crate::convert;
use crate::credential::Credential;
use crate::error;
use crate::event::Hearing;
use crate::guard::guarded;
use crate::http::PythonHttp;
use crate::options::RunOptions;
use crate::process::Home;
use crate::report;
use crate::task::{GRACE, PATIENCE, Task};

/// The client behind `mde_forensics.Client` and `AsyncClient`.
#[pyclass(frozen, module = "mde_forensics._native")]
pub(crate) struct Client {
    inner: Home<Inner>,
    scale: f64,
}

#[pymethods]
impl Client {
    #[new]
    fn new(
        py: Python<'_>,
        tenant: &Bound<'_, PyAny>,
        credential: &Bound<'_, Credential>,
        network: &Bound<'_, PyDict>,
    ) -> PyResult<Self> {
        guarded(py, || {
            let tenant = convert::text(tenant, "tenant")?;
            let builder = Inner::builder(tenant, Arc::clone(&credential.get().credential));
            Self::build(py, builder.transport(environment()), &Network::read(network)?, None)
        })
    }

    /// Creates a client from the environment; `network` takes precedence.
    #[staticmethod]
    fn from_env(py: Python<'_>, network: &Bound<'_, PyDict>) -> PyResult<Self> {
        guarded(py, || {
            let environment =
                Environment::read(variable).map_err(|error| error::raised(py, &error))?;
            let cloud = environment.cloud().clone();
            let mut network = Network::read(network)?;
            if network.time_scale.is_none() {
                network.time_scale = time_scale()?;
            }
            Self::build(py, environment.builder(), &network, Some(cloud))
        })
    }

    /// Creates a collection; nothing is sent.
    fn collection(
        &self,
        py: Python<'_>,
        device: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Collection> {
        guarded(py, || {
            let client = self.inner.here()?;
            let device = convert::text(device, "device")?;
            let run = run(py, client, RunOptions::read(options)?)?;
            match client.collection(&device, &run) {
                Ok(collection) => Ok(Collection::new(collection, run, self.scale)),
                Err(error) => Err(error::raised(py, &error)),
            }
        })
    }

    /// The collection that a handle (JSON) describes.
    fn resume(
        &self,
        py: Python<'_>,
        handle: &Bound<'_, PyAny>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Collection> {
        guarded(py, || {
            let client = self.inner.here()?;
            let json = convert::text(handle, "handle")?;
            let handle = Handle::parse(&json, client.tenant(), client.base())
                .map_err(|error| error::raised(py, &error))?;
            let run = run(py, client, RunOptions::read(options)?.go_on_from(&handle))?;
            Ok(Collection::new(client.collection_of(handle), run, self.scale))
        })
    }

    /// The result is a list of dicts, one per device.
    fn collect_many(
        &self,
        py: Python<'_>,
        devices: Vec<Bound<'_, PyAny>>,
        into: Option<&Bound<'_, PyAny>>,
        until: Option<&str>,
        options: &Bound<'_, PyDict>,
        listens: bool,
    ) -> PyResult<Task> {
        guarded(py, || {
            let devices: PyResult<Vec<_>> = devices
                .iter()
                .enumerate()
                .map(|(at, device)| {
                    let device = convert::text(device, &format!("devices[{at}]"))?;
                    Device::parse(&device).map_err(|error| error::raised(py, &error))
                })
                .collect();
            let devices = devices?;
            self.many(py, into, until, options, listens, move |client, run| async move {
                client.collect_many(devices, &run).await
            })
        })
    }

    /// Continues the handles (JSON), or everything in the folder's ledger. The result is a list of
    /// dicts.
    fn resume_many(
        &self,
        py: Python<'_>,
        handles: Option<Vec<Bound<'_, PyAny>>>,
        into: Option<&Bound<'_, PyAny>>,
        until: Option<&str>,
        options: &Bound<'_, PyDict>,
        listens: bool,
    ) -> PyResult<Task> {
        guarded(py, || {
            let Some(handles) = handles else {
                return self.many(
                    py,
                    into,
                    until,
                    options,
                    listens,
                    move |client, run| async move { client.resume_folder(&run).await },
                );
            };
            let client = self.inner.here()?;
            let handles: PyResult<Vec<_>> = handles
                .iter()
                .enumerate()
                .map(|(at, handle)| {
                    let json = convert::text(handle, &format!("handles[{at}]"))?;
                    Handle::parse(&json, client.tenant(), client.base())
                        .map_err(|error| error::raised(py, &error))
                })
                .collect();
            let handles = handles?;
            self.many(py, into, until, options, listens, move |client, run| async move {
                client.resume(handles, &run).await
            })
        })
    }

    /// Finds the devices that match a name, an id or an address. The result is a list of dicts.
    fn find(&self, py: Python<'_>, device: &Bound<'_, PyAny>) -> PyResult<Task> {
        guarded(py, || {
            let device = convert::text(device, "device")?;
            let device = Device::parse(&device).map_err(|error| error::raised(py, &error))?;
            self.call(move |client| async move { client.find(&device).await })
        })
    }

    /// The result is the device as a dict.
    fn machine(&self, py: Python<'_>, id: &Bound<'_, PyAny>) -> PyResult<Task> {
        guarded(py, || {
            let id = convert::text(id, "id")?;
            let id = MachineId::parse(&id).map_err(|error| error::raised(py, &error))?;
            self.call(move |client| async move { client.machine(&id).await })
        })
    }

    /// The result is the action as a dict.
    fn action(&self, py: Python<'_>, id: &Bound<'_, PyAny>) -> PyResult<Task> {
        guarded(py, || {
            let id = convert::text(id, "id")?;
            let id = ActionId::parse(&id).map_err(|error| error::raised(py, &error))?;
            self.call(move |client| async move { client.action(&id).await })
        })
    }

    /// The result is a list of the matching actions as dicts.
    #[pyo3(signature = (*, machine, kind, statuses, requestor, since))]
    fn actions(
        &self,
        py: Python<'_>,
        machine: Option<&Bound<'_, PyAny>>,
        kind: Option<&Bound<'_, PyAny>>,
        statuses: Option<Vec<Bound<'_, PyAny>>>,
        requestor: Option<&Bound<'_, PyAny>>,
        since: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Task> {
        guarded(py, || {
            let mut filter = ActionFilter::default();
            if let Some(machine) = machine {
                let machine = convert::text(machine, "machine")?;
                filter.machine =
                    Some(MachineId::parse(&machine).map_err(|error| error::raised(py, &error))?);
            }
            if let Some(kind) = kind {
                filter.kind = Some(ActionType::parse(&convert::text(kind, "kind")?));
            }
            for status in statuses.iter().flatten() {
                filter.statuses.push(ActionStatus::parse(&convert::text(status, "statuses")?));
            }
            filter.requestor =
                requestor.map(|requestor| convert::text(requestor, "requestor")).transpose()?;
            filter.created_since = since.map(instant).transpose()?;
            self.call(move |client| async move { client.actions(&filter).await })
        })
    }

    /// The result is the action's new state.
    fn cancel(
        &self,
        py: Python<'_>,
        id: &Bound<'_, PyAny>,
        comment: &Bound<'_, PyAny>,
    ) -> PyResult<Task> {
        guarded(py, || {
            let (id, comment) = (convert::text(id, "id")?, convert::text(comment, "comment")?);
            let id = ActionId::parse(&id).map_err(|error| error::raised(py, &error))?;
            self.call(move |client| async move { client.cancel(&id, &comment).await })
        })
    }

    #[getter]
    fn tenant(&self, py: Python<'_>) -> PyResult<String> {
        guarded(py, || Ok(self.inner.here()?.tenant().to_owned()))
    }

    #[getter]
    fn api_url(&self, py: Python<'_>) -> PyResult<String> {
        guarded(py, || Ok(self.inner.here()?.base().as_str().to_owned()))
    }

    /// How many seconds the client's clock advances per real second.
    #[getter]
    fn time_scale(&self) -> f64 {
        self.scale
    }
}

impl Client {
    fn build(
        py: Python<'_>,
        mut builder: ClientBuilder,
        network: &Network,
        named: Option<Cloud>,
    ) -> PyResult<Self> {
        let raise = |error| error::raised(py, &error);
        builder = builder.cloud(network.cloud(named).map_err(raise)?);
        if let Some(file) = &network.ca_file {
            builder = builder.ca_file(file);
        }
        if let Some(verify) = network.verify {
            builder = builder.verify_certificates(verify);
        }
        if let Some(proxy) = &network.proxy {
            builder = builder.proxy(proxy.clone());
        }
        builder = builder.quotas(network.quotas);
        if let Some(scale) = network.time_scale {
            builder = builder.clock(Arc::new(ScaledClock::new(scale).map_err(raise)?));
        }
        if let Some(http) = &network.http {
            builder = builder.http(Arc::new(PythonHttp::new(http.clone_ref(py))));
        }
        let client = py.detach(|| builder.build()).map_err(raise)?;
        Ok(Self { inner: Home::new(client), scale: network.time_scale.unwrap_or(1.0) })
    }

    fn many<F>(
        &self,
        py: Python<'_>,
        into_folder: Option<&Bound<'_, PyAny>>,
        until: Option<&str>,
        options: &Bound<'_, PyDict>,
        listens: bool,
        work: impl FnOnce(Inner, Run) -> F,
    ) -> PyResult<Task>
    where
        F: Future<Output = Result<Report, Error>> + Send + 'static,
    {
        let client = self.inner.here()?.clone();
        let folder = into_folder.map(|folder| convert::path(folder, "into")).transpose()?;
        let mut run = run(py, &client, RunOptions::read(options)?)?;
        run.options.until =
            Until::parse(until, folder.is_some()).map_err(|error| error::raised(py, &error))?;
        let stop = Stop::new();
        let channel = Channel::default();
        let hearing = Hearing::new(listens.then(|| channel.clone()), None);
        let run = run.stopped_by(&stop).on_event(move |event| hearing.hear(event));
        let run = match &folder {
            Some(folder) => run.into_folder(folder),
            None => run,
        };
        let work = Box::pin(work(client, run));
        // Without a ledger on disk, its report is all there is to continue from.
        let grace = if folder.is_some() { GRACE } else { PATIENCE };
        Task::stoppable(channel, stop, grace, async move {
            let result = work.await;
            let made: Made = Box::new(move |py| match result {
                Ok(report) => report::to_python(py, &report, folder.as_deref()),
                Err(error) => Err(error::raised(py, &error)),
            });
            made
        })
    }

    fn call<T, F>(&self, call: impl FnOnce(Inner) -> F) -> PyResult<Task>
    where
        T: serde::Serialize + Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let call = Box::pin(call(self.inner.here()?.clone()));
        Task::new(async move {
            let result = call.await;
            let made: Made = Box::new(move |py| match result {
                Ok(value) => convert::to_python(py, &value),
                Err(error) => Err(error::raised(py, &error)),
            });
            made
        })
    }
}

/// The run that the options describe.
fn run(py: Python<'_>, client: &Inner, options: RunOptions) -> PyResult<Run> {
    let Some(comment) = &options.comment else {
        return Err(PyTypeError::new_err("`comment` is missing"));
    };
    let run = client.run(comment).map_err(|error| error::raised(py, &error))?;
    Ok(options.shape(run))
}

/// A timezone-aware `datetime`.
fn instant(value: &Bound<'_, PyAny>) -> PyResult<time::OffsetDateTime> {
    let wrong = || convert::no("since", "a datetime with a time zone", value);
    if value.getattr("tzinfo").map_or(true, |zone| zone.is_none()) {
        return Err(wrong());
    }
    let seconds: f64 =
        value.call_method0("timestamp").and_then(|it| it.extract()).map_err(|_| wrong())?;
    #[expect(clippy::cast_possible_truncation, reason = "whole seconds of any year fit")]
    time::OffsetDateTime::from_unix_timestamp(seconds.floor() as i64).map_err(|_| wrong())
}
