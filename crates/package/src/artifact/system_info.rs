//! `SystemInformation.txt`: output of `systeminfo.exe`, one name and value per line, in the host's
//! language.

use std::{collections::VecDeque, ops::RangeInclusive};

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
    let times = output.host_times();
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
        let has_time = times.contains(&named) && !line.text.starts_with(' ');
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

/// Splits a line into a name, if it has one, and a value.
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

/// Properties of the host that affect how the whole package is read.
#[derive(Debug)]
pub(crate) struct Facts {
    pub(crate) host: Option<String>,
    pub(crate) locale: Option<String>,
    pub(crate) zone: Option<String>,
    pub(crate) dates: Vec<Local>,
    /// The named lines with the times of the system's installation and start.
    pub(crate) times: RangeInclusive<u32>,
    /// Whether there is a second zone, or a locale other than the input locale, or whether lines
    /// that every host has are out of place.
    pub(crate) is_doubtful: bool,
}

/// Finds the properties by the form of their values, because names are in the host's language, and
/// by their distance from the system's locale. Text that a person typed may contain line ends, so
/// forged lines may precede the real ones: the last locale is used.
pub(crate) fn survey(input: Input<'_>) -> Result<Facts, Error> {
    let mut lines = input.lines()?;
    let mut facts = Facts {
        host: None,
        locale: None,
        zone: None,
        dates: Vec::new(),
        times: TIMES,
        is_doubtful: false,
    };
    let (mut named, mut locale_at, mut zone_at) = (0, None, None);
    let mut values = VecDeque::new();
    while let Some(line) = lines.next()? {
        if line.text.trim().is_empty() {
            continue;
        }
        let (name, value) = split(line.text);
        let value = value.trim();
        named += u32::from(name.is_some());
        if name.is_none() {
            continue;
        }
        if named == 1 {
            facts.host = Some(value.to_owned()).filter(|host| !host.is_empty());
        }
        // Right behind the system's locale stands that of the input, and behind it the zone.
        let is_written = WRITTEN.contains(&named);
        if value.starts_with("(UTC") && !is_written {
            let place = locale_at.map(|locale_at| locale_at + 2);
            let (is_own, has_own) = (place == Some(named), place.is_some() && place == zone_at);
            facts.is_doubtful |= facts.zone.as_ref().is_some_and(|before| before != value);
            if is_own || !has_own {
                facts.zone = Some(value.to_owned());
                zone_at = Some(named);
            }
        }
        let is_of_input = locale_at.is_some_and(|locale_at| named == locale_at + 1);
        if let Some(locale) = locale(value).filter(|_| !is_of_input && !is_written) {
            facts.is_doubtful |= facts.locale.as_ref().is_some_and(|before| *before != locale);
            facts.is_doubtful |= named > LOCALE;
            facts.locale = Some(locale);
            locale_at = Some(named);
            let times = |places: &RangeInclusive<u32>| -> Vec<_> {
                let own = values.iter().filter(|(at, _): &&(u32, String)| places.contains(at));
                own.filter_map(|(_, value)| parse_local(value)).collect()
            };
            // A line more behind them moves nothing.
            let shifted = shifted(named);
            if times(&shifted).len() == 2 || shifted == TIMES {
                facts.dates = times(&shifted);
                facts.times = shifted;
            }
        }
        values.push_back((named, value.to_owned()));
        if values.len() > BETWEEN {
            values.pop_front();
        }
        // Where no locale is found, they are where every host has them.
        if locale_at.is_none() && facts.times.contains(&named) {
            facts.dates.extend(parse_local(value));
        }
    }
    Ok(facts)
}

/// The lines with times, relative to the line with the system's locale. Nothing in between was
/// typed by a person, so extra lines can only precede them.
fn shifted(locale_at: u32) -> RangeInclusive<u32> {
    let forged = locale_at.saturating_sub(LOCALE);
    TIMES.start() + forged..=TIMES.end() + forged
}

/// Parses a locale such as `en-gb;English (United Kingdom)`.
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

/// The named lines that are times: the system's installation and start. Other lines contain free
/// text of people and vendors, such as names and versions that look like dates.
pub(crate) const TIMES: RangeInclusive<u32> = 10..=11;
/// The named line with the system's locale.
const LOCALE: u32 = 20;
/// How many lines are held until a locale is found.
const BETWEEN: usize = 12;
/// The named lines with the owner and the organization, which may contain any text.
const WRITTEN: RangeInclusive<u32> = 7..=8;
