//! Opens the packages that the demo collected.

use std::path::Path;

use mde_forensics_package::Report;
use serde_json::{Value, json};

use crate::args::evidence::Access;
use crate::evidence;
use crate::failure::Failure;
use crate::terminal::{Table, count, safe};

/// An opened package.
#[derive(Debug)]
pub(super) struct Opened {
    name: String,
    device: Option<String>,
    report: Report,
}

/// Opens the packages with these names in a folder.
pub(super) fn open(folder: &Path, names: &[String]) -> Result<Vec<Opened>, Failure> {
    let one = |name: &String| {
        let path = folder.join(name);
        let package = evidence::open(&path, &Access::default())?;
        let report = package.report().map_err(|error| Failure::from_package(&path, error))?;
        let device = package.device().map(str::to_owned);
        Ok(Opened { name: name.clone(), device, report })
    };
    names.iter().map(one).collect()
}

/// The packages as JSON.
pub(super) fn to_json(opened: &[Opened]) -> Value {
    let one = |opened: &Opened| {
        json!({
            "name": opened.name,
            "device": opened.device,
            "tables": opened.report.tables,
            "issues": opened.report.issues,
        })
    };
    opened.iter().map(one).collect()
}

/// The packages as text.
pub(super) fn to_text(opened: &[Opened]) -> String {
    let mut table =
        Table::new(["DEVICE", "PROCESSES", "SERVICES", "AUTORUNS", "SOCKETS", "EVENTS", "ISSUES"]);
    for opened in opened {
        let rows = |name: &str| {
            let found = opened.report.tables.iter().find(|count| count.table == name);
            found.map_or(0, |count| count.rows).to_string()
        };
        table.row([
            safe(opened.device.as_deref().unwrap_or("unknown")),
            rows("processes"),
            rows("services"),
            rows("autoruns"),
            rows("net_sockets"),
            rows("timeline"),
            opened.report.issues.len().to_string(),
        ]);
    }
    format!("opened {}:\n\n{table}", count(opened.len(), "package"))
}
