//! How each device ended.

use mde_forensics_core::Error;
use mde_forensics_core::engine::{DeviceReport, Outcome};
use serde_json::{Value, json};

use super::same;
use crate::expect::Device;
use crate::flow::{Flow, Kind, Run};
use crate::play;

/// One outcome for each device, in the order of the call.
pub(super) fn check(
    complaints: &mut Vec<String>,
    flow: &Flow,
    run: &Run,
    reports: &[DeviceReport],
) {
    if run.kind != Kind::Resume {
        let asked = play::devices(flow, run).len();
        same(complaints, "reports", &asked, &reports.len());
    }
    if let Some(each) = &run.expect.each {
        if reports.is_empty() {
            complaints.push("not one device was reported".to_owned());
        }
        for report in reports {
            one(complaints, each, report);
        }
        return;
    }
    same(complaints, "devices", &run.expect.devices.len(), &reports.len());
    for (expected, report) in run.expect.devices.iter().zip(reports) {
        one(complaints, expected, report);
    }
}

fn one(complaints: &mut Vec<String>, expected: &Device, report: &DeviceReport) {
    let Device {
        outcome,
        verdict,
        resumable,
        code,
        status,
        hint,
        adoption,
        limit,
        candidates,
        machine,
    } = expected;
    let mut compare = |what: &str, expected: Value, found: Value| {
        same(complaints, &format!("{what} of `{}`", report.device), &expected, &found);
    };
    let error = report.outcome.error();
    let spelled = |value: &dyn Fn(&Error) -> Value| error.map_or(Value::Null, value);
    compare("outcome", json!(outcome), json!(report.outcome.name()));
    compare("code", json!(code), spelled(&|error| json!(error.code())));
    if status.is_some() {
        compare("status", json!(status), spelled(&|error| json!(error.status())));
    }
    compare("adoption", json!(adoption), json!(report.adoption()));
    if let Outcome::Collected(stored) = &report.outcome {
        compare("verdict", json!(verdict.as_deref().unwrap_or("whole")), json!(stored.verdict));
    }
    if let Some(resumable) = resumable {
        compare("resumable", json!(resumable), json!(report.is_resumable()));
    }
    let found = match &report.outcome {
        Outcome::DeadlineReached { limit, .. } => json!(limit),
        _ => Value::Null,
    };
    compare("limit", json!(limit), found);
    let found: Vec<_> = match &report.outcome {
        Outcome::Ambiguous(candidates) => candidates.iter().map(|it| json!(it.machine)).collect(),
        _ => Vec::new(),
    };
    compare("candidates", json!(candidates), json!(found));
    if machine.is_some() {
        let found = report.handle.machine().map(|machine| json!(machine.id)).unwrap_or_default();
        compare("machine", json!(machine), found);
    }
    if let Some(part) = hint
        && !error.is_some_and(|error| error.hint().contains(part))
    {
        let found = error.map(Error::hint).unwrap_or_default();
        complaints.push(format!("the hint of `{}` is `{found}`, without `{part}`", report.device));
    }
    if let Some(error) = error.filter(|_| code.as_deref() != Some(error.unwrap().code().as_str())) {
        complaints.push(format!("`{}` failed so: {error}", report.device));
    }
}
