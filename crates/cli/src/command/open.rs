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

/// Says what a package has, what it has not, and what to know before trusting it.
///
/// Reads everything and writes nothing. Ends with 0 if all is as it should be, with 1 if something needs a look, and
/// with 4 if the package is damaged or could not be verified.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// A package: a zip, or a folder that somebody extracted one to.
    #[arg(value_name = "PACKAGE")]
    package: PathBuf,
    /// Also say what is present, and list the members of the zip with `--json`.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    evidence: EvidenceArguments,
}

/// Opens, and says what there is.
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

/// What a package's state makes the command end with.
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
    // One subject may have many lines, such as a key of each user.
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
        lines.push(format!("and {alike} more of the same subjects and states, with `--all`"));
    }
    let inventory = package.inventory();
    if !inventory.findings.is_empty() {
        lines.push(format!("\n{} about the zip:", count(inventory.findings.len(), "finding")));
        lines.extend(findings(inventory));
    }
    // What is missing has been told above.
    let is_new = |issue: &&Issue| issue.kind != IssueKind::MissingMember;
    let issues: Vec<_> = report.issues.iter().filter(is_new).collect();
    if !issues.is_empty() {
        lines.push(format!("\n{}:", count(issues.len(), "issue")));
        let words = unread::in_words(issues);
        let more = words.len().saturating_sub(SHOWN);
        lines.extend(words.into_iter().take(SHOWN).map(|line| format!("  {line}")));
        if more > 0 {
            lines.push(format!("  and {more} more lines, with `--json`"));
        }
    }
    if inventory.members.iter().any(|member| member.verdict == Verdict::Encrypted) {
        lines.push(
            "\nmembers are encrypted: `--password-file`, MDE_EVIDENCE_PASSWORD or `--password` open them"
                .to_owned(),
        );
    }
    lines.push(match exit(package, report) {
        Exit::Success => "\nnothing needs a look".to_owned(),
        Exit::Altered if inventory.is_whole() => {
            let why = safe(&inventory.why_not().unwrap_or_default());
            format!("\nthe package could NOT BE VERIFIED: {why}")
        }
        Exit::Altered => "\nthe package is damaged: collect it again, and keep this one".to_owned(),
        _ => "\nsomething needs a look: see above".to_owned(),
    });
    lines.join("\n")
}

/// Findings in words, a few of each kind, the gravest first.
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
            lines.push(format!("  {}: and {more} more, with `--json`", kind.code()));
        }
    }
    lines
}

/// Findings of each kind that people are shown.
const OF_KIND: usize = 5;
/// Lines of issues that people are shown.
const SHOWN: usize = 30;
