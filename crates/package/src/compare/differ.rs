//! What differs between the rows of one key in two packages.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    found::{Row, Thing},
    rules::{PARENT, Rule},
};

/// What became of one key.
pub(super) struct Difference {
    /// `added`, `removed` or `changed`.
    pub(super) change: &'static str,
    /// What changed.
    pub(super) columns: Vec<&'static str>,
    /// The rows of each package that make the difference.
    pub(super) rows: [Option<Row>; 2],
    /// What people are told of each package.
    pub(super) texts: [Option<String>; 2],
}

impl Difference {
    /// What became of the rows of a key, if anything did.
    pub(super) fn of(rule: &Rule, one: Option<&Thing>, other: Option<&Thing>) -> Option<Self> {
        let (change, own) = match (one, other) {
            (Some(one), Some(other)) => return Self::changed(rule, one, other),
            (None, Some(own)) => ("added", own),
            (Some(own), None) => ("removed", own),
            (None, None) => return None,
        };
        let mut told = rule.values.to_vec();
        if rule.table == PROCESSES {
            told.extend(INSTANCE);
        }
        if own.count() > 1 {
            told.push(INSTANCES);
        }
        let row = own.row(rule);
        let text = Some(describe(&told, own.count(), &row, &row));
        let (rows, texts) = match change {
            "added" => ([None, Some(row)], [None, text]),
            _ => ([Some(row), None], [text, None]),
        };
        Some(Self { change, columns: rule.values.to_vec(), rows, texts })
    }

    fn changed(rule: &Rule, one: &Thing, other: &Thing) -> Option<Self> {
        let mut columns = values(rule, one, other);
        let counts = [one.count(), other.count()];
        if counts[0] != counts[1] {
            columns.push(INSTANCES);
        }
        let whole = [one.row(rule), other.row(rule)];
        let mut rows = whole.clone().map(Some);
        if rule.table == PROCESSES {
            let (gone, new) = (unlike(rule, one, other), unlike(rule, other, one));
            let none_stays = gone.count() == counts[0] && new.count() == counts[1];
            let [was, is] = [gone.row(rule), new.row(rule)];
            let parents = |row: &Row| row.get(PARENT).cloned().unwrap_or_default();
            let is_by_another = !parents(&is).is_subset(&parents(&whole[0]));
            if none_stays || is_by_another || !columns.is_empty() {
                columns.extend(INSTANCE.iter().filter(|own| was.get(*own) != is.get(*own)));
            }
            if !was.is_empty() || !is.is_empty() {
                rows = [was, is].map(|row| Some(row).filter(|row| !row.is_empty()));
            }
        }
        if columns.is_empty() {
            return None;
        }
        let none = Row::new();
        let text = |index: usize| {
            let (count, whole) = (counts.get(index)?, whole.get(index)?);
            let own = rows.get(index)?.as_ref().unwrap_or(&none);
            Some(describe(&columns, *count, whole, own))
        };
        let texts = [text(0), text(1)];
        Some(Self { change: "changed", columns, rows, texts })
    }

    /// Whether it is of a registry key with values, which are compared themselves.
    pub(super) fn is_told_by_values(&self, rule: &Rule) -> bool {
        let counts = |row: &Row| row.get("value_count").cloned().unwrap_or_default();
        let is_empty = |row: &Row| counts(row).iter().all(|count| count == "0");
        rule.table == "registry_keys" && !self.rows.iter().flatten().any(is_empty)
    }

    /// Whether it is no more than that processes run anew, each started by a parent of the name that the parents of
    /// those before had.
    pub(super) fn is_started_again(&self) -> bool {
        let [Some(was), Some(is)] = &self.rows else { return false };
        let (Some(were), Some(are)) = (was.get(PARENT), is.get(PARENT)) else { return false };
        self.change == "changed"
            && self.columns.iter().all(|column| INSTANCE.contains(column))
            && !are.contains("")
            && are.is_subset(were)
    }
}

/// The columns of values that differ.
fn values(rule: &Rule, one: &Thing, other: &Thing) -> Vec<&'static str> {
    let from = rule.keys.len();
    let [all, others] = [one, other].map(|thing| {
        let mut all = BTreeMap::<&[String], usize>::new();
        for (row, count) in &thing.rows {
            let values = row.get(from..from + rule.values.len()).unwrap_or_default();
            *all.entry(values).or_default() += count;
        }
        all
    });
    if all == others {
        return Vec::new();
    }
    let column = |all: &BTreeMap<&[String], usize>, index: usize| {
        let mut values = BTreeMap::<String, usize>::new();
        for (row, count) in all {
            *values.entry(row.get(index).cloned().unwrap_or_default()).or_default() += count;
        }
        values
    };
    let is_counted = one.count() == other.count();
    let differs = |index: usize| {
        let (own, others) = (column(&all, index), column(&others, index));
        if is_counted { own != others } else { !own.keys().eq(others.keys()) }
    };
    let places = || rule.values.iter().copied().enumerate();
    let columns: Vec<_> =
        places().filter(|(index, _)| differs(*index)).map(|(_, own)| own).collect();
    if columns.is_empty() && is_counted {
        // Each has the same values, and they belong together in another way.
        let is_one_of_several = |index: usize| column(&all, index).len() > 1;
        return places()
            .filter(|(index, _)| is_one_of_several(*index))
            .map(|(_, own)| own)
            .collect();
    }
    columns
}

/// The processes of one package that do not run in the other, told by their ids, their parents and their starts: in UTC,
/// or as they stand, since a clock that is set for summer changes the one or the other.
fn unlike(rule: &Rule, own: &Thing, other: &Thing) -> Thing {
    let place = |column| rule.place(column).unwrap_or(usize::MAX);
    let ids = [place("process_id"), place("parent_process_id")];
    let starts = [place("created_utc"), place("created_raw")];
    let value = |row: &[String], index: usize| row.get(index).cloned().unwrap_or_default();
    let name = |row: &[String], start: usize| {
        let [id, parent] = ids.map(|index| value(row, index));
        [id, parent, value(row, start)]
    };
    let there =
        starts.map(|start| other.rows.keys().map(|row| name(row, start)).collect::<BTreeSet<_>>());
    let is_there = |row: &[String]| {
        starts.iter().zip(&there).any(|(start, there)| there.contains(&name(row, *start)))
    };
    let rows = own.rows.iter().filter(|(row, _)| !is_there(row));
    Thing { rows: rows.map(|(row, count)| (row.clone(), *count)).collect() }
}

/// The columns with their values: of all rows, but where an instance is told, of those that make the difference.
fn describe(columns: &[&'static str], count: usize, whole: &Row, own: &Row) -> String {
    let values = columns.iter().filter_map(|column| {
        if *column == INSTANCES {
            return Some(format!("{column}={count}"));
        }
        let row = if INSTANCE.contains(column) { own } else { whole };
        let values: Vec<_> =
            row.get(column)?.iter().filter(|value| !value.is_empty()).map(String::as_str).collect();
        (!values.is_empty()).then(|| format!("{column}={}", values.join("\n")))
    });
    values.collect::<Vec<_>>().join("\n")
}

const PROCESSES: &str = "processes";
/// How often a thing is there, which no table has as a column.
const INSTANCES: &str = "instances";
/// What is another for each process that runs the same.
const INSTANCE: [&str; 4] = ["process_id", "parent_process_id", PARENT, "created_utc"];
