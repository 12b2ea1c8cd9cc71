//! The result of a run, and what is on disk, as plain data.

use std::path::Path;

use mde_forensics::Verification;
use mde_forensics::core::engine::{DeviceReport, Outcome, Report};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList};
use serde_json::{Value, json};
use time::format_description::well_known::Rfc3339;

use crate::aside::aside;
use crate::convert;
use crate::error;
use crate::guard::guarded;

/// A report as a list of dicts, each with its exception if the device did not end well.
pub(crate) fn to_python(
    py: Python<'_>,
    report: &Report,
    folder: Option<&Path>,
) -> PyResult<Py<PyAny>> {
    let rows = PyList::empty(py);
    for device in &report.devices {
        let row = convert::to_python(py, &row(device))?.into_bound(py);
        let row = row.cast_into::<PyDict>()?;
        if let (Some(folder), Some(stored)) = (folder, device.handle.package()) {
            // A folder's name need not be Unicode.
            let path = folder.join(&stored.name).into_os_string();
            row.as_any().get_item("package")?.set_item("path", path)?;
        }
        let error = device.outcome.to_error(&device.device);
        let error = error.map(|error| error::raised(py, &error).into_value(py));
        row.set_item("exception", error)?;
        rows.append(row)?;
    }
    Ok(rows.into_any().unbind())
}

/// One device's report as JSON.
fn row(report: &DeviceReport) -> Value {
    let (candidates, limit) = match &report.outcome {
        Outcome::Ambiguous(candidates) => (Some(candidates), None),
        Outcome::DeadlineReached { limit, .. } => (None, Some(limit)),
        _ => (None, None),
    };
    let package = report.handle.package().map(|stored| {
        json!({
            "name": stored.name,
            "path": null,
            "size": stored.size,
            "sha256": stored.sha256,
            "verdict": stored.verdict,
        })
    });
    json!({
        "device": report.device,
        "outcome": report.outcome.name(),
        "succeeded": report.outcome.is_success(),
        "resumable": report.is_resumable(),
        "adoption": report.adoption(),
        "machine": report.handle.machine(),
        "action": report.handle.action(),
        "package": package,
        "error": error::or_null(report.outcome.error()),
        "candidates": candidates,
        "passed_over": report.passed_over,
        "earlier": report.earlier.and_then(|at| at.format(&Rfc3339).ok()),
        "is_same_account": report.is_same_account,
        "limit": limit,
        "handle": report.handle.to_json(),
    })
}

/// The manifest of the package at this path, as a dict; None if there is none.
#[pyfunction]
pub(crate) fn manifest(py: Python<'_>, package: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    guarded(py, || {
        let package = convert::path(package, "package")?;
        let is_there = mde_forensics::manifest_path(&package).symlink_metadata().is_ok();
        let read =
            py.detach(|| is_there.then(|| mde_forensics::manifest_beside(&package)).transpose());
        convert::to_python(py, &read.map_err(|error| error::raised(py, &error))?)
    })
}

/// Compares the package at this path with its manifest: size, hash and every difference, as a dict.
#[pyfunction]
pub(crate) fn verify(py: Python<'_>, package: &Bound<'_, PyAny>) -> PyResult<Py<PyAny>> {
    guarded(py, || {
        let package = convert::path(package, "package")?;
        let verification = aside(py, move || mde_forensics::verify(&package))?;
        let Verification { size, sha256, differences, .. } =
            verification.map_err(|error| error::raised(py, &error))?;
        let json = json!({"size": size, "sha256": sha256, "differences": differences});
        convert::to_python(py, &json)
    })
}
