//! `PrefetchFilesList.txt`: robocopy's log of the prefetch files that it copied.

use super::Artifact;
use crate::{
    Column, ParseStatus, TableSchema,
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
    "one file or folder that robocopy listed when it copied the prefetch files",
    &[
        Column::text("class"),
        Column::int("size"),
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
    while let Some(line) = lines.next()? {
        if let Some(cells) = file(line.text) {
            let status = ParseStatus::Clean.or_partial(line.is_cut);
            output.row(&ROBOCOPY_FILES, line.number, status, line.text, &cells)?;
        } else if let Some((name, numbers)) = totals(line.text) {
            let mut cells = vec![Cell::Text(name)];
            cells.extend(numbers.iter().map(Cell::from));
            output.row(&ROBOCOPY_TOTALS, line.number, ParseStatus::Clean, line.text, &cells)?;
        }
    }
    Ok(())
}

/// A line of class, size and name, which tabs separate.
fn file(line: &str) -> Option<[Cell<'_>; 4]> {
    let (front, name) = line.strip_prefix('\t')?.rsplit_once('\t')?;
    let front = front.trim_end();
    let digits = front.rsplit(|c: char| !c.is_ascii_digit()).next()?;
    let size = digits.parse::<i64>().ok()?;
    let class = front.strip_suffix(digits)?.trim();
    let is_directory = name.ends_with('\\');
    Some([class.into(), size.into(), name.into(), is_directory.into()])
}

/// A line of a name, a colon and six numbers, which may have a unit.
pub(super) fn totals(line: &str) -> Option<(&str, Vec<String>)> {
    let (name, rest) = line.split_once(" : ")?;
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

#[cfg(test)]
mod tests {
    use super::totals;

    #[test]
    fn totals_may_have_units_and_times_are_none() {
        let (name, numbers) =
            totals("   Bytes :    7.33 m    5.57 m    1.76 m         0         0         0")
                .unwrap();
        assert_eq!((name, numbers[0].as_str(), numbers[5].as_str()), ("Bytes", "7.33 m", "0"));
        assert_eq!(
            totals("   Times :   0:00:00   0:00:00                       0:00:00   0:00:00"),
            None
        );
        assert_eq!(totals("  Started : 07 August 2025 18:32:51"), None);
    }
}
