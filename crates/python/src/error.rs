//! Errors as Python exceptions. `mde_forensics._errors` maps codes to classes.

use std::error::Error as _;

use mde_forensics::core::engine::Handle;
use mde_forensics::core::{BaseUrl, Code, CodeInfo, Error};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyDict;
use serde_json::Value;

use crate::convert;
use crate::guard::guarded;

/// The exception for an error; a Python exception that caused it becomes its cause.
pub(crate) fn raised(py: Python<'_>, error: &Error) -> PyErr {
    match exception(py, error) {
        Ok(exception) => {
            let raised = PyErr::from_value(exception);
            if let Some(cause) = error.source().and_then(|cause| cause.downcast_ref::<PyErr>()) {
                raised.set_cause(py, Some(cause.clone_ref(py)));
            }
            raised
        }
        Err(failure) => failure,
    }
}

/// The exception for a package error, with the package reader's code and hint.
pub(crate) fn of_package(
    py: Python<'_>,
    error: &mde_forensics_package::Error,
    text: &str,
) -> PyErr {
    let fields = PyDict::new(py);
    let made = fields
        .set_item("text", text)
        .and_then(|()| fields.set_item("code", error.code()))
        .and_then(|()| fields.set_item("hint", error.hint()))
        .and_then(|()| py.import("mde_forensics._errors"))
        .and_then(|errors| errors.call_method("_make", (), Some(&fields)));
    made.map_or_else(|failure| failure, PyErr::from_value)
}

/// The exception object for an error, not raised.
pub(crate) fn exception<'py>(py: Python<'py>, error: &Error) -> PyResult<Bound<'py, PyAny>> {
    let fields = convert::to_python(py, error)?.into_bound(py).cast_into::<PyDict>()?;
    fields.del_item("fault")?;
    fields.set_item("text", error.to_string())?;
    py.import("mde_forensics._errors")?.call_method("_make", (), Some(&fields))
}

/// The codes: each with its fault, whether repeating may help, and its hint.
#[pyfunction]
pub(crate) fn codes(py: Python<'_>) -> PyResult<Py<PyAny>> {
    guarded(py, || convert::to_python(py, &CodeInfo::all()))
}

/// The codes of the package reader, each with its hint.
#[pyfunction]
pub(crate) fn package_codes() -> Vec<(&'static str, &'static str)> {
    mde_forensics_package::Error::CODES.to_vec()
}

/// Validates a caller's text and returns its normal form: `kind` is `base_url`, `cloud`, `comment`,
/// `device`, `handle` or `tenant`.
///
/// A handle is checked against `tenant` and `base`.
#[pyfunction]
#[pyo3(signature = (kind, text, *, tenant=None, base=None))]
pub(crate) fn parse(
    py: Python<'_>,
    kind: &str,
    text: &Bound<'_, PyAny>,
    tenant: Option<&str>,
    base: Option<&str>,
) -> PyResult<String> {
    guarded(py, || {
        let text = convert::text(text, kind)?;
        let parsed = if kind == "handle" {
            BaseUrl::parse(base.unwrap_or_default())
                .and_then(|base| Handle::parse(&text, tenant.unwrap_or_default(), &base))
                .map(|handle| handle.to_json())
        } else {
            let no_kind = || PyValueError::new_err(format!("`kind` cannot be `{kind}`"));
            mde_forensics::core::parse(kind, &text).ok_or_else(no_kind)?
        };
        parsed.map_err(|error| raised(py, &error))
    })
}

/// Converts an exception from the caller's own code to an error for the engine.
pub(crate) fn of_callback(py: Python<'_>, code: Code, what: &str, error: PyErr) -> Error {
    let kind = error.get_type(py).name().map(|name| name.to_string()).unwrap_or_default();
    let text = error.value(py).str().map(|text| text.to_string_lossy().into_owned());
    let text = text.unwrap_or_else(|_| "no words".to_owned());
    Error::new(code, format!("{what}: {kind}: {text}")).with_source(error)
}

/// An error as a JSON value, or null.
pub(crate) fn or_null(error: Option<&Error>) -> Value {
    error.map_or(Value::Null, |error| serde_json::to_value(error).unwrap_or_default())
}
