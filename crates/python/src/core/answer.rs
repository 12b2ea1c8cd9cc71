//! A driver's answers.

use std::sync::{Mutex, PoisonError};

use mde_forensics::core::endpoint::LIST_BODY_LIMIT;
use mde_forensics::core::engine::{self, Exchange, Fetched, Held, Partial, Sealed, Verdict};
use mde_forensics::core::{AccessToken, Code, Error, PermitId};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;

use crate::convert;
use crate::guard::guarded;

/// An answer to one ticket; it can be used only once.
#[pyclass(frozen, module = "mde_forensics._native")]
pub(crate) struct Answer(Mutex<Option<engine::Answer>>);

impl Answer {
    pub(crate) fn of(answer: engine::Answer) -> Self {
        Self(Mutex::new(Some(answer)))
    }

    pub(crate) fn take(&self) -> PyResult<engine::Answer> {
        let answer = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        answer.ok_or_else(|| PyValueError::new_err("the answer was given already"))
    }
}

#[pymethods]
impl Answer {
    /// The whole reply to a `Send`; its content encoding is removed here unless it was already.
    #[staticmethod]
    #[pyo3(signature = (status, headers, body, *, body_limit=None))]
    fn reply(
        py: Python<'_>,
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
        body_limit: Option<usize>,
    ) -> PyResult<Self> {
        guarded(py, || {
            let mut reply = http::Response::builder().status(status);
            for (name, value) in headers {
                reply = reply.header(name, value);
            }
            let reply = reply.body(body).map_err(|e| PyValueError::new_err(e.to_string()))?;
            let exchange = mde_forensics::decoded(reply, body_limit.unwrap_or(LIST_BODY_LIMIT));
            Ok(Self::of(engine::Answer::Exchange(exchange)))
        })
    }

    /// No byte of the request was sent.
    #[staticmethod]
    fn not_sent(py: Python<'_>, message: &Bound<'_, PyAny>) -> PyResult<Self> {
        guarded(py, || {
            let error = Error::new(Code::ConnectFailed, convert::text(message, "message")?);
            Ok(Self::of(engine::Answer::Exchange(Exchange::NotSent(error))))
        })
    }

    /// The request may have arrived or not.
    #[staticmethod]
    fn unknown(py: Python<'_>, message: &Bound<'_, PyAny>) -> PyResult<Self> {
        guarded(py, || {
            let error = Error::new(Code::ConnectionLost, convert::text(message, "message")?);
            Ok(Self::of(engine::Answer::Exchange(Exchange::Unknown(error))))
        })
    }

    /// The head of a reply arrived, but not its whole body.
    #[staticmethod]
    #[pyo3(signature = (message, *, code=None))]
    fn broken(py: Python<'_>, message: &Bound<'_, PyAny>, code: Option<&str>) -> PyResult<Self> {
        guarded(py, || {
            let code = self::code(code, Code::ConnectionLost)?;
            let error = Error::new(code, convert::text(message, "message")?);
            Ok(Self::of(engine::Answer::Exchange(Exchange::Broken(error))))
        })
    }

    /// A token, and for how many seconds it is valid.
    #[staticmethod]
    fn token(
        py: Python<'_>,
        token: &Bound<'_, PyAny>,
        good_for: &Bound<'_, PyAny>,
    ) -> PyResult<Self> {
        guarded(py, || {
            let token = AccessToken::new(convert::text(token, "token")?);
            let good_for = convert::duration(good_for, "good_for")?;
            Ok(Self::of(engine::Answer::Token(token, good_for)))
        })
    }

    /// No token is available.
    #[staticmethod]
    #[pyo3(signature = (message, *, code=None, retry_after=None))]
    fn token_failed(
        py: Python<'_>,
        message: &Bound<'_, PyAny>,
        code: Option<&str>,
        retry_after: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Self> {
        guarded(py, || {
            let code = self::code(code, Code::CredentialFailed)?;
            let mut error = Error::new(code, convert::text(message, "message")?);
            if let Some(wait) = retry_after {
                error = error.with_retry_after(convert::duration(wait, "retry_after")?);
            }
            Ok(Self::of(engine::Answer::TokenFailed(error)))
        })
    }

    #[staticmethod]
    fn granted(permit: u64) -> Self {
        Self::of(engine::Answer::Granted(PermitId::from_number(permit)))
    }

    #[staticmethod]
    fn until(py: Python<'_>, monotonic: &Bound<'_, PyAny>) -> PyResult<Self> {
        guarded(py, || {
            Ok(Self::of(engine::Answer::Until(convert::duration(monotonic, "monotonic")?)))
        })
    }

    #[staticmethod]
    fn claimed() -> Self {
        Self::of(engine::Answer::Claimed)
    }

    #[staticmethod]
    fn claim_held(py: Python<'_>, monotonic: &Bound<'_, PyAny>) -> PyResult<Self> {
        guarded(py, || {
            Ok(Self::of(engine::Answer::ClaimHeld(convert::duration(monotonic, "monotonic")?)))
        })
    }

    /// What the folder has: nothing, a part (`received`, `validator`, `total`), or the package
    /// (`size`, `sha256`, and its manifest's `verdict`: `whole` or `unverified`).
    #[staticmethod]
    #[pyo3(signature = (
        *, received=None, validator=None, total=None, size=None, sha256=None, verdict=None, conflict=None
    ))]
    fn held(
        received: Option<u64>,
        validator: Option<String>,
        total: Option<u64>,
        size: Option<u64>,
        sha256: Option<String>,
        verdict: Option<&str>,
        conflict: Option<&str>,
    ) -> PyResult<Self> {
        let verdict = match verdict {
            None => None,
            Some("unverified") => Some(Verdict::Unverified),
            Some("whole") => Some(Verdict::Whole),
            Some(_) => {
                return Err(PyValueError::new_err("`verdict` must be `whole` or `unverified`"));
            }
        };
        let conflict = conflict.map(|why| Error::new(Code::FileExists, why));
        let held = Held::from_parts(received, validator, total, size, sha256, verdict, conflict);
        held.map(|held| Self::of(engine::Answer::Held(held))).ok_or_else(|| {
            let text =
                "give `received`, or `size`, `sha256` and `verdict`, or `conflict`, or nothing";
            PyValueError::new_err(text)
        })
    }

    /// All bytes are in `NAME.part`.
    #[staticmethod]
    fn fetched(size: u64, sha256: String) -> Self {
        Self::of(engine::Answer::Fetched(Fetched::Complete { size, sha256 }))
    }

    /// A failed or incomplete download: `kind` is `dead`, `interrupted`, `refused` or `output`.
    #[staticmethod]
    #[pyo3(signature = (kind, message, *, received=0, validator=None, total=None))]
    fn not_fetched(
        py: Python<'_>,
        kind: &str,
        message: &Bound<'_, PyAny>,
        received: u64,
        validator: Option<String>,
        total: Option<u64>,
    ) -> PyResult<Self> {
        guarded(py, || {
            let message = convert::text(message, "message")?;
            let error = |code| Error::new(code, message.clone());
            let fetched = match kind {
                "dead" => Fetched::Dead(error(Code::LinkDead)),
                "interrupted" => Fetched::Interrupted {
                    partial: Partial::new(received, validator, total),
                    error: error(Code::ConnectionLost),
                },
                "refused" => Fetched::Refused(error(Code::NotAPackage)),
                "output" => Fetched::Output(error(Code::OutputFailed)),
                _ => {
                    let text = "`kind` must be `dead`, `interrupted`, `refused` or `output`";
                    return Err(PyValueError::new_err(text));
                }
            };
            Ok(Self::of(engine::Answer::Fetched(fetched)))
        })
    }

    /// The package and its manifest are in place; `unverified` says what could not be checked, and
    /// why.
    #[staticmethod]
    #[pyo3(signature = (members, findings, *, unverified=None))]
    fn sealed(members: u64, findings: u64, unverified: Option<String>) -> Self {
        Self::of(engine::Answer::Sealed(match unverified {
            Some(why) => Sealed::Unverified { members, findings, why },
            None => Sealed::Whole { members, findings },
        }))
    }

    /// The package is damaged, or its destination could not be written.
    #[staticmethod]
    #[pyo3(signature = (message, *, damaged))]
    fn not_sealed(py: Python<'_>, message: &Bound<'_, PyAny>, damaged: bool) -> PyResult<Self> {
        guarded(py, || {
            let message = convert::text(message, "message")?;
            let sealed = if damaged {
                Sealed::Damaged(Error::new(Code::PackageDamaged, message))
            } else {
                Sealed::Failed(Error::new(Code::OutputFailed, message))
            };
            Ok(Self::of(engine::Answer::Sealed(sealed)))
        })
    }
}

fn code(name: Option<&str>, default: Code) -> PyResult<Code> {
    let Some(name) = name else { return Ok(default) };
    name.parse().map_err(|error: Error| PyValueError::new_err(error.to_string()))
}
