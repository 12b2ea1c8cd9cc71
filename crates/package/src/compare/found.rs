//! The rows of a table, by what tells them apart.

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;

use super::{
    known::Known,
    rules::{LOCAL_PORT, PARENT, REMOTE_PORT, Rule},
    services::template,
};
use crate::{Error, Issue, IssueKind, Package, Source, table::View};

/// What is the same for all rows of one package.
#[derive(Clone, Copy)]
pub(super) struct Reading<'a> {
    pub(super) known: &'a Known,
    /// Whether times are compared in UTC, which both packages must have, or else as they stand.
    pub(super) is_timed: bool,
    /// Whether both packages know which services Windows makes anew for each session.
    pub(super) by_session: bool,
    /// Bytes that the rows may take in memory.
    pub(super) limit: u64,
}

/// The rows of a table of one package.
#[derive(Default)]
pub(super) struct Found {
    pub(super) things: BTreeMap<Vec<String>, Thing>,
    pub(super) issues: Vec<Issue>,
    /// The raw texts of the rows that could be read in part only.
    partial: BTreeMap<String, usize>,
    bytes: u64,
}

/// All rows of one key: the values of each, in the order of the rule's columns, and how often they are there.
#[derive(Default)]
pub(super) struct Thing {
    pub(super) rows: BTreeMap<Vec<String>, usize>,
}

/// The values that some rows have in each column.
pub(super) type Row = BTreeMap<&'static str, BTreeSet<String>>;

impl Thing {
    pub(super) fn count(&self) -> usize {
        self.rows.values().sum()
    }

    /// What the rows have, column by column.
    pub(super) fn row(&self, rule: &Rule) -> Row {
        let mut row = Row::new();
        for values in self.rows.keys() {
            for (column, value) in rule.columns().zip(values) {
                row.entry(column).or_default().insert(value.clone());
            }
        }
        row
    }
}

impl Found {
    pub(super) fn of<S: Source>(
        rule: &Rule,
        package: &Package<S>,
        reading: Reading<'_>,
    ) -> Result<Self, Error> {
        let mut found = Self::default();
        let table = package.stream(rule.table, &mut |batch: RecordBatch| {
            found.take(rule, &batch, reading);
            Ok(())
        })?;
        found.issues = table.issues;
        if found.bytes > reading.limit {
            found.issues.push(Issue::of_package(
                IssueKind::OverBudget,
                format!("the table `{}` has more rows than its budget allows", rule.table),
            ));
        }
        Ok(found)
    }

    pub(super) fn take(&mut self, rule: &Rule, batch: &RecordBatch, reading: Reading<'_>) {
        let view = View(batch);
        for row in 0..batch.num_rows() {
            if self.bytes > reading.limit {
                return;
            }
            self.add(rule, view, row, reading);
        }
    }

    fn add(&mut self, rule: &Rule, view: View<'_>, row: usize, reading: Reading<'_>) {
        let suffix = if rule.table == "services" && reading.by_session {
            view.text("name", row).and_then(|name| session_suffix(name, reading.known))
        } else {
            None
        };
        let stable = |shown: String| match suffix.and_then(|own| shown.strip_suffix(own)) {
            Some(stable) => format!("{stable}_*"),
            None => shown,
        };
        let shown = |column: &&'static str| shown(view, row, column, reading);
        let mut key: Vec<_> = rule.keys.iter().map(|column| stable(shown(column))).collect();
        let raw = view.text("raw", row).unwrap_or_default();
        // What nothing of could be read is still told apart from others by its text.
        if key.iter().all(String::is_empty) {
            key.push(raw.to_owned());
        }
        // Noise is told by what stands in keys and hints.
        let keys = rule.keys.iter().map(shown);
        let values = rule.values.iter().map(|column| stable(shown(column)));
        let values: Vec<_> = keys.chain(values).chain(rule.hints.iter().map(shown)).collect();
        if view.text("parse_status", row) == Some("partial") {
            self.bytes += size([raw]);
            *self.partial.entry(raw.to_owned()).or_default() += 1;
        }
        self.bytes += size(key.iter().chain(&values).map(String::as_str));
        *self.things.entry(key).or_default().rows.entry(values).or_default() += 1;
    }

    /// How many rows could be read in part only and are not, with the same text, among those of the other package.
    pub(super) fn in_doubt(&self, other: &Self, line_bytes: u64) -> usize {
        let is_whole = |raw: &str| {
            let length = raw.len() as u64 + 4;
            !raw.is_empty() && length < line_bytes && length < CUT
        };
        let is_same = |raw: &str| is_whole(raw) && other.partial.contains_key(raw);
        let partial = self.partial.iter().filter(|(raw, _)| !is_same(raw));
        partial.map(|(_, count)| count).sum()
    }
}

/// A key as people are shown it.
pub(super) fn show(rule: &Rule, key: &[String]) -> String {
    if key.len() > rule.keys.len() {
        return key.last().cloned().unwrap_or_default();
    }
    let parts = rule.keys.iter().zip(key);
    let parts = parts.filter(|(column, part)| **column != LOCAL_PORT || !part.is_empty());
    parts.map(|(_, part)| part.as_str()).collect::<Vec<_>>().join(" | ")
}

fn shown(view: View<'_>, row: usize, column: &'static str, reading: Reading<'_>) -> String {
    if column == PARENT {
        return reading.known.parent(view, row).unwrap_or_default();
    }
    if column == LOCAL_PORT && view.int(REMOTE_PORT, row).is_some_and(|port| port != 0) {
        return String::new();
    }
    let raw = column.strip_suffix("_utc").map(|own| format!("{own}_raw"));
    let in_utc = if raw.is_some() && !reading.is_timed { None } else { view.shown(column, row) };
    let as_it_stands = || raw.and_then(|column| view.shown(&column, row));
    in_utc.or_else(as_it_stands).unwrap_or_default()
}

/// What a service's name ends in that is another for each session.
fn session_suffix<'a>(name: &'a str, known: &Known) -> Option<&'a str> {
    let is_own = known.per_user.contains(&name.to_lowercase());
    name.get(template(name).filter(|_| is_own)?.len()..)
}

/// About how many bytes texts take in memory, with what points to them.
fn size<'a>(texts: impl IntoIterator<Item = &'a str>) -> u64 {
    texts.into_iter().map(|text| text.len() as u64 + 48).sum::<u64>() + 64
}

/// Bytes of a text that readers cut at.
const CUT: u64 = 64 << 10;
