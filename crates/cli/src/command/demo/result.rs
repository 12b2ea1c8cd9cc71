//! Results of the demo.

use std::path::Path;

use mde_forensics::FileLedger;
use serde_json::{Value, json};

use super::scenario::{Scenario, Story};
use super::witness::Witness;
use crate::core::engine::{DeviceReport, Outcome, Report, Stored};
use crate::report::in_shell;
use crate::terminal::{Table, bytes, count, safe};

/// The result for one device.
#[derive(Debug)]
pub(super) struct Result<'a> {
    story: &'a Story,
    report: &'a DeviceReport,
    /// Whether the device ended as expected, and its problem really occurred.
    pub(super) is_as_expected: bool,
}

/// The result for each device.
pub(super) fn of<'a>(
    scenario: &'a Scenario,
    report: &'a Report,
    witness: &Witness,
) -> Vec<Result<'a>> {
    let pairs = scenario.stories.iter().zip(&report.devices).enumerate();
    let result = |(index, (story, report)): (usize, (&'a Story, &'a DeviceReport))| {
        let expected = story.expected;
        let is_as_expected = report.device == story.device
            && report.outcome.name() == expected.outcome
            && report.adoption() == expected.adoption
            && report.outcome.error().map(crate::core::Error::code) == expected.code
            && story.proof.is_none_or(|proof| witness.has_seen(index, proof));
        Result { story, report, is_as_expected }
    };
    pairs.map(result).collect()
}

/// The results as JSON.
pub(super) fn to_json(results: &[Result<'_>], folder: &Path, is_interrupted: bool) -> Value {
    let devices: Vec<_> = results.iter().map(|result| {
        let package = result.stored().map(|stored| {
            json!({ "path": folder.join(&stored.name), "size": stored.size, "sha256": stored.sha256 })
        });
        json!({
            "device": result.story.device,
            "about": result.story.about,
            "expected": result.story.expected.outcome,
            "outcome": result.report.outcome.name(),
            "as_expected": result.is_as_expected,
            "error": result.report.outcome.error(),
            "package": package,
        })
    }).collect();
    let is_as_expected = results.iter().all(|result| result.is_as_expected);
    json!({
        "as_expected": is_as_expected,
        "interrupted": is_interrupted,
        "folder": folder,
        "devices": devices,
    })
}

/// The results as text, with the opened packages and commands to try next.
pub(super) fn to_text(
    results: &[Result<'_>],
    folder: &Path,
    opened: &str,
    program: &str,
    is_interrupted: bool,
) -> String {
    let mut table = Table::new(["DEVICE", "SCENARIO", "OUTCOME", "SIZE", "EVIDENCE"]);
    for result in results {
        let outcome = result.report.outcome.name().replace('_', " ");
        let is_fine = result.is_as_expected || result.was_stopped();
        let outcome = if is_fine { outcome } else { format!("{outcome} (!)") };
        let (evidence, size) = match result.stored() {
            Some(stored) => (safe(&stored.name), bytes(stored.size)),
            None => Default::default(),
        };
        let Story { device, about, .. } = result.story;
        table.row([device.clone(), (*about).to_owned(), outcome, size, evidence]);
    }
    let stopped = results.iter().filter(|result| result.was_stopped()).count();
    let unexpected = results.iter().filter(|it| !it.is_as_expected && !it.was_stopped()).count();
    let verdict = match unexpected {
        0 if is_interrupted => {
            format!("interrupted before {} ended", count(stopped, "device"))
        }
        0 => format!("all {} ended as expected", count(results.len(), "device")),
        some => {
            format!("{} did NOT end as expected, marked (!)", count(some, "device"))
        }
    };
    let quoted = |path: &Path| in_shell(&safe(&path.display().to_string()));
    let first = results.iter().find_map(Result::stored);
    let package = first.map_or_else(|| folder.join("NAME.zip"), |stored| folder.join(&stored.name));
    let (package, folder) = (quoted(&package), quoted(folder));
    format!(
        "{table}\n\n{verdict}\n\n{opened}\n\npackages, manifests (custody records) and the ledger ({}) are in\n  \
         {folder}\n\ntry next:\n  \
         {program} open {package}\n  \
         {program} tables {folder} --out tables/ --format csv\n  \
         {program} verify {folder}\n  \
         {program} status {folder}\n  \
         {program} collect --help",
        FileLedger::NAME
    )
}

impl Result<'_> {
    /// Whether the demo was stopped before this device ended.
    pub(super) fn was_stopped(&self) -> bool {
        matches!(self.report.outcome, Outcome::Stopped)
    }

    /// The name of the collected package.
    pub(super) fn evidence(&self) -> Option<String> {
        self.stored().map(|stored| stored.name.clone())
    }

    fn stored(&self) -> Option<&Stored> {
        match &self.report.outcome {
            Outcome::Collected(stored) => Some(stored),
            _ => None,
        }
    }
}
