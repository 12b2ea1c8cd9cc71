//! Host and network settings from the caller or the environment.

use std::path::PathBuf;

use mde_forensics::core::quota::QuotaOptions;
use mde_forensics::core::{BaseUrl, Cloud, Error};
use mde_forensics::{Environment, Proxy, TransportOptions};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict};

use crate::convert;
use crate::error;
use crate::options;

/// A caller's host and network settings.
#[derive(Default)]
pub(super) struct Network {
    cloud: Option<String>,
    api: Option<String>,
    login: Option<String>,
    resource: Option<String>,
    pub(super) proxy: Option<Proxy>,
    pub(super) verify: Option<bool>,
    pub(super) ca_file: Option<PathBuf>,
    pub(super) quotas: QuotaOptions,
    pub(super) time_scale: Option<f64>,
    pub(super) http: Option<Py<PyAny>>,
}

impl Network {
    /// Reads the arguments that are not None. Fails with `TypeError` or `ValueError`, naming the
    /// argument.
    pub(super) fn read(arguments: &Bound<'_, PyDict>) -> PyResult<Self> {
        let mut network = Self::default();
        for (name, value) in arguments {
            let name = convert::text(&name, "the name of an option")?;
            let name = name.as_str();
            if value.is_none() {
                continue;
            }
            match name {
                "cloud" => network.cloud = Some(convert::text(&value, name)?),
                "api_url" => network.api = Some(convert::text(&value, name)?),
                "login_url" => network.login = Some(convert::text(&value, name)?),
                "resource" => network.resource = Some(convert::text(&value, name)?),
                "proxy" => network.proxy = Some(proxy(&value)?),
                "verify" => match value.cast::<PyBool>() {
                    Ok(verify) => network.verify = Some(verify.is_true()),
                    Err(_) => network.ca_file = Some(convert::path(&value, name)?),
                },
                "quota_scope" => network.quotas.scope = options::scope(&value)?,
                "quota_share" => network.quotas.share = options::share(&value)?,
                "time_scale" => {
                    let scale = value.extract().map_err(|_| convert::no(name, "a number", &value));
                    network.time_scale = Some(scale?);
                }
                "http" if value.is_callable() => network.http = Some(value.unbind()),
                "http" => return Err(convert::no(name, "a function", &value)),
                other => {
                    return Err(PyTypeError::new_err(format!("there is no option `{other}`")));
                }
            }
        }
        Ok(network)
    }

    /// The cloud from the arguments; `named` is the environment's cloud.
    pub(super) fn cloud(&self, named: Option<Cloud>) -> Result<Cloud, Error> {
        let cloud: Option<Cloud> = self.cloud.as_deref().map(str::parse).transpose()?;
        let url = |said: &Option<String>, name| said.as_deref().map(|it| url(it, name)).transpose();
        let (api, login) = (url(&self.api, "api_url")?, url(&self.login, "login_url")?);
        cloud.or(named).unwrap_or_default().customized(api, login, self.resource.as_deref())
    }
}

/// The base URL in the argument with this name.
fn url(text: &str, name: &str) -> Result<BaseUrl, Error> {
    BaseUrl::parse(text)
        .map_err(|error| Error::new(error.code(), format!("`{name}`: {}", error.message())))
}

/// False means no proxy; True is rejected.
fn proxy(value: &Bound<'_, PyAny>) -> PyResult<Proxy> {
    match value.cast::<PyBool>() {
        Ok(truth) if truth.is_true() => Err(PyValueError::new_err(
            "`proxy` must be a URL or False; leave it out for the system's",
        )),
        Ok(_) => Ok(Proxy::None),
        Err(_) => Proxy::url(&convert::text(value, "proxy")?)
            .map_err(|error| error::raised(value.py(), &error)),
    }
}

/// The network settings from the environment.
pub(super) fn environment() -> TransportOptions {
    let mut options = TransportOptions::default();
    options.ca_file = Environment::ca_file(variable);
    options
}

/// The value of `MDE_TIME_SCALE`, read as the command reads it.
pub(super) fn time_scale() -> PyResult<Option<f64>> {
    let said = variable("MDE_TIME_SCALE").filter(|said| !said.trim().is_empty());
    let scale = said.map(|said| said.trim().parse()).transpose();
    scale.map_err(|_| PyValueError::new_err("`MDE_TIME_SCALE` is no number"))
}

pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}
