//! `Services.csv`: output of `Get-CimInstance -ClassName Win32_Service | ConvertTo-Csv`, rewritten
//! by the agent.
//!
//! The agent splits each line at every comma, takes the eighth piece for the start of the
//! `StartMode` cell, joins everything up to the real `StartMode` into one cell, turns the quotes
//! inside into apostrophes and puts quotes around it. That can be undone exactly, and the result is
//! checked. Only if the end of a description is in that cell and has apostrophes, it is unknown
//! which of them were quotes.

use super::{Artifact, Columns};
use crate::{
    Column, IssueKind, ParseStatus, TableSchema,
    package::{Input, Key},
    table::{Cell, Output, Stop},
    text::{Shape, parse_fields},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "services",
    tables: &[&SERVICES],
    takes: |key: &Key| key.file() == "services.csv",
    commands: &["Services"],
    read,
};

pub(crate) static SERVICES: TableSchema = TableSchema::new(
    "services",
    "one service or driver that runs in a process of its own or a shared one",
    &[
        Column::text("name"),
        Column::text("display_name"),
        Column::text("description"),
        Column::text("state"),
        Column::text("start_mode"),
        Column::bool("delayed_auto_start"),
        Column::text("path_name"),
        Column::text("start_name"),
        Column::text("service_type"),
        Column::int("process_id"),
        Column::bool("started"),
        Column::text("status"),
        Column::text("error_control"),
        Column::int("exit_code"),
        Column::int("service_specific_exit_code"),
        Column::bool("accept_pause"),
        Column::bool("accept_stop"),
        Column::bool("desktop_interact"),
        Column::int("tag_id"),
        Column::int("check_point"),
        Column::int("wait_hint"),
        Column::text("caption"),
        Column::text("host"),
    ],
);

/// The fields used for columns, followed by those only needed for the check.
const FIELDS: &[&str] = &[
    "Name",
    "DisplayName",
    "Description",
    "State",
    "StartMode",
    "DelayedAutoStart",
    "PathName",
    "StartName",
    "ServiceType",
    "ProcessId",
    "Started",
    "Status",
    "ErrorControl",
    "ExitCode",
    "ServiceSpecificExitCode",
    "AcceptPause",
    "AcceptStop",
    "DesktopInteract",
    "TagId",
    "CheckPoint",
    "WaitHint",
    "Caption",
    "SystemName",
    "CreationClassName",
    "SystemCreationClassName",
    "InstallDate",
];
/// The registry key that contains the keys of all services, in lower case.
pub(crate) const KEY: &str = "hkey_local_machine\\system\\currentcontrolset\\services\\";
const COLUMNS: usize = FIELDS.len() - 3;

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut lines = input.lines()?;
    let mut fields = Vec::new();
    let (mut columns, mut has_lines) = (None, false);
    while columns.is_none()
        && let Some(line) = lines.next()?
    {
        has_lines |= !line.text.is_empty();
        // Without a header it is read to its end all the same: damage is noticed there.
        if line.number <= 4 {
            parse_fields(line.text, &mut fields);
            columns = Columns::find(&fields, FIELDS).filter(|columns| columns.is_by_name);
        }
    }
    let Some(columns) = columns else {
        output.headless("services", has_lines);
        return Ok(());
    };
    while let Some(line) = lines.next()? {
        if line.text.is_empty() {
            continue;
        }
        let undone = Undone::of(line.text, |whole| {
            parse_fields(whole, &mut fields) == Shape::Strict && is_service(&columns, &fields)
        });
        let whole = match &undone {
            Some(undone) => undone.whole.as_str(),
            None => line.text,
        };
        let is_strict = parse_fields(whole, &mut fields) == Shape::Strict && !line.is_cut;
        let is_service = is_strict && is_service(&columns, &fields);
        let mut values = columns.values(&fields);
        let mut cells = Vec::with_capacity(COLUMNS);
        for index in 0..COLUMNS {
            cells.push(match index {
                5 | 10 | 15..=17 => values.bool(index),
                9 | 13 | 14 | 18..=20 => values.int(index),
                _ => values.text(index),
            });
        }
        let is_exact = undone.as_ref().is_none_or(|undone| undone.is_exact);
        let status = match undone {
            _ if !is_service || !is_exact => ParseStatus::Partial,
            Some(_) => ParseStatus::Repaired,
            None => ParseStatus::Clean,
        };
        let status = status.or_partial(values.is_amiss);
        if !is_service {
            output.issue(IssueKind::PartialRow, line.number, || {
                "a line of services whose damage could not be undone".to_owned()
            });
            // Values of a line that failed the test may stand in each other's place.
            cells.fill(Cell::Null);
        } else if status == ParseStatus::Partial {
            let why = if is_exact {
                "a value does not fit its column"
            } else {
                "apostrophes of its description or name may have been quotes"
            };
            output
                .issue(IssueKind::PartialRow, line.number, || format!("a service in part: {why}"));
        }
        output.row(&SERVICES, line.number, status, line.text, &cells)?;
    }
    Ok(())
}

/// Whether these are a service's fields in the right places.
fn is_service(columns: &Columns, fields: &[String]) -> bool {
    let values = columns.values(fields);
    let is = |index, words: &[&str]| values.get(index).is_some_and(|value| words.contains(&value));
    fields.len() == columns.width
        && is(23, &["Win32_Service"])
        && is(24, &["Win32_ComputerSystem"])
        && is(10, &["True", "False"])
        && is(11, &["OK", "Degraded", "Unknown"])
        // No service fills it; an apostrophe in a description and one in a name may fill it with commas.
        && values.get(25).is_none()
}

/// A line as it was before the agent rewrote it.
#[derive(Debug, PartialEq, Eq)]
struct Undone {
    whole: String,
    /// Whether no other line could have led to the same result.
    is_exact: bool,
}

impl Undone {
    /// `None` if the line does not have the agent's pattern. `is_service` recognises a service's
    /// line.
    fn of(line: &str, mut is_service: impl FnMut(&str) -> bool) -> Option<Self> {
        let (head, cell, tail) = parts(line)?;
        let whole =
            |text: &str, rest: &str| format!("{head}{text}{}{tail}", rest.replace('\'', "\""));
        let plain = whole("", cell);
        // Two in a row may have been one quote inside a value, or a quote beside an apostrophe. Where there are none,
        // an apostrophe that was no quote makes a field too many, or a strict reader stumble.
        let is_plain = !cell.contains("''");
        // Where an empty `InstallDate` lies in the cell, the end of a description stands before it.
        let description = cell.rfind(EMPTY_DATE).and_then(|place| cell.split_at_checked(place));
        let Some((text, rest)) = description.filter(|(text, _)| text.contains('\'')) else {
            return Some(Self { whole: plain, is_exact: is_plain });
        };
        if is_plain && is_service(&plain) {
            return Some(Self { whole: plain, is_exact: true });
        }
        let kept = whole(text, rest);
        let whole = if is_service(&kept) { kept } else { plain };
        Some(Self { whole, is_exact: false })
    }
}

/// The text before the damaged cell, in it, and after it.
fn parts(line: &str) -> Option<(&str, &str, &str)> {
    let end = line.match_indices(BEHIND).find_map(|(place, _)| {
        let head = line.get(..place)?;
        let inside = head.strip_suffix("'\"")?;
        let has_mode = MODES
            .iter()
            .any(|mode| inside.strip_suffix(mode).is_some_and(|before| before.ends_with('\'')));
        has_mode.then_some(place)
    })?;
    let (comma, _) = line.match_indices(',').nth(6)?;
    let (head, cell, tail) = (line.get(..=comma)?, line.get(comma + 1..end)?, line.get(end..)?);
    Some((head, cell.strip_prefix('"')?.strip_suffix('"')?, tail))
}

/// The end of a description and the cell after it, which is always empty.
const EMPTY_DATE: &str = "',,'";
/// The text after the damaged cell.
const BEHIND: &str = ",\"Win32_ComputerSystem\",";
const MODES: &[&str] = &["Auto", "Manual", "Disabled", "Boot", "System", "Unknown"];

#[cfg(test)]
mod tests {
    use super::Undone;

    fn undo(line: &str) -> Option<String> {
        let undone = Undone::of(line, |_| true)?;
        assert!(undone.is_exact, "{line}");
        Some(undone.whole)
    }

    #[test]
    fn no_comma_before_the_start_mode_changes_its_quotes_only() {
        let line =
            r#""A","D",,"N","OK","Win32_Service","False","'Manual'","Win32_ComputerSystem","H""#;
        let whole =
            r#""A","D",,"N","OK","Win32_Service","False","Manual","Win32_ComputerSystem","H""#;
        assert_eq!(undo(line).as_deref(), Some(whole));
    }

    #[test]
    fn two_commas_in_the_description_draw_two_cells_in() {
        let line = r#""A","D, e, f",,"N","OK","'Win32_Service','False','Auto'","Win32_ComputerSystem","H""#;
        let whole =
            r#""A","D, e, f",,"N","OK","Win32_Service","False","Auto","Win32_ComputerSystem","H""#;
        assert_eq!(undo(line).as_deref(), Some(whole));
    }

    #[test]
    fn a_line_that_was_not_rewritten_stays() {
        assert_eq!(undo(r#""A","B","C","D","E","F","G","Auto","Win32_ComputerSystem","H""#), None);
        assert_eq!(undo(""), None);
        assert_eq!(undo(r#"'Auto'","Win32_ComputerSystem","#), None);
    }
}
