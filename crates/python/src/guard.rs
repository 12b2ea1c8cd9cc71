//! Handles panics in our code.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;

use crate::error;
use crate::task::panicked;

/// Runs work of our crates on this thread. A panic is raised as an `InternalError`.
///
/// Otherwise pyo3 raises an exception that neither `except MdeError` nor `except Exception`
/// catches. Every method runs our crates through this function, unless a task or
/// [`aside`](crate::aside::aside) does the work.
pub(crate) fn guarded<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(error::raised(py, &panicked(panic.as_ref()))))
}
