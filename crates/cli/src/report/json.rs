//! The report as JSON.

use std::path::Path;

use serde_json::{Value, json};

use super::path;
use crate::core::engine::{DeviceReport, Outcome, Report};
use crate::exit::Exit;
use crate::progress::second;

/// Formats the report as one JSON document; `folder` is the output folder.
pub(crate) fn to_json(report: &Report, folder: &Path, exit: Exit) -> Value {
    let devices: Vec<_> = report.devices.iter().map(|it| device(it, folder)).collect();
    let collected = report.devices.iter().filter(|it| it.outcome.is_success()).count();
    json!({
        "exit": exit.number(),
        "folder": folder.display().to_string(),
        "succeeded": collected,
        "devices": devices,
    })
}

fn device(report: &DeviceReport, folder: &Path) -> Value {
    let (mut cancellation, mut candidates, mut limit, mut package) = (None, None, None, None);
    match &report.outcome {
        Outcome::Ambiguous(found) => candidates = Some(found),
        Outcome::Cancelled(how) => cancellation = Some(how),
        Outcome::Collected(stored) => package = Some(stored),
        Outcome::DeadlineReached { limit: which, .. } => limit = Some(which),
        _ => {}
    }
    let package = package.map(|stored| {
        json!({
            "name": stored.name,
            "path": path(folder, &stored.name),
            "size": stored.size,
            "sha256": stored.sha256,
            "verdict": stored.verdict,
        })
    });
    json!({
        "device": report.device,
        "outcome": report.outcome.name(),
        "resumable": report.is_resumable(),
        "machine": report.handle.machine(),
        "action": report.handle.action(),
        "package": package,
        "error": report.outcome.error(),
        "cancellation": cancellation,
        "candidates": candidates,
        "passed_over": report.passed_over,
        "earlier": report.earlier.map(second),
        "is_same_account": report.is_same_account,
        "limit": limit,
        "handle": report.handle,
    })
}
