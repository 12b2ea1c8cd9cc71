//! `SystemInformation.txt`: `systeminfo.exe`, a name and a value per line, in the host's language.

use std::ops::RangeInclusive;

use super::Artifact;
use crate::{
    Column, Error, ParseStatus, TableSchema,
    clock::{Local, parse_local},
    package::{Input, Key},
    table::{Output, Stop},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "system_info",
    tables: &[&SYSTEM_INFO],
    takes: |key: &Key| key.file() == "systeminformation.txt",
    commands: &["SystemInformation"],
    read,
};

pub(crate) static SYSTEM_INFO: TableSchema = TableSchema::new(
    "system_info",
    "one line of what the host says of itself, with the names of the host's language",
    &[Column::text("name"), Column::text("value"), Column::int("depth"), Column::time("time")],
);

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut lines = input.lines()?;
    let mut name = String::new();
    let (mut first_indent, mut named) = (None, 0);
    while let Some(line) = lines.next()? {
        if line.text.trim().is_empty() {
            continue;
        }
        let (own, value) = split(line.text);
        if let Some(own) = own {
            own.clone_into(&mut name);
            first_indent = None;
            named += 1;
        }
        let has_time = TIMES.contains(&named) && !line.text.starts_with(' ');
        // Further values are indented by as many columns as names have, but in some languages not by as many characters.
        let indent = line.text.len() - line.text.trim_start_matches(' ').len();
        let is_further = indent > 0;
        let is_inner = is_further && indent > *first_indent.get_or_insert(indent) + 1;
        let depth = i64::from(is_further) + i64::from(is_inner);
        let value = value.trim();
        let time = Some(value).filter(|_| has_time).map(|value| output.clock().local(value));
        let status = ParseStatus::Clean.or_partial(line.is_cut);
        let cells = [(&name).into(), value.into(), depth.into(), time.into()];
        output.row(&SYSTEM_INFO, line.number, status, line.text, &cells)?;
    }
    Ok(())
}

/// Splits a line into its name, if it has one of its own, and its value.
fn split(line: &str) -> (Option<&str>, &str) {
    if line.starts_with(' ') {
        return (None, line.trim_start());
    }
    // A name may have colons itself ("Virtual Memory: Max Size:"); spaces stand behind the last only.
    let end = line.match_indices(':').find(|(place, _)| {
        let behind = line.get(place + 1..).unwrap_or_default();
        behind.starts_with("  ") || behind.is_empty()
    });
    let Some((end, _)) = end.or_else(|| line.match_indices(": ").last()) else {
        return (None, line);
    };
    let (name, value) = line.split_at_checked(end).unwrap_or((line, ""));
    (Some(name), value.get(1..).unwrap_or_default().trim_start())
}

/// What the host says of itself that the whole package is read by.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) host: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) zone: Option<String>,
    pub(crate) dates: Vec<Local>,
    /// Whether there is another zone, or another locale but that of the input.
    pub(crate) is_doubtful: bool,
}

/// Finds what it needs by the form of values, since names are in the host's language, and in no line that a person
/// wrote. A value may have line ends, so that a forged line can stand before the host's own, and the last is taken.
pub(crate) fn survey(input: Input<'_>) -> Result<Facts, Error> {
    let mut lines = input.lines()?;
    let mut facts = Facts::default();
    let (mut named, mut locale_at) = (0, None);
    while let Some(line) = lines.next()? {
        if line.text.trim().is_empty() {
            continue;
        }
        let (name, value) = split(line.text);
        let value = value.trim();
        named += u32::from(name.is_some());
        if name.is_none() || WRITTEN.contains(&named) {
            continue;
        }
        if named == 1 {
            facts.host = Some(value.to_owned()).filter(|host| !host.is_empty());
        }
        if value.starts_with("(UTC") {
            let before = facts.zone.replace(value.to_owned());
            facts.is_doubtful |= before.is_some_and(|before| before != value);
        }
        // Right behind the system's locale stands that of the input.
        if let Some(locale) = locale(value).filter(|_| locale_at != Some(named - 1)) {
            locale_at = Some(named);
            facts.is_doubtful |= facts.locale.as_ref().is_some_and(|before| *before != locale);
            facts.locale = Some(locale);
        }
        if TIMES.contains(&named) {
            facts.dates.extend(parse_local(value));
        }
    }
    Ok(facts)
}

/// A locale as in `en-gb;English (United Kingdom)`.
fn locale(value: &str) -> Option<String> {
    let (name, _) = value.split_once(';')?;
    let mut parts = name.split('-');
    let is_language = parts.next().is_some_and(|part| {
        (2..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic())
    });
    let is_rest =
        parts.all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric()));
    (is_language && is_rest).then(|| name.to_ascii_lowercase())
}

/// Which of the named lines are times: when the system was installed, and when it started. Others hold what people and
/// makers wrote, such as names and versions that look like dates.
const TIMES: RangeInclusive<u32> = 10..=11;
/// Which of the named lines have the owner and the organization, for which anything may have been typed in.
const WRITTEN: RangeInclusive<u32> = 7..=8;
