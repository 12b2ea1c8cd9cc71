//! What happens when code of ours panics while Python waits for it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use pyo3::prelude::*;

use crate::error;
use crate::task::panicked;

/// Does work of our crates on this thread. A panic in it is raised as an `InternalError`.
///
/// Without it pyo3 raises an exception that neither `except MdeError` nor `except Exception` catches. What each method
/// does with our crates goes through it, unless a task or [`aside`](crate::aside::aside) does the work.
pub(crate) fn guarded<T>(py: Python<'_>, work: impl FnOnce() -> PyResult<T>) -> PyResult<T> {
    catch_unwind(AssertUnwindSafe(work))
        .unwrap_or_else(|panic| Err(error::raised(py, &panicked(panic.as_ref()))))
}
