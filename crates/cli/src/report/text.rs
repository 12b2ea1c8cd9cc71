//! A report for people.

use std::path::Path;

use super::{is_resumable, path};
use crate::core::engine::{Adoption, DeviceReport, Outcome, Report, Verdict};
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
        Outcome::DeadlineReached(limit) => format!("after the {limit}: {}", action()),
        other => other.error().map_or_else(action, ToString::to_string),
    };
    safe(&text)
}

/// What to do about it: each hint once, with the devices that it is for.
fn hints(report: &Report) -> Vec<String> {
    let mut hints: Vec<(&str, Vec<&str>)> = Vec::new();
    for device in &report.devices {
        let hint = match &device.outcome {
            Outcome::Ambiguous(_) => "name the device by its id, or let `--pick newest` choose",
            Outcome::Collected(stored) if stored.verdict != Verdict::Whole => {
                "not every byte of the package could be checked; its manifest says what and why"
            }
            other => match other.error() {
                Some(error) => error.hint(),
                None => continue,
            },
        };
        match hints.iter_mut().find(|(known, _)| *known == hint) {
            Some((_, devices)) => devices.push(&device.device),
            None => hints.push((hint, vec![&device.device])),
        }
    }
    let line = |(hint, devices): (&str, Vec<&str>)| {
        let few: Vec<_> = devices.iter().take(FEW).map(|device| safe(device)).collect();
        let more = match devices.len().saturating_sub(FEW) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{}{more}: {}", few.join(", "), safe(hint))
    };
    hints.into_iter().filter(|(hint, _)| !hint.is_empty()).map(line).collect()
}

const FEW: usize = 5;
