//! `mde-forensics open`

use std::path::PathBuf;

use clap::Args;
use mde_forensics::evidence::FileSource;
use mde_forensics_package::{
    CoverageStatus, Inventory, Issue, IssueKind, Package, Report, Verdict,
};
use serde_json::{Value, json};

use super::{Console, blocking};
use crate::args::evidence::EvidenceArguments;
use crate::evidence;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{Table, count, print, safe, short};
use crate::unread;

/// Show what a package contains, what is missing, and what to know before trusting it.
///
/// Reads everything and writes nothing. Exits with 0 if nothing needs a look, with 1 if something does, and with 4 if the
/// package is damaged or cannot be verified.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Package: a zip, or a folder with an extracted one.
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,
    /// Also show what is present; with `--json`, also list the members.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    evidence: EvidenceArguments,
}

/// Opens the package and prints its report.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let is_json = console.output.json;
    blocking(move || {
        let package = evidence::open(&arguments.package, &arguments.evidence.access()?)?;
        let report =
            package.report().map_err(|error| Failure::from_package(&arguments.package, error))?;
        print(&if is_json {
            to_json(&package, &report, arguments.all).to_string()
        } else {
            to_text(&package, &report, arguments.all)
        })?;
        Ok(exit(&package, &report))
    })
    .await
}

/// The exit code for the state of a package.
pub(super) fn exit(package: &Package<FileSource>, report: &Report) -> Exit {
    unread::exit(package, report.needs_a_look())
}

fn to_json(package: &Package<FileSource>, report: &Report, all: bool) -> Value {
    let mut document = package.document(report);
    if all && let Some(fields) = document.as_object_mut() {
        fields.insert("members".to_owned(), json!(package.inventory().members));
    }
    document
}

fn to_text(package: &Package<FileSource>, report: &Report, all: bool) -> String {
    let collection = package.collection();
    let or_unknown = |text: Option<String>| safe(text.as_deref().unwrap_or("unknown"));
    let mut lines = vec![
        format!("device      {}", or_unknown(package.device().map(str::to_owned))),
        format!("package     {}", safe(package.id())),
        format!(
            "collected   {} to {}",
            or_unknown(collection.started),
            or_unknown(collection.ended)
        ),
        format!(
            "local time  UTC{} ({}), {}",
            collection.utc_offset.as_deref().unwrap_or(" unknown"),
            collection.utc_offset_source.unwrap_or("not found"),
            or_unknown(collection.zone),
        ),
        String::new(),
    ];
    let mut tables = Table::new(["TABLE", "ROWS", "REPAIRED", "PARTIAL", ""]);
    for count in report.tables.iter().filter(|count| count.rows > 0 || count.is_partial) {
        let number = |number: u64| if number == 0 { String::new() } else { number.to_string() };
        tables.row([
            count.table.to_owned(),
            count.rows.to_string(),
            number(count.repaired),
            number(count.partial),
            if count.is_partial { "rows are missing" } else { "" }.to_owned(),
        ]);
    }
    lines.push(tables.to_string());
    let mut coverage = Table::new(["COVERAGE", "STATUS", "ROWS", "DETAIL"]);
    // One subject may have many rows, such as a registry key of each user.
    let mut seen = std::collections::BTreeSet::new();
    let mut alike = 0;
    for own in report.coverage.iter().filter(|own| all || own.status != CoverageStatus::Present) {
        if !all && !seen.insert((&own.subject, own.status.as_str())) {
            alike += 1;
        } else {
            coverage.row([
                safe(&own.subject),
                own.status.as_str().replace('_', " "),
                own.rows.to_string(),
                short(&own.detail, 120),
            ]);
        }
    }
    lines.push(format!("\n{coverage}"));
    if alike > 0 {
        lines.push(format!(
            "and {alike} more with the same subject and status (shown with `--all`)"
        ));
    }
    let inventory = package.inventory();
    if !inventory.findings.is_empty() {
        lines.push(format!("\n{} about the zip:", count(inventory.findings.len(), "finding")));
        lines.extend(findings(inventory));
    }
    // Missing members are listed above.
    let is_new = |issue: &&Issue| issue.kind != IssueKind::MissingMember;
    let issues: Vec<_> = report.issues.iter().filter(is_new).collect();
    if !issues.is_empty() {
        lines.push(format!("\n{}:", count(issues.len(), "issue")));
        let words = unread::in_words(issues);
        let more = words.len().saturating_sub(SHOWN);
        lines.extend(words.into_iter().take(SHOWN).map(|line| format!("  {line}")));
        if more > 0 {
            lines.push(format!("  and {more} more lines (shown with `--json`)"));
        }
    }
    if inventory.members.iter().any(|member| member.verdict == Verdict::Encrypted) {
        lines.push(
            "\nsome members are encrypted: pass the password with `--password-file`, `--password` or `MDE_EVIDENCE_PASSWORD`"
                .to_owned(),
        );
    }
    lines.push(match exit(package, report) {
        Exit::Success => "\nnothing needs a look".to_owned(),
        Exit::Altered if inventory.is_whole() => {
            let why = safe(&inventory.why_not().unwrap_or_default());
            format!("\nthe package could NOT BE VERIFIED: {why}")
        }
        Exit::Altered => "\nthe package is damaged: keep it, and collect it again".to_owned(),
        _ => "\nsomething needs a look: see above".to_owned(),
    });
    lines.join("\n")
}

/// Formats findings: a few of each kind, the most severe first.
fn findings(inventory: &Inventory) -> Vec<String> {
    let mut kinds: Vec<_> = inventory.counts.iter().collect();
    kinds.sort_by_key(|(kind, _)| std::cmp::Reverse(kind.severity()));
    let mut lines = Vec::new();
    for (kind, count) in kinds {
        let of_kind: Vec<_> = inventory
            .findings
            .iter()
            .filter(|finding| finding.kind == *kind)
            .take(OF_KIND)
            .collect();
        let more = count.saturating_sub(of_kind.len() as u64);
        lines.extend(
            of_kind.iter().map(|finding| format!("  {}: {}", kind.code(), safe(&finding.message))),
        );
        if more > 0 {
            lines.push(format!("  {}: and {more} more (shown with `--json`)", kind.code()));
        }
    }
    lines
}

/// Maximum number of findings of each kind to show.
const OF_KIND: usize = 5;
/// Maximum number of lines about issues.
const SHOWN: usize = 30;
