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

/// Looks for indicators of compromise in every table of packages, and in every line of text that no table has.
///
/// Hashes, domains and names are found without case and as whole words, addresses also with zeros before their
/// numbers, in any form of IPv6, backwards in names of the DNS, in names of hosts and as one number in a URL, paths also
/// behind a volume or a variable such as `%SystemRoot%`, and keys of the registry by every name of their root.
///
/// Ends with 0 whether there are hits or not, with 1 if something was not searched, and with 4 if a package is damaged
/// or could not be verified; each is named.
#[derive(Args, Debug)]
pub(crate) struct Arguments {
    /// Packages: zips, folders that packages were extracted to, or folders of both.
    #[arg(value_name = "PACKAGE", required = true)]
    packages: Vec<PathBuf>,
    /// A list of indicators, one per line; `#` begins a remark, and `hxxp`, `[.]` and the like are understood. Of cells,
    /// all hashes and addresses are meant, and what its type stands before (`domain,…` or `domain:…`), else the one
    /// domain, URL, path or name of a file. A line of which it is not clear what is meant, or which could find nothing
    /// as it is meant, such as one with wildcards or JSON, is refused. `-` is standard input.
    #[arg(long, value_name = "FILE")]
    ioc: PathBuf,
    /// How many hits are shown at most, of each package; all are counted.
    #[arg(long, value_name = "N", default_value_t = 10_000)]
    limit: usize,
    #[command(flatten)]
    evidence: EvidenceArguments,
}

/// Searches, and says where the indicators are.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let is_json = console.output.json;
    if input::is_standard(&arguments.ioc) && arguments.evidence.reads_standard_input() {
        let message = "`--ioc -` and `--password-file -` cannot both be standard input";
        return Err(Failure::usage(message).with_hint("name a file for one of them"));
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
                        "not_searched": search.not_searched,
                    }));
                }
                // One package that cannot be read keeps nobody from searching the others.
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

/// Reads the list. A line that is no indicator would look as if it had been searched for, so it is refused.
fn indicators(file: &Path) -> Result<Vec<Indicator>, Failure> {
    let name = file.display();
    let list = input::begin(file, MOST + 1);
    let list = list.map_err(|error| evidence::unreadable(file, &error))?;
    if list.len() as u64 > MOST {
        return Err(Failure::usage(format!("`{name}` has more than {} MiB", MOST >> 20))
            .with_hint("search for a part of it after the other"));
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
        return Err(Failure::usage(format!("`{name}` has {what} that cannot be looked for"))
            .with_hint(format!("{}\nmend them, or begin them with `#`", lines.join("\n"))));
    }
    if found.is_empty() {
        return Err(Failure::usage(format!("`{name}` has no indicators"))
            .with_hint("one per line: hashes, addresses, domains or names"));
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

/// How the list was understood, which a reader of the hits cannot see otherwise.
fn looked_for(indicators: &[Indicator]) -> String {
    let own = |own: &Indicator| format!("{} ({})", short(&own.value, 80), own.kind.as_str());
    let mut shown: Vec<_> = indicators.iter().take(SHOWN).map(own).collect();
    if let Some(more) = beyond(SHOWN, indicators.len()) {
        shown.push(format!("and {more} more, with `--json`"));
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
    lines.extend(search.hits.iter().map(to_text));
    if !search.not_searched.is_empty() {
        let what = count(search.not_searched.len(), "part");
        lines.push(format!("  NOT SEARCHED, so that no hit there means nothing: {what}"));
    }
    for own in search.not_searched.iter().take(SHOWN) {
        let member = own.member.as_deref().map(|name| format!(" ({})", safe(name)));
        lines.push(format!("      {}{}", safe(&own.why), member.unwrap_or_default()));
    }
    if let Some(more) = beyond(SHOWN, search.not_searched.len()) {
        lines.push(format!("      and {more} more, with `--json`"));
    }
    lines
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

/// Bytes of a list: four million SHA-256, more than any feed has, and a file may be a device that never ends.
const MOST: u64 = 256 << 20;
/// Lines of a list, and parts that were not searched, that people are shown.
const SHOWN: usize = 10;
