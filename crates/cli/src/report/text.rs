//! A report for people.

use std::path::Path;

use super::{is_resumable, path};
use crate::core::engine::{Adoption, DeviceReport, Limit, Outcome, Report, Verdict};
use crate::terminal::{Table, bytes, count, safe};

/// The report as text; `folder` is where packages went.
pub(crate) fn to_text(report: &Report, folder: &Path) -> String {
    let mut table = Table::new(["DEVICE", "OUTCOME", "DETAIL"]);
    for device in &report.devices {
        table.row([safe(&device.device), outcome(&device.outcome), detail(device, folder)]);
    }
    let done = report.devices.iter().filter(|device| device.outcome.is_success()).count();
    let is_collected = |it: &DeviceReport| matches!(it.outcome, Outcome::Collected(_));
    let verb = if report.devices.iter().any(is_collected) { "collected" } else { "done" };
    let mut lines = vec![
        table.to_string(),
        String::new(),
        format!("{done} of {} {verb}", count(report.devices.len(), "device")),
    ];
    lines.extend(causes(report));
    lines.extend(hints(report));
    if is_resumable(report) {
        let folder = safe(&folder.display().to_string());
        lines.push(format!("go on with: mde-forensics resume {folder}"));
    }
    lines.join("\n")
}

fn outcome(outcome: &Outcome) -> String {
    outcome.name().replace('_', " ")
}

fn detail(device: &DeviceReport, folder: &Path) -> String {
    let adopted = match device.adoption() {
        Some(Adoption::Foreign) => ", a collection that somebody else started",
        Some(Adoption::Uncertain) => ", a collection that may be ours",
        _ => "",
    };
    let action = || match device.handle.action() {
        Some(action) => format!("action {}{adopted}", action.id),
        None if device.handle.intent().is_some() => {
            "asked, and not known what came of it".to_owned()
        }
        None => "nothing was sent".to_owned(),
    };
    let text = match &device.outcome {
        Outcome::Ambiguous(candidates) => {
            let name = |it: &crate::core::engine::Candidate| {
                format!("{} ({})", it.machine, it.name.as_deref().unwrap_or("no name"))
            };
            let names: Vec<_> = candidates.iter().map(name).collect();
            format!("several devices: {}", names.join(", "))
        }
        Outcome::Collected(stored) => {
            let verdict = if stored.verdict == Verdict::Whole { "" } else { ", NOT VERIFIED" };
            let path = path(folder, &stored.name);
            format!("{path}, {}{verdict}{adopted}", bytes(stored.size))
        }
        Outcome::Cancelled(cancellation) => format!("{cancellation}; {}", action()),
        Outcome::DeadlineReached(limit) => format!("after the {limit}: {}", action()),
        other => match other.error() {
            Some(error) if device.handle.is_open() => format!("{error}; {}", action()),
            Some(error) => error.to_string(),
            None => action(),
        },
    };
    safe(&text)
}

/// What led to each error, where the error itself does not say it.
fn causes(report: &Report) -> Vec<String> {
    by_text(report, |outcome| {
        let error = outcome.error()?;
        let said = error.to_string();
        let causes = error.causes().iter().filter(|cause| !said.contains(cause.as_str()));
        let causes: Vec<_> = causes.map(String::as_str).collect();
        (!causes.is_empty()).then(|| format!("caused by: {}", causes.join(": ")))
    })
}

/// What to do about it: each hint once, with the devices that it is for.
fn hints(report: &Report) -> Vec<String> {
    by_text(report, |outcome| {
        match outcome {
        Outcome::Ambiguous(_) => {
            Some("name the device by its id, or let `--pick newest` choose".to_owned())
        }
        Outcome::DeadlineReached(Limit::Timeout) => Some(
            "the timeout counts from the service's acceptance; `resume` takes what has ended since, and with a longer \
             `--timeout` it waits on"
                .to_owned(),
        ),
        Outcome::Collected(stored) if stored.verdict != Verdict::Whole => Some(
            "not every byte of the package could be checked; its manifest says what and why"
                .to_owned(),
        ),
        other => other.error().map(|error| error.hint().to_owned()).filter(|hint| !hint.is_empty()),
    }
    })
}

/// Each text once, with the devices that it is for.
fn by_text(report: &Report, text: impl Fn(&Outcome) -> Option<String>) -> Vec<String> {
    let mut texts: Vec<(String, Vec<&str>)> = Vec::new();
    for device in &report.devices {
        let Some(text) = text(&device.outcome) else { continue };
        match texts.iter_mut().find(|(known, _)| *known == text) {
            Some((_, devices)) => devices.push(&device.device),
            None => texts.push((text, vec![&device.device])),
        }
    }
    let line = |(text, devices): (String, Vec<&str>)| {
        let few: Vec<_> = devices.iter().take(FEW).map(|device| safe(device)).collect();
        let more = match devices.len().saturating_sub(FEW) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{}{more}: {}", few.join(", "), safe(&text))
    };
    texts.into_iter().map(line).collect()
}

const FEW: usize = 5;
