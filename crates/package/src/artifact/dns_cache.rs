//! `DnsCache.txt`: `ipconfig /displaydns`, with labels in the host's language.

use super::Artifact;
use crate::{
    Column, IssueKind, ParseStatus, TableSchema,
    package::{Input, Key},
    table::{Cell, Output, Stop},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "dns_cache",
    tables: &[&DNS_CACHE],
    takes: |key: &Key| key.file() == "dnscache.txt",
    commands: &["DnsCache"],
    read,
};

pub(crate) static DNS_CACHE: TableSchema = TableSchema::new(
    "dns_cache",
    "one record of the resolver's cache, or a name that is cached as not there",
    &[
        Column::text("entry"),
        Column::text("record_name"),
        Column::int("record_type"),
        Column::int("time_to_live_s"),
        Column::int("data_length"),
        Column::text("section"),
        Column::text("data"),
    ],
);

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut lines = input.lines()?;
    let mut entry = None;
    let mut before: Option<String> = None;
    let mut first_label = None;
    let mut record: Option<Record> = None;
    while let Some(line) = lines.next()? {
        let trimmed = line.text.trim();
        if trimmed.is_empty() {
            before = None;
            continue;
        }
        if trimmed.len() > 8 && trimmed.bytes().all(|byte| byte == b'-') {
            if let Some(record) = record.take() {
                record.finish(output)?;
            }
            entry = before.take();
            continue;
        }
        if let Some((label, value)) = dotted(line.text) {
            let label = label.to_owned();
            // The first label of the first record begins each further one.
            if *first_label.get_or_insert_with(|| label.clone()) == label
                && let Some(record) = record.replace(Record::new(line.number, entry.clone()))
            {
                record.finish(output)?;
            }
            if let Some(record) = &mut record {
                record.add(line.text, value, line.is_cut);
            }
        } else if line.text.starts_with(FURTHER)
            && let Some(record) = &mut record
        {
            record.further(line.text, trimmed);
        } else if entry.is_some() && record.is_none() {
            // Below a name and its rule stands no record but a remark: the name is cached as absent.
            let cells = [
                entry.as_ref().into(),
                Cell::Null,
                Cell::Null,
                Cell::Null,
                Cell::Null,
                Cell::Null,
                trimmed.into(),
            ];
            output.row(&DNS_CACHE, line.number, ParseStatus::Clean, line.text, &cells)?;
            entry = None;
        } else {
            before = Some(trimmed.to_owned());
        }
    }
    match record {
        Some(record) => record.finish(output),
        None => Ok(()),
    }
}

struct Record {
    line: u64,
    entry: Option<String>,
    raw: String,
    values: Vec<String>,
    is_amiss: bool,
}

impl Record {
    fn new(line: u64, entry: Option<String>) -> Self {
        Self { line, entry, raw: String::new(), values: Vec::new(), is_amiss: false }
    }

    fn add(&mut self, text: &str, value: &str, is_cut: bool) {
        self.values.push(value.to_owned());
        self.is_amiss |= is_cut || self.values.len() > FIELDS;
        self.push(text);
    }

    fn further(&mut self, text: &str, value: &str) {
        if let Some(last) = self.values.last_mut()
            && last.len() < LONGEST
        {
            last.push('\n');
            last.push_str(value);
        }
        self.push(text);
    }

    fn push(&mut self, text: &str) {
        if self.raw.len() > LONGEST {
            self.is_amiss = true;
            return;
        }
        if !self.raw.is_empty() {
            self.raw.push('\n');
        }
        self.raw.push_str(text);
    }

    fn finish(mut self, output: &mut Output<'_>) -> Result<(), Stop> {
        let value = |index: usize| self.values.get(index).map(String::as_str);
        let mut int = |index: usize| {
            let number = value(index).and_then(|text| text.parse::<i64>().ok());
            self.is_amiss |= number.is_none();
            Cell::from(number)
        };
        let (kind, ttl, length) = (int(1), int(2), int(3));
        let cells = [
            self.entry.as_ref().into(),
            value(0).into(),
            kind,
            ttl,
            length,
            value(4).into(),
            value(5).into(),
        ];
        if self.is_amiss {
            output.issue(IssueKind::PartialRow, self.line, || "a record in part".to_owned());
        }
        let status = ParseStatus::Clean.or_partial(self.is_amiss);
        output.row(&DNS_CACHE, self.line, status, &self.raw, &cells)
    }
}

/// Label and value of a line as `Record Name . . . . . : name`.
pub(super) fn dotted(line: &str) -> Option<(&str, &str)> {
    let (label, value) = line.split_once(':')?;
    let trimmed = label.trim_end();
    // A label that fills its place has no dots, but then it ends right before the colon.
    let is_label = trimmed.ends_with('.') || (line.starts_with("    ") && label.ends_with(' '));
    let name = trimmed.trim_end_matches(['.', ' ']).trim();
    (is_label && !name.is_empty()).then(|| (name, value.trim()))
}

/// Fields of one record.
const FIELDS: usize = 6;
/// How far data is indented that goes on.
const FURTHER: &str = "                    ";
/// Bytes of one record after which no further line is added to it.
const LONGEST: usize = 64 << 10;
