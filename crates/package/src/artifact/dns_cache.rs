//! `DnsCache.txt`: output of `ipconfig /displaydns`, with labels in the host's language.

use super::Artifact;
use crate::{
    Column, IssueKind, ParseStatus, TableSchema,
    package::{Input, Key},
    table::{Cell, Output, Stop},
    text::Line,
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
    let mut cache = Cache::default();
    while let Some(line) = lines.next()? {
        cache.line(line, output)?;
    }
    cache.settle(output)?;
    cache.end(output)
}

/// The state of reading the cache.
#[derive(Default)]
struct Cache {
    entry: Option<String>,
    has_entries: bool,
    last: Last,
    /// Whether the line directly above has text.
    is_below_text: bool,
    /// A line that is the name of an entry, whatever it looks like, if a rule follows it.
    before: Option<(u64, String, bool)>,
    /// Whether it can be a name although it looks like a line of a record. Below a record it may be
    /// data, and so may the rule below it.
    may_be_name: bool,
    /// The first label below the rule, which begins every further record of the entry.
    first_label: Option<String>,
    record: Option<Record>,
}

/// What was seen last, as far as it determines what may follow.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Last {
    /// The rule below an entry's name, on this line.
    Rule(u64),
    /// A remark that the entry has no records of one type; it may have some of another.
    Remark,
    #[default]
    Other,
}

impl Cache {
    fn line(&mut self, line: Line<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
        let trimmed = line.text.trim();
        // Data that goes on may look like anything, for whoever answers chooses it.
        let is_further = line.text.starts_with(FURTHER) && !trimmed.is_empty();
        if is_rule(trimmed) && !(is_further && (self.record.is_some() || self.before.is_some())) {
            self.is_below_text = true;
            if self
                .before
                .as_ref()
                .is_some_and(|(_, text, _)| !self.may_be_name && dotted(text).is_some())
            {
                self.settle(output)?;
                return self.stray(line.number, line.text, output);
            }
            let before = self.before.take();
            self.end(output)?;
            self.entry = before.map(|(_, name, _)| name.trim().to_owned());
            self.first_label = None;
            self.has_entries = true;
            self.last = Last::Rule(line.number);
            return Ok(());
        }
        self.settle(output)?;
        let is_below_text = std::mem::replace(&mut self.is_below_text, !trimmed.is_empty());
        if is_further && let Some(record) = &mut self.record {
            record.further(line.text, trimmed);
        } else if !trimmed.is_empty() {
            self.before = Some((line.number, line.text.to_owned(), line.is_cut));
            self.may_be_name = !is_below_text;
        }
        Ok(())
    }

    /// Handles the line before, which turned out not to be a name.
    fn settle(&mut self, output: &mut Output<'_>) -> Result<(), Stop> {
        let Some((line, text, is_cut)) = self.before.take() else { return Ok(()) };
        let last = std::mem::take(&mut self.last);
        if let Some((label, value)) = dotted(&text) {
            if last != Last::Other || self.first_label.as_deref() == Some(label) {
                self.first_label.get_or_insert_with(|| label.to_owned());
                let record = Record::new(line, self.entry.clone());
                if let Some(record) = self.record.replace(record) {
                    record.finish(output)?;
                }
            }
            if let Some(record) = &mut self.record {
                record.add(&text, value, is_cut);
                return Ok(());
            }
        } else if matches!(last, Last::Rule(_))
            && let Some(entry) = &self.entry
        {
            // Below a name and its rule stands no record but a remark: the name is cached as absent.
            let mut cells = [const { Cell::Null }; 7];
            cells[0] = entry.into();
            self.last = Last::Remark;
            cells[6] = text.trim().into();
            return output.row(&DNS_CACHE, line, ParseStatus::Clean, &text, &cells);
        }
        self.stray(line, &text, output)
    }

    /// Ends an entry: outputs its last record, or its name if nothing is below it.
    fn end(&mut self, output: &mut Output<'_>) -> Result<(), Stop> {
        if let Some(record) = self.record.take() {
            record.finish(output)?;
        }
        let (Last::Rule(line), Some(entry)) = (std::mem::take(&mut self.last), self.entry.take())
        else {
            return Ok(());
        };
        output.issue(IssueKind::PartialRow, line, || "a name with nothing below it".to_owned());
        let mut cells = [const { Cell::Null }; 7];
        cells[0] = (&entry).into();
        output.row(&DNS_CACHE, line, ParseStatus::Partial, &entry, &cells)
    }

    /// A line that belongs to no record becomes a row without values, so that its text is not lost.
    /// Before the first entry there is a heading, or the reason why there are no entries.
    fn stray(&mut self, line: u64, text: &str, output: &mut Output<'_>) -> Result<(), Stop> {
        if !self.has_entries && !text.starts_with(' ') {
            return Ok(());
        }
        // It may be the name of the next entry, or the rule below it.
        self.entry = None;
        output
            .issue(IssueKind::PartialRow, line, || "a line that is no part of a record".to_owned());
        let cells = [const { Cell::Null }; 7];
        output.row(&DNS_CACHE, line, ParseStatus::Partial, text, &cells)
    }
}

fn is_rule(trimmed: &str) -> bool {
    trimmed.len() > 8 && trimmed.bytes().all(|byte| byte == b'-')
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
        self.is_amiss |= is_cut || self.values.len() == FIELDS;
        if self.values.len() < FIELDS {
            self.values.push(value.to_owned());
        }
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
        let has_data = value(3) != Some("0") && value(1).is_some_and(|kind| SHOWN.contains(&kind));
        self.is_amiss |= has_data && self.values.len() < FIELDS;
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

/// The label and the value in a line such as `Record Name . . . . . : name`.
pub(super) fn dotted(line: &str) -> Option<(&str, &str)> {
    let (label, value) = line.split_once(':')?;
    let trimmed = label.trim_end();
    // A label that fills its place has no dots, but then it ends right before the colon.
    let is_label = trimmed.ends_with('.') || (line.starts_with("    ") && label.ends_with(' '));
    let name = trimmed.trim_end_matches(['.', ' ']).trim();
    (is_label && !name.is_empty()).then(|| (name, value.trim()))
}

/// The number of fields in a record.
const FIELDS: usize = 6;
/// The indentation of continued data.
pub(super) const FURTHER: &str = "                    ";
/// The types whose data `ipconfig` shows: A, NS, CNAME, SOA, PTR, MX, TXT, AAAA, SRV.
const SHOWN: &[&str] = &["1", "2", "5", "6", "12", "15", "16", "28", "33"];
/// The size of one record, in bytes, after which no further line is added.
const LONGEST: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use super::{FIELDS, Record};

    #[test]
    fn a_record_holds_no_more_values_than_it_can_have() {
        let mut record = Record::new(1, None);
        for _ in 0..1_000 {
            record.add("    a.:b", "b", false);
        }
        assert!(record.values.len() == FIELDS && record.is_amiss);
    }
}
