//! The endpoints.

use mde_forensics::core::{AccessToken, BaseUrl, Error, Operation as Inner};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use time::OffsetDateTime;

use crate::convert;
use crate::error;
use crate::guard::guarded;
use crate::http as head;

/// One operation of the service or its login service, behind `mde_forensics.core.Operation`.
#[pyclass(frozen, module = "mde_forensics._native")]
pub(crate) struct Operation {
    inner: Inner,
    name: String,
}

type Request = (String, String, Vec<(String, String)>, Vec<u8>);

#[pymethods]
impl Operation {
    /// All names.
    #[classattr]
    const NAMES: &'static [&'static str] = Inner::NAMES;

    #[new]
    fn new(py: Python<'_>, name: &Bound<'_, PyAny>, input: &Bound<'_, PyAny>) -> PyResult<Self> {
        guarded(py, || {
            let name = convert::text(name, "name")?;
            let inner = Inner::parse(&name, &convert::to_json(input, "input")?.to_string());
            Ok(Self { inner: inner.map_err(|error| error::raised(py, &error))?, name })
        })
    }

    /// The method, the URL, the headers and the body.
    fn request(
        &self,
        py: Python<'_>,
        base: &Bound<'_, PyAny>,
        token: &Bound<'_, PyAny>,
    ) -> PyResult<Request> {
        guarded(py, || {
            let base = self::base(py, base)?;
            let token = AccessToken::new(convert::text(token, "token")?);
            let request = self.inner.request(&base, &token);
            let request = request.map_err(|error| error::raised(py, &error))?;
            Ok((
                request.method().as_str().to_owned(),
                request.uri().to_string(),
                head::headers(request.headers()),
                request.into_body(),
            ))
        })
    }

    /// Reads the reply; `wall` is the current wall-clock time in seconds since the epoch.
    fn response(
        &self,
        py: Python<'_>,
        base: &Bound<'_, PyAny>,
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
        wall: f64,
    ) -> PyResult<Py<PyAny>> {
        guarded(py, || {
            let base = self::base(py, base)?;
            let mut response = http::Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            let response = response.body(body).map_err(|e| PyValueError::new_err(e.to_string()))?;
            let wall = time::Duration::checked_seconds_f64(wall)
                .and_then(|seconds| OffsetDateTime::UNIX_EPOCH.checked_add(seconds))
                .ok_or_else(|| PyValueError::new_err("`wall` is no time"))?;
            let output = py.detach(|| self.inner.response(&base, &response, wall));
            convert::to_python(py, &output.map_err(|error| error::raised(py, &error))?)
        })
    }

    /// Method, success statuses, quota, whether it can be repeated, permission; None for a login
    /// operation.
    #[getter]
    fn properties(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        guarded(py, || convert::to_python(py, &self.inner.properties()))
    }

    #[getter]
    fn name(&self) -> &str {
        &self.name
    }

    fn __repr__(&self) -> String {
        format!("<Operation {}>", self.name)
    }
}

fn base(py: Python<'_>, base: &Bound<'_, PyAny>) -> PyResult<BaseUrl> {
    let base: Result<_, Error> = BaseUrl::parse(&convert::text(base, "base")?);
    base.map_err(|error| error::raised(py, &error))
}
