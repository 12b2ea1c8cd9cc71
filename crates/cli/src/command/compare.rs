//! `mde-forensics compare`

use std::path::PathBuf;

use clap::Args;
use mde_forensics_package::{Change, Comparison, compare};
use serde_json::json;

use super::{Console, blocking};
use crate::args::evidence::EvidenceArguments;
use crate::evidence;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::terminal::{beyond, count, print, safe, short};
use crate::unread;

/// Show what was added, removed and changed between two packages of a device.
///
/// Changes caused by the collection itself or by the passing of time are noise: they are counted, and shown only with
/// `--all`; anything doubtful is not noise. The packages are put in order by their own collection times. Events, and
/// columns that change by themselves, are not compared; `--all` lists them.
///
/// Exits with 0 whether or not there are differences, with 1 if something could not be compared or the packages are from
/// different devices, and with 4 if a package is damaged or cannot be verified.
#[derive(Args, Debug)]
#[command(after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The earlier package: a zip, or a folder with an extracted one.
    #[arg(value_name = "BEFORE")]
    before: PathBuf,
    /// The later package.
    #[arg(value_name = "AFTER")]
    after: PathBuf,
    /// Also show noise, and list what is never compared.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    evidence: EvidenceArguments,
}

/// Compares the packages and prints the differences.
pub(crate) async fn run(arguments: Arguments, console: &Console) -> Result<Exit, Failure> {
    let is_json = console.output.json;
    blocking(move || {
        let access = arguments.evidence.access()?;
        let before = evidence::open(&arguments.before, &access)?;
        let after = evidence::open(&arguments.after, &access)?;
        let comparison = compare(&before, &after)
            .map_err(|error| Failure::from_package(&arguments.after, error))?;
        print(&if is_json {
            json!(comparison).to_string()
        } else {
            to_text(&comparison, arguments.all)
        })?;
        let needs_a_look = comparison.needs_a_look();
        let [one, other] = [&before, &after].map(|package| unread::exit(package, needs_a_look));
        Ok(unread::graver(one, other))
    })
    .await
}

fn to_text(comparison: &Comparison, all: bool) -> String {
    let mut lines =
        vec![format!("before {}\nafter  {}", safe(&comparison.before), safe(&comparison.after))];
    if comparison.was_turned {
        lines.push("given in reverse order; swapped by collection time".to_owned());
    }
    match comparison.is_same_device {
        Some(true) => {}
        Some(false) => lines.push("the packages are from DIFFERENT devices".to_owned()),
        None => lines.push("the device of at least one package is unknown".to_owned()),
    }
    let mut table = "";
    for change in &comparison.changes {
        if change.noise.is_some() && !all {
            continue;
        }
        if change.table != table {
            table = change.table;
            lines.push(format!("\n{table}"));
        }
        lines.push(one(change));
    }
    let (never, lost): (Vec<_>, Vec<_>) =
        comparison.not_compared.iter().partition(|own| own.is_by_design);
    if !lost.is_empty() {
        lines.push("\nnot compared, so additions and removals there may not be real:".to_owned());
    }
    for own in lost.iter().take(SHOWN) {
        lines.push(format!("  {}: {}", own.side, safe(&own.why)));
    }
    if let Some(more) = beyond(SHOWN, lost.len()) {
        lines.push(format!("  and {more} more (shown with `--json`)"));
    }
    if all {
        lines.push("\nnever compared:".to_owned());
        lines.extend(never.iter().map(|own| format!("  {}", own.why)));
    } else {
        lines.push(format!(
            "\nnever compared, such as events: {} (listed with `--all`)",
            count(never.len(), "item")
        ));
    }
    let noise = comparison.noise;
    lines.push(format!(
        "\n{}, not counting {noise} caused by the collection or by the passing of time{}",
        count(comparison.differences, "difference"),
        if noise > 0 && !all { " (shown with `--all`)" } else { "" },
    ));
    lines.join("\n")
}

fn one(change: &Change) -> String {
    let sign = match change.change {
        "added" => '+',
        "removed" => '-',
        _ => '~',
    };
    // Several values are separated by line breaks.
    let flat = |text: &Option<String>| text.as_deref().unwrap_or_default().replace('\n', ", ");
    let cut = |text: &str| short(text, SHORT);
    let mut line = format!("  {sign} {}", cut(&change.key));
    if change.change == "changed" {
        let (before, after) = unlike(&flat(&change.before), &flat(&change.after));
        line = format!("{line}\n      before {before}\n      after  {after}");
    } else if let Some(value) =
        change.after.as_ref().or(change.before.as_ref()).filter(|value| !value.is_empty())
    {
        line = format!("{line}\n      {}", cut(&value.replace('\n', ", ")));
    }
    for remark in [change.noise, change.note].into_iter().flatten() {
        line = format!("{line}\n      ({remark})");
    }
    line
}

/// Shortens two texts around their first difference.
fn unlike(one: &str, other: &str) -> (String, String) {
    let [one, other] = [safe(one), safe(other)];
    let same = one.chars().zip(other.chars()).take_while(|(one, other)| one == other).count();
    let is_long = |text: &str| text.chars().count() > SHORT;
    let from = if is_long(&one) || is_long(&other) { same.saturating_sub(BEFORE) } else { 0 };
    let cut = |text: &str| {
        let rest: String = text.chars().skip(from).collect();
        let is_cut = rest.chars().count() > SHORT;
        let kept: String = rest.chars().take(SHORT).collect();
        format!("{}{kept}{}", if from > 0 { "…" } else { "" }, if is_cut { "…" } else { "" })
    };
    (cut(&one), cut(&other))
}

/// Maximum length of a text to show.
const SHORT: usize = 240;
/// Characters to show before the first difference.
const BEFORE: usize = 60;
/// Maximum number of lines about what was not compared.
const SHOWN: usize = 30;
const EXAMPLES: &str = "\
Examples:
  mde-forensics compare before.zip after.zip
  mde-forensics compare before.zip after.zip --all --json";

#[cfg(test)]
mod tests {
    use super::unlike;

    #[test]
    fn a_long_text_is_cut_around_what_differs() {
        assert_eq!(unlike("a=1", "a=2"), ("a=1".to_owned(), "a=2".to_owned()));
        let same = "x".repeat(1_000);
        let (one, other) = unlike(&format!("{same}ONE"), &format!("{same}OTHER"));
        assert!(one.starts_with("…xx") && one.ends_with("xONE"), "{one}");
        assert!(other.ends_with("xOTHER") && other.chars().count() < 80, "{other}");
        let (one, other) = unlike(&same, &format!("y{same}"));
        assert!(one.starts_with("xx") && other.starts_with("yx") && one.ends_with('…'), "{one}");
        assert_eq!(unlike("a\u{1b}b", "a"), ("a\\u{1b}b".to_owned(), "a".to_owned()));
    }
}
