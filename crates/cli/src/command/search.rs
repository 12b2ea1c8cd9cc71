//! `mde-forensics search`

use std::fs;
use std::path::PathBuf;

use clap::Args;
use mde_forensics_package::{Hit, parse_indicators};
use serde_json::json;

use super::{Console, blocking};
use crate::args::evidence::EvidenceArguments;
use crate::evidence;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{count, print, safe};

/// Looks for indicators of compromise in every table of packages.
///
/// Hashes, addresses, domains and names are found without case and as whole words. Ends with 0 whether there are hits
/// or not.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Packages: zips, folders that packages were extracted to, or folders of zips.
    #[arg(value_name = "PACKAGE", required = true)]
    packages: Vec<PathBuf>,
    /// A list of indicators, one per line; `#` begins a remark, `hxxp` and `[.]` are understood.
    #[arg(long, value_name = "FILE")]
    ioc: PathBuf,
    /// How many hits are shown at most, of each package.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    limit: usize,
    #[command(flatten)]
    evidence: EvidenceArguments,
}

/// Searches, and says where the indicators are.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let is_json = console.output.json;
    blocking(move || {
        let access = arguments.evidence.access()?;
        let list = fs::read(&arguments.ioc)
            .map_err(|error| evidence::unreadable(&arguments.ioc, &error))?;
        let indicators = parse_indicators(&String::from_utf8_lossy(&list));
        if indicators.is_empty() {
            return Err(Failure::usage(format!("`{}` has no indicators", arguments.ioc.display()))
                .with_hint("one per line: hashes, addresses, domains or names"));
        }
        let (mut texts, mut documents) = (Vec::new(), Vec::new());
        for path in &arguments.packages {
            for path in evidence::packages(path)? {
                let package = evidence::open(&path, &access)?;
                let hits = package
                    .search(&indicators, arguments.limit)
                    .map_err(|error| Failure::from_package(&path, error))?;
                let name = safe(&path.display().to_string());
                texts.push(format!("{name}: {}", count(hits.len(), "hit")));
                texts.extend(hits.iter().map(to_text));
                documents.push(json!({
                    "path": path.display().to_string(),
                    "package_id": package.id(),
                    "device": package.device(),
                    "hits": hits,
                }));
            }
        }
        print(&if is_json {
            json!({ "packages": documents }).to_string()
        } else {
            texts.join("\n")
        })?;
        Ok(Exit::Success)
    })
    .await
}

fn to_text(hit: &Hit) -> String {
    let line = hit.line.map(|line| format!(", line {line}")).unwrap_or_default();
    let value: String = safe(&hit.value).chars().take(160).collect();
    format!(
        "  {}: {}.{} ({}{line})\n      {value}",
        safe(&hit.indicator),
        hit.table,
        safe(&hit.column),
        safe(&hit.member),
    )
}
