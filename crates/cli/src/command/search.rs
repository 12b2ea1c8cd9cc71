//! `mde-forensics search`

use std::path::{Path, PathBuf};

use clap::Args;
use mde_forensics::evidence::{FileSource, Packages};
use mde_forensics_package::{Hit, Indicator, Indicators, Package, Search, read_indicators};
use serde_json::json;

use super::{Console, blocking};
use crate::args::evidence::{Access, EvidenceArguments};
use crate::devices::decode;
use crate::evidence::{self, LEFT_OUT, PASSED_OVER};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input;
use crate::terminal::{beyond, count, print, safe, short};
use crate::unread;

/// Search packages for indicators of compromise.
///
/// Searches every table, and every line of text that is in no table. Hashes, domains and names match as whole words,
/// ignoring case. Addresses also match with leading zeros, in any form of IPv6, reversed in DNS names, in host names, and
/// as a single number in a URL. Paths also match behind a volume or a variable such as `%SystemRoot%`, and registry keys
/// under every name of their root.
///
/// Exits with 0 whether or not there are hits, with 1 if something was not searched, and with 4 if a package is damaged or
/// cannot be verified; each is listed.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// Packages: zips, folders with extracted packages, or folders of both.
    #[arg(value_name = "PACKAGE", required = true)]
    packages: Vec<PathBuf>,
    /// File with indicators, one per line; `-` is standard input.
    ///
    /// `#` starts a comment; defanged forms such as `hxxp` and `[.]` are understood. In a line with several cells, all
    /// hashes and addresses are indicators, and so is a value after its type (`domain,…` or `domain:…`), or else the only
    /// domain, URL, path or file name. A line that is ambiguous or could never match, such as one with wildcards or JSON,
    /// is an error.
    #[arg(long, value_name = "FILE")]
    ioc: PathBuf,
    /// Maximum number of hits to show per package; all are counted.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    limit: usize,
    #[command(flatten)]
    evidence: EvidenceArguments,
}

/// Searches the packages and prints the hits.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let is_json = console.output.json;
    if input::is_standard(&arguments.ioc) && arguments.evidence.reads_standard_input() {
        let message = "`--ioc -` and `--password-file -` cannot both read standard input";
        return Err(Failure::usage(message).with_hint("use a file for one of them"));
    }
    blocking(move || {
        let access = arguments.evidence.access()?;
        let indicators = indicators(&arguments.ioc)?;
        let mut texts = vec![looked_for(&indicators)];
        let Packages { paths, left_out, passed_over, .. } =
            evidence::packages(&arguments.packages)?;
        let mut worst = if left_out.is_empty() { Exit::Success } else { Exit::Incomplete };
        let mut documents = Vec::new();
        for path in &paths {
            match one(path, &access, &indicators, arguments.limit) {
                Ok((package, search)) => {
                    let is_all = search.not_searched.is_empty();
                    worst = unread::graver(worst, unread::exit(&package, !is_all));
                    texts.extend(to_lines(path, &search));
                    documents.push(json!({
                        "path": path.display().to_string(),
                        "package_id": package.id(),
                        "device": package.device(),
                        "hits": search.hits,
                        "total": search.total,
                        "hits_per_indicator": search.hits_per_indicator,
                        "not_searched": search.not_searched,
                    }));
                }
                // Continue with the other packages.
                Err(failure) if paths.len() > 1 => {
                    worst = Exit::Altered;
                    texts.push(format!("{}: NOT SEARCHED: {failure}", shown(path)));
                    documents.push(json!({
                        "path": path.display().to_string(), "failure": failure.to_json(),
                    }));
                }
                Err(failure) => return Err(failure),
            }
        }
        texts.extend(
            left_out.iter().map(|path| format!("{}: NOT SEARCHED: {LEFT_OUT}", shown(path))),
        );
        texts.extend(passed_over.iter().map(|path| format!("{}: {PASSED_OVER}", shown(path))));
        print(&if is_json {
            json!({
                "indicators": indicators,
                "packages": documents,
                "left_out": left_out,
                "passed_over": passed_over,
            })
            .to_string()
        } else {
            texts.join("\n")
        })?;
        Ok(worst)
    })
    .await
}

/// Reads the list. An unusable line is an error, since otherwise it would seem to have been searched for.
fn indicators(file: &Path) -> Result<Vec<Indicator>, Failure> {
    let name = file.display();
    let list = input::begin(file, MOST + 1);
    let list = list.map_err(|error| evidence::unreadable(file, &error))?;
    if list.len() as u64 > MOST {
        return Err(Failure::usage(format!("`{name}` is larger than {} MiB", MOST >> 20))
            .with_hint("split it and search for each part"));
    }
    let list = decode(list).ok_or_else(|| {
        Failure::usage(format!("`{name}` is neither UTF-8 nor UTF-16 text"))
            .with_hint("save it as UTF-8, one indicator per line")
    })?;
    let Indicators { found, unusable, .. } = read_indicators(&list);
    if !unusable.is_empty() {
        let lines = unusable.iter().take(SHOWN);
        let mut lines: Vec<_> =
            lines.map(|own| format!("line {}, `{}`: {}", own.line, own.text, own.why)).collect();
        if let Some(more) = beyond(SHOWN, unusable.len()) {
            lines.push(format!("and {more} more"));
        }
        let what = count(unusable.len(), "line");
        return Err(Failure::usage(format!("`{name}` has {what} that cannot be searched for"))
            .with_hint(format!(
                "{}\ncorrect them, or comment them out with `#`",
                lines.join("\n")
            )));
    }
    if found.is_empty() {
        return Err(Failure::usage(format!("`{name}` contains no indicators"))
            .with_hint("put one per line: a hash, address, domain or name"));
    }
    Ok(found)
}

fn one(
    path: &Path,
    access: &Access,
    indicators: &[Indicator],
    limit: usize,
) -> Result<(Package<FileSource>, Search), Failure> {
    let package = evidence::open(path, access)?;
    let search = package.search(indicators, limit);
    let search = search.map_err(|error| Failure::from_package(path, error))?;
    Ok((package, search))
}

/// How the list was understood, which the hits alone do not show.
fn looked_for(indicators: &[Indicator]) -> String {
    let own = |own: &Indicator| format!("{} ({})", short(&own.value, 80), own.kind.as_str());
    let mut shown: Vec<_> = indicators.iter().take(SHOWN).map(own).collect();
    if let Some(more) = beyond(SHOWN, indicators.len()) {
        shown.push(format!("and {more} more (shown with `--json`)"));
    }
    format!("looked for {}: {}", count(indicators.len(), "indicator"), shown.join(", "))
}

fn to_lines(path: &Path, search: &Search) -> Vec<String> {
    let hits = count(usize::try_from(search.total).unwrap_or(usize::MAX), "hit");
    let cut = if search.total > search.hits.len() as u64 {
        format!(", of which {} are shown (`--limit`)", search.hits.len())
    } else {
        String::new()
    };
    let mut lines = vec![format!("{}: {hits}{cut}", shown(path))];
    if search.indicators.len() > 1 {
        lines.push(format!("  {}", tally(search)));
    }
    lines.extend(search.hits.iter().map(to_text));
    if !search.not_searched.is_empty() {
        let what = count(search.not_searched.len(), "part");
        lines.push(format!("  NOT SEARCHED, so there may be more hits: {what}"));
    }
    for own in search.not_searched.iter().take(SHOWN) {
        let member = own.member.as_deref().map(|name| format!(" ({})", safe(name)));
        lines.push(format!("      {}{}", safe(&own.why), member.unwrap_or_default()));
    }
    if let Some(more) = beyond(SHOWN, search.not_searched.len()) {
        lines.push(format!("      and {more} more (shown with `--json`)"));
    }
    lines
}

/// The number of hits of each indicator, the ones without any last.
fn tally(search: &Search) -> String {
    let values = search.indicators.iter().map(|own| own.value.as_str());
    let (with, without): (Vec<_>, Vec<_>) =
        values.zip(&search.hits_per_indicator).partition(|(_, count)| **count > 0);
    let found = with.iter().map(|(own, count)| format!("{}: {count}", short(own, 80)));
    let mut parts: Vec<_> = found.take(SHOWN).collect();
    if let Some(more) = beyond(SHOWN, with.len()) {
        parts.push(format!("{more} more with hits"));
    }
    if !without.is_empty() {
        let mut names: Vec<_> = without.iter().take(SHOWN).map(|(own, _)| short(own, 80)).collect();
        if let Some(more) = beyond(SHOWN, without.len()) {
            names.push(format!("{more} more"));
        }
        parts.push(format!("no hits: {}", names.join(", ")));
    }
    parts.join("; ")
}

fn shown(path: &Path) -> String {
    safe(&path.display().to_string())
}

fn to_text(hit: &Hit) -> String {
    let line = hit.line.map(|line| format!(", line {line}")).unwrap_or_default();
    let value = short(&hit.value, 160);
    format!(
        "  {}: {}.{} ({}{line})\n      {value}",
        safe(&hit.indicator),
        hit.table,
        safe(&hit.column),
        safe(&hit.member),
    )
}

/// Maximum size of a list in bytes, about four million SHA-256; bounds what is read from an endless device.
const MOST: u64 = 256 << 20;
/// Maximum number of lines of a list, and of parts that were not searched, to show.
const SHOWN: usize = 10;
const EXAMPLES: &str = "\
Examples:
  mde-forensics search package.zip --ioc indicators.txt
  echo evil.example | mde-forensics search evidence/ --ioc - --json";
