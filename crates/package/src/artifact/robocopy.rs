//! `PrefetchFilesList.txt`: robocopy's log of copying the prefetch files.

use std::collections::BTreeSet;

use sha2::Digest;

use super::Artifact;
use crate::{
    Column, Error, IssueKind, ParseStatus, TableSchema,
    clock::parse_clock_time,
    package::{Input, Key},
    table::{Cell, Output, Stop},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "robocopy_files",
    tables: &[&ROBOCOPY_FILES, &ROBOCOPY_TOTALS],
    takes: |key: &Key| key.file() == "prefetchfileslist.txt",
    commands: &["Prefetch"],
    read,
};

pub(crate) static ROBOCOPY_FILES: TableSchema = TableSchema::new(
    "robocopy_files",
    "one file or folder that robocopy listed when it copied the prefetch files, or one that it failed with",
    &[
        Column::text("class"),
        Column::int("size"),
        Column::bool("size_is_rounded"),
        Column::text("name"),
        Column::bool("is_directory"),
    ],
);

pub(crate) static ROBOCOPY_TOTALS: TableSchema = TableSchema::new(
    "robocopy_totals",
    "one line of robocopy's own totals: folders, files, bytes, in this order",
    &[
        Column::text("name"),
        Column::text("total"),
        Column::text("copied"),
        Column::text("skipped"),
        Column::text("mismatch"),
        Column::text("failed"),
        Column::text("extras"),
    ],
);

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut lines = input.lines()?;
    let mut listed = BTreeSet::new();
    let (mut totals_seen, mut unread, mut has_text, mut has_failed) = (0, None, false, false);
    while let Some(line) = lines.next()? {
        has_text |= !line.text.trim().is_empty();
        let status = ParseStatus::Clean.or_partial(line.is_cut);
        if let Some(file) = File::parse(line.text) {
            if !file.is_directory && listed.len() < MOST {
                // It is listed again for each try. A name may be as long as a line.
                let hash: [u8; 32] = sha2::Sha256::digest(file.name).into();
                listed.insert(hash);
            }
            let (size, is_rounded) = file.size;
            let is_directory = file.is_directory.into();
            let cells =
                [file.class.into(), size.into(), is_rounded.into(), file.name.into(), is_directory];
            output.row(&ROBOCOPY_FILES, line.number, status, line.text, &cells)?;
        } else if let Some((class, name)) = failure(line.text) {
            has_failed = true;
            output.issue(IssueKind::Missing, line.number, || {
                format!("robocopy says {}", crate::name::safe(line.text, 300))
            });
            let cells = [class.into(), Cell::Null, Cell::Null, name.into(), Cell::Null];
            output.row(&ROBOCOPY_FILES, line.number, status, line.text, &cells)?;
        } else if let Some((name, numbers)) = totals(line.text) {
            totals_seen += 1;
            if totals_seen == OF_FILES && listed.len() < MOST {
                compare(&numbers, listed.len() as u64, line.number, output);
            }
            let mut cells = vec![Cell::Text(name)];
            cells.extend(numbers.iter().map(Cell::from));
            output.row(&ROBOCOPY_TOTALS, line.number, status, line.text, &cells)?;
        } else if line.text.starts_with('\t') && !line.text.trim().is_empty() {
            let (count, _) = unread.get_or_insert((0_u64, line.number));
            *count += 1;
            let cells = [const { Cell::Null }; 5];
            output.row(&ROBOCOPY_FILES, line.number, ParseStatus::Partial, line.text, &cells)?;
        }
    }
    // Without a folder that it can read it has no totals.
    if totals_seen != TOTALS && has_text && !(listed.is_empty() && has_failed) {
        output.cut();
        output.issue(IssueKind::DamagedMember, None, || {
            format!("robocopy's log has {totals_seen} lines of totals, and not {TOTALS}")
        });
    }
    if let Some((count, first)) = unread {
        output.issue(IssueKind::PartialRow, first, || {
            format!("{count} lines of files cannot be read; this is the first")
        });
    }
    Ok(())
}

/// What robocopy's log reveals about the package as a whole.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    /// The line with its start time: the first one with a time of day.
    pub(crate) started: Option<String>,
    pub(crate) files: Option<PrefetchTotals>,
}

/// The outcome for the files, according to robocopy's own totals.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct PrefetchTotals {
    pub(crate) copied: Option<u64>,
    pub(crate) skipped: Option<u64>,
    pub(crate) failed: Option<u64>,
}

pub(crate) fn survey(input: Input<'_>) -> Result<Facts, Error> {
    let mut lines = input.lines()?;
    let mut facts = Facts::default();
    let (mut seen, mut totals_seen) = (0, 0);
    while let Some(line) = lines.next()? {
        seen += 1;
        if seen <= HEADER && facts.started.is_none() {
            let time = parse_clock_time(line.text).filter(|time| time.2.is_some());
            facts.started = time.map(|_| line.text.to_owned());
        }
        let Some((_, numbers)) = totals(line.text) else { continue };
        totals_seen += 1;
        if totals_seen == OF_FILES {
            let number = |place: usize| numbers.get(place).and_then(|number| number.parse().ok());
            let (copied, skipped, failed) = (number(COPIED), number(SKIPPED), number(FAILED));
            facts.files = Some(PrefetchTotals { copied, skipped, failed });
            break;
        }
    }
    Ok(facts)
}

/// Compares the listed files with the numbers that robocopy says it copied, failed to copy, or
/// found mismatched.
fn compare(numbers: &[String], listed: u64, line: u64, output: &mut Output<'_>) {
    let told = numbers.iter().enumerate().filter(|(place, _)| matches!(place, 1 | 3..=5));
    let told: Option<u64> = told.map(|(_, number)| number.parse::<u64>().ok()).sum();
    if let Some(told) = told.filter(|told| *told != listed) {
        output.issue(IssueKind::CountMismatch, line, || {
            format!("robocopy counts {told} files that it took up, and lists {listed}")
        });
    }
}

/// A line with class, size and name, separated by tabs.
struct File<'a> {
    class: &'a str,
    size: (i64, bool),
    name: &'a str,
    is_directory: bool,
}

impl<'a> File<'a> {
    fn parse(line: &'a str) -> Option<Self> {
        let (front, name) = line.strip_prefix('\t')?.rsplit_once('\t')?;
        let front = front.trim_end();
        let unit = front.strip_suffix(['k', 'm', 'g', 't']).filter(|rest| rest.ends_with(' '));
        let number = unit.unwrap_or(front).trim_end();
        let class = number.trim_end_matches(|c: char| c.is_ascii_digit() || matches!(c, '.' | ','));
        let digits = number.strip_prefix(class)?;
        if !(class.is_empty() || class.ends_with(char::is_whitespace)) {
            return None;
        }
        let size = match unit {
            Some(_) => (rounded(digits, front.chars().next_back()?)?, true),
            None => (digits.parse().ok()?, false),
        };
        Some(Self { class: class.trim(), size, name, is_directory: name.ends_with('\\') })
    }
}

/// The approximate number of bytes in a size such as `1.2 m`, which is all that robocopy prints for
/// a large file.
fn rounded(digits: &str, unit: char) -> Option<i64> {
    let shift = match unit {
        'k' => 10,
        'm' => 20,
        'g' => 30,
        _ => 40,
    };
    let (whole, part) = digits.split_once(['.', ',']).unwrap_or((digits, ""));
    let scale = 10_i64.checked_pow(u32::try_from(part.len()).ok()?)?;
    let number: i64 = format!("{whole}{part}").parse().ok()?;
    number.checked_mul(1 << shift).map(|bytes| bytes / scale)
}

/// The failure in a line such as `2025/08/07 18:32:51 ERROR 32 (0x00000020) Copying File C:\...`,
/// in any language: word and number, and what failed.
fn failure(line: &str) -> Option<(&str, &str)> {
    let rest = line.get(TIME.len()..)?;
    let is_time = line.bytes().zip(TIME.bytes()).all(|(byte, model)| match model {
        b'0' => byte.is_ascii_digit(),
        _ => byte == model,
    });
    let end = rest.find(')')? + 1;
    let (class, about) = rest.split_at_checked(end)?;
    (is_time && class.contains(" (0x")).then(|| (class, about.trim()))
}

/// Parses a line with a name, a colon and six numbers, which may have a unit. Some languages have
/// no space before the colon.
pub(super) fn totals(line: &str) -> Option<(&str, Vec<String>)> {
    let (name, rest) = line.rsplit_once([':', '：'])?;
    let mut numbers: Vec<String> = Vec::new();
    for word in rest.split_whitespace() {
        match word {
            "k" | "m" | "g" | "t" => {
                let last = numbers.last_mut()?;
                *last = format!("{last} {word}");
            }
            _ if word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b',')) => {
                numbers.push(word.to_owned());
            }
            _ => return None,
        }
    }
    (numbers.len() == 6).then_some((name.trim(), numbers))
}

/// The lines with totals: for folders, files and bytes.
const TOTALS: u32 = 3;
/// The one of them for files, in any language.
const OF_FILES: u32 = 2;
/// The positions in a line of totals of the files that were copied, skipped and failed.
const COPIED: usize = 1;
const SKIPPED: usize = 2;
const FAILED: usize = 4;
/// The number of lines before the files.
const HEADER: u32 = 30;
/// The form in which a line about a failure begins.
const TIME: &str = "0000/00/00 00:00:00 ";
/// The maximum number of files compared with the totals; Windows keeps about a thousand.
const MOST: usize = 100_000;

#[cfg(test)]
mod tests {
    use super::totals;

    #[test]
    fn totals_may_have_units_and_times_are_none() {
        let (name, numbers) =
            totals("   Bytes :    7.33 m    5.57 m    1.76 m         0         0         0")
                .unwrap();
        assert_eq!((name, numbers[0].as_str(), numbers[5].as_str()), ("Bytes", "7.33 m", "0"));
        let german = "  Dateien:         9         9         0         0         3         0";
        assert_eq!(totals(german).unwrap().0, "Dateien");
        assert_eq!(
            totals("   Times :   0:00:00   0:00:00                       0:00:00   0:00:00"),
            None
        );
        assert_eq!(totals("  Started : 07 August 2025 18:32:51"), None);
    }
}
