//! HTTP through a Python function.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream;
use mde_forensics::core::{Code, Error};
use mde_forensics::{Http, HttpFailure, HttpReply};
use pyo3::exceptions::{
    PyArithmeticError, PyAssertionError, PyAttributeError, PyImportError, PyLookupError,
    PyNameError, PyNotImplementedError, PyStopIteration, PySyntaxError, PyTypeError, PyValueError,
};
use pyo3::prelude::*;
use pyo3::types::PyBytes;

use crate::error;

/// A function that sends one request. It is called from any thread with the method, the URL, a list
/// of headers and the body, and returns the status, a list of headers, and the body as an iterator
/// of bytes.
pub(crate) struct PythonHttp(Arc<Py<PyAny>>);

type Given = (u16, Vec<(String, String)>, Py<PyAny>);

impl PythonHttp {
    pub(crate) fn new(send: Py<PyAny>) -> Self {
        Self(Arc::new(send))
    }
}

impl fmt::Debug for PythonHttp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PythonHttp")
    }
}

impl Http for PythonHttp {
    fn send(
        &self,
        request: http::Request<Vec<u8>>,
        leave_by: Instant,
    ) -> BoxFuture<'_, Result<HttpReply, HttpFailure>> {
        let send = Arc::clone(&self.0);
        Box::pin(async move {
            let work = move || Python::attach(|py| call(py, &send, &request, leave_by));
            let (status, headers, body) = tokio::task::spawn_blocking(work)
                .await
                .map_err(|e| HttpFailure::Unknown(ended_badly(&e)))??;
            let mut head = http::Response::builder().status(status);
            for (name, value) in headers {
                head = head.header(name, value);
            }
            let head = head.body(()).map_err(|e| {
                let text = format!("{BROKEN}: it returned an invalid status or header: {e}");
                HttpFailure::Unknown(Error::new(Code::InvalidOption, text))
            })?;
            let body = stream::unfold(Some(Arc::new(body)), |body| async move {
                let body = body?;
                let next = Arc::clone(&body);
                let part =
                    tokio::task::spawn_blocking(move || Python::attach(|py| part(py, &next)));
                match part.await.unwrap_or_else(|e| Err(ended_badly(&e))) {
                    Ok(Some(part)) => Some((Ok(part), Some(body))),
                    Ok(None) => None,
                    Err(error) => Some((Err(error), None)),
                }
            });
            Ok(HttpReply::new(head, body))
        })
    }
}

fn call(
    py: Python<'_>,
    send: &Py<PyAny>,
    request: &http::Request<Vec<u8>>,
    leave_by: Instant,
) -> Result<Given, HttpFailure> {
    // It may have waited long for a thread and for the interpreter.
    if Instant::now() > leave_by {
        let text = "the request waited longer for the caller's HTTP than it may";
        return Err(HttpFailure::NotSent(Error::new(Code::TimedOut, text)));
    }
    let headers: Vec<_> = headers(request.headers());
    let body = (!request.body().is_empty()).then(|| PyBytes::new(py, request.body()));
    let arguments = (request.method().as_str(), request.uri().to_string(), headers, body);
    let given = send.call1(py, arguments).and_then(|given| given.extract::<Given>(py));
    given.map_err(|raised| {
        let not_sent = py
            .import("mde_forensics._http")
            .and_then(|http| http.getattr("NotSent"))
            .is_ok_and(|not_sent| raised.is_instance(py, &not_sent));
        if not_sent {
            let text = "the caller's HTTP could not send the request";
            HttpFailure::NotSent(error::of_callback(py, Code::ConnectFailed, text, raised))
        } else {
            HttpFailure::Unknown(failed(py, "the caller's HTTP gave no reply", raised))
        }
    })
}

fn part(py: Python<'_>, body: &Py<PyAny>) -> Result<Option<Bytes>, Error> {
    let lost = |raised| failed(py, "the caller's HTTP lost the body", raised);
    loop {
        match body.bind(py).call_method0("__next__") {
            Ok(part) => {
                let part: &[u8] = part.extract().map_err(|e| lost(PyErr::from(e)))?;
                if !part.is_empty() {
                    return Ok(Some(Bytes::copy_from_slice(part)));
                }
            }
            Err(end) if end.is_instance_of::<PyStopIteration>(py) => {
                return Ok(None);
            }
            Err(raised) => return Err(lost(raised)),
        }
    }
}

/// The headers for Python; a value that is not UTF-8 is converted lossily.
pub(crate) fn headers(headers: &http::HeaderMap) -> Vec<(String, String)> {
    let text = |value: &http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
}

/// What an exception of the caller's function means: a mistake in the function, or `what`, a network error.
fn failed(py: Python<'_>, what: &str, raised: PyErr) -> Error {
    if is_mistake(py, &raised) {
        error::of_callback(py, Code::InvalidOption, BROKEN, raised)
    } else {
        error::of_callback(py, Code::ConnectionLost, what, raised)
    }
}

/// Whether only a mistake in the function explains the exception.
///
/// A class that a library derives from one of these may be its word for a network error, such as
/// `requests.exceptions.InvalidJSONError`, so only Python's own count.
fn is_mistake(py: Python<'_>, raised: &PyErr) -> bool {
    let module = raised.get_type(py).module();
    module.is_ok_and(|module| module == "builtins")
        && (raised.is_instance_of::<PyArithmeticError>(py)
            || raised.is_instance_of::<PyAssertionError>(py)
            || raised.is_instance_of::<PyAttributeError>(py)
            || raised.is_instance_of::<PyImportError>(py)
            || raised.is_instance_of::<PyLookupError>(py)
            || raised.is_instance_of::<PyNameError>(py)
            || raised.is_instance_of::<PyNotImplementedError>(py)
            || raised.is_instance_of::<PySyntaxError>(py)
            || raised.is_instance_of::<PyTypeError>(py)
            || raised.is_instance_of::<PyValueError>(py))
}

fn ended_badly(error: &tokio::task::JoinError) -> Error {
    Error::new(Code::ConnectionLost, format!("the caller's HTTP ended badly: {error}"))
}

const BROKEN: &str = "the function that was given as `http` is broken";
