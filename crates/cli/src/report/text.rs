//! The report as text.

use std::path::Path;

use super::{is_resumable, path};
use crate::core::engine::{Adoption, DeviceReport, Limit, Outcome, Report, Verdict};
use crate::progress::{in_line, second, whose};
use crate::terminal::{Table, bytes, count, safe};

/// Formats the report as text; `folder` is the output folder.
pub(crate) fn to_text(report: &Report, folder: &Path) -> String {
    let mut table = Table::new(["DEVICE", "OUTCOME", "DETAIL"]);
    for device in &report.devices {
        table.row([safe(&device.device), outcome(&device.outcome), detail(device, folder)]);
    }
    let mut lines = vec![table.to_string(), String::new(), sum(report)];
    lines.extend(passed_over(report));
    lines.extend(causes(report));
    lines.extend(hints(report));
    if is_resumable(report) {
        let folder = in_shell(&safe(&folder.display().to_string()));
        lines.push(format!("continue with: mde-forensics resume {folder}"));
    }
    lines.join("\n")
}

/// How many devices got as far as requested, and how many of the packages are not verified.
fn sum(report: &Report) -> String {
    let all = count(report.devices.len(), "device");
    let is_collected = |outcome: &&Outcome| matches!(outcome, Outcome::Collected(_));
    let outcomes = || report.devices.iter().map(|device| &device.outcome);
    let done = outcomes().filter(|outcome| outcome.is_success()).count();
    let collected = outcomes().filter(is_collected).count();
    match outcomes().filter(is_collected).filter(|outcome| !outcome.is_success()).count() {
        _ if collected == 0 => format!("{done} of {all} done"),
        0 => format!("{collected} of {all} collected"),
        doubtful => format!("{collected} of {all} collected, {doubtful} of them NOT VERIFIED"),
    }
}

/// Quotes an argument for a POSIX shell if necessary.
pub(crate) fn in_shell(argument: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/\\.:_-+=@%,".contains(c);
    if !argument.is_empty() && argument.chars().all(is_plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', r"'\''"))
}

fn outcome(outcome: &Outcome) -> String {
    outcome.name().replace('_', " ")
}

fn detail(device: &DeviceReport, folder: &Path) -> String {
    let adopted = adopted(device);
    let action = || match device.handle.action() {
        Some(action) => format!("action {}{adopted}", action.id),
        None if device.handle.intent().is_some() => {
            "requested, but the answer is unknown".to_owned()
        }
        None => "no request was sent".to_owned(),
    };
    let text = match &device.outcome {
        Outcome::Ambiguous(candidates) => format!("several devices: {}", in_line(candidates)),
        Outcome::Collected(stored) => {
            let verdict = if stored.verdict == Verdict::Whole { "" } else { ", NOT VERIFIED" };
            let path = path(folder, &stored.name);
            format!("{path}, {}{verdict}{adopted}", bytes(stored.size))
        }
        Outcome::Cancelled(cancellation) => format!("{cancellation}; {}", action()),
        Outcome::DeadlineReached { limit, trouble } => {
            let trouble = trouble.as_ref().map(|it| format!("; last error: {it}"));
            format!("the {limit} passed; {}{}", action(), trouble.unwrap_or_default())
        }
        other => match other.error() {
            Some(error) if device.handle.is_open() => format!("{error}; {}", action()),
            Some(error) => error.to_string(),
            None => action(),
        },
    };
    safe(&text)
}

/// Whose action it is, if it is not this run's own.
fn adopted(device: &DeviceReport) -> String {
    let action = device.handle.action();
    let of_earlier = device.earlier.map_or_else(String::new, |asked| {
        format!(", of an earlier run (requested at {})", second(asked))
    });
    let whose = match (device.adoption(), action) {
        (Some(Adoption::Foreign), Some(action)) => {
            let (who, comment) = (action.requestor.as_deref(), action.requestor_comment.as_deref());
            format!(", requested by {}", whose(who, comment, device.is_same_account))
        }
        (Some(Adoption::Uncertain), _) => ", possibly our own".to_owned(),
        _ => String::new(),
    };
    of_earlier + &whose
}

/// The devices that match a name and were not chosen.
fn passed_over(report: &Report) -> Vec<String> {
    by_text(report, |device| {
        let others = &device.passed_over;
        (!others.is_empty()).then(|| format!("passed over by `--pick newest`: {}", in_line(others)))
    })
}

/// The causes of each error, where its message does not contain them.
fn causes(report: &Report) -> Vec<String> {
    by_text(report, |device| {
        let error = device.outcome.error()?;
        let said = error.to_string();
        let causes = error.causes().iter().filter(|cause| !said.contains(cause.as_str()));
        let causes: Vec<_> = causes.map(String::as_str).collect();
        (!causes.is_empty()).then(|| format!("caused by: {}", causes.join(": ")))
    })
}

/// What to do next: each hint once, with the devices it applies to.
fn hints(report: &Report) -> Vec<String> {
    by_text(report, |device| {
        match &device.outcome {
        Outcome::Ambiguous(_) => {
            Some("pass the id of one of them, or let `--pick newest` choose".to_owned())
        }
        Outcome::DeadlineReached { limit: Limit::Timeout, .. } => Some(
            "the timeout counts from the service's acceptance; `resume` collects what has ended since, and waits longer \
             with a longer `--timeout`"
                .to_owned(),
        ),
        Outcome::Collected(stored) if stored.verdict != Verdict::Whole => Some(
            "not every byte of the package could be verified; its manifest says what and why"
                .to_owned(),
        ),
        Outcome::Collected(_) if device.earlier.is_some() => {
            Some("the package is of an earlier run; for a new one, use another `--key`".to_owned())
        }
        other => other.error().map(|error| error.hint().to_owned()).filter(|hint| !hint.is_empty()),
    }
    })
}

/// Each text once, with the devices it applies to.
fn by_text(report: &Report, text: impl Fn(&DeviceReport) -> Option<String>) -> Vec<String> {
    let mut texts: Vec<(String, Vec<&str>)> = Vec::new();
    for device in &report.devices {
        let Some(text) = text(device) else { continue };
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
