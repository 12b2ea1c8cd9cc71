//! Two packages of a device: what was added, removed and changed between them, the agent's own noise
//! marked.

mod noise;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use serde::Serialize;

use crate::{
    Column, Error, Issue, IssueKind, Package, ParseStatus, Source, Table, TableSchema,
    table::{Cell, Origin, Rows, View, arrow_schema},
};

use noise::noise;
use rules::{RULES, Rule, stable_name};

/// What became of one thing between two packages.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The table that it is in.
    pub table: &'static str,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// What it is, by the columns that tell it apart.
    pub key: String,
    /// What changed: the columns, with commas between.
    pub columns: String,
    /// The values before, one line for each column that changed or tells something.
    pub before: Option<String>,
    /// The values after.
    pub after: Option<String>,
    /// Why it is the agent's own doing, or the passing of time; none where it is not.
    pub noise: Option<&'static str>,
    /// What to keep in mind: a hive that was not loaded, a table that is absent.
    pub note: Option<&'static str>,
}

/// The differences between two packages.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// The id of the earlier package.
    pub before: String,
    /// The id of the later one.
    pub after: String,
    /// Whether the packages were given in the other order, and were turned round by their times.
    pub was_turned: bool,
    /// Whether both name the same device; `None` where one of them names none.
    pub is_same_device: Option<bool>,
    /// Every difference, noise included, table by table.
    pub changes: Vec<Change>,
    /// What could not be compared, or not in full: what seems added or removed there may be neither.
    pub not_compared: Vec<NotCompared>,
}

/// Something of one package that could not be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotCompared {
    /// Of which package: `before` or `after`.
    pub side: &'static str,
    /// The member, as the column `member` names it; absent where it is the package.
    pub member: Option<String>,
    /// Why, in one line of safe text.
    pub why: String,
}

static COMPARISON: TableSchema = TableSchema::new(
    "comparison",
    "one difference between two packages of a device",
    &[
        Column::text("table"),
        Column::text("change"),
        Column::text("key"),
        Column::text("columns"),
        Column::text("before"),
        Column::text("after"),
        Column::text("noise"),
        Column::text("note"),
    ],
);

impl Comparison {
    /// The differences as a table, whose provenance is that of the later package.
    ///
    /// Fails with [`Error::Unreadable`], which does not happen.
    pub fn table<S: Source>(&self, after: &Package<S>) -> Result<Table, Error> {
        let mut rows = Rows::new(after.context(), &COMPARISON);
        for change in &self.changes {
            let cells = [
                change.table.into(),
                change.change.into(),
                (&change.key).into(),
                (&change.columns).into(),
                change.before.as_ref().into(),
                change.after.as_ref().into(),
                change.noise.into(),
                Cell::from(change.note),
            ];
            rows.push(Origin::default(), ParseStatus::Clean, &cells)?;
        }
        Ok(Table {
            schema: &COMPARISON,
            arrow_schema: arrow_schema(&COMPARISON),
            batches: rows.finish()?,
            issues: Vec::new(),
            is_partial: false,
        })
    }
}

/// Compares two packages, the earlier first by the times of their own summaries.
///
/// Memory holds one table of both at a time, within the budgets. Fails with [`Error::ReadFailed`].
pub fn compare<S: Source>(before: &Package<S>, after: &Package<S>) -> Result<Comparison, Error> {
    let times = (before.context().clock.collected, after.context().clock.collected);
    let was_turned = matches!(times, (Some(before), Some(after)) if before > after);
    let (before, after) = if was_turned { (after, before) } else { (before, after) };
    let mut changes = Vec::new();
    let mut not_compared = Vec::new();
    note(&mut not_compared, "before", before.issues());
    note(&mut not_compared, "after", after.issues());
    for rule in RULES {
        changes.extend(differences(rule, before, after, &mut not_compared)?);
    }
    let devices = before.device().zip(after.device());
    Ok(Comparison {
        before: before.id().to_owned(),
        after: after.id().to_owned(),
        was_turned,
        is_same_device: devices.map(|(one, other)| one.eq_ignore_ascii_case(other)),
        changes,
        not_compared,
    })
}

/// Notes the issues that hide rows, each once.
fn note(noted: &mut Vec<NotCompared>, side: &'static str, issues: &[Issue]) {
    for issue in issues.iter().filter(|issue| issue.hides_rows()) {
        let own = NotCompared { side, member: issue.member.clone(), why: issue.message.clone() };
        if !noted.contains(&own) {
            noted.push(own);
        }
    }
}

/// A row: its values by column, and how often the same key was seen.
type Row = BTreeMap<&'static str, String>;

fn differences<S: Source>(
    rule: &'static Rule,
    before: &Package<S>,
    after: &Package<S>,
    not_compared: &mut Vec<NotCompared>,
) -> Result<Vec<Change>, Error> {
    let (old, issues) = rows(rule, before)?;
    note(not_compared, "before", &issues);
    let (new, issues) = rows(rule, after)?;
    note(not_compared, "after", &issues);
    let hives = if rule.has_users { Some((users(&old), users(&new))) } else { None };
    let mut changes = Vec::new();
    let keys: BTreeSet<_> = old.rows.keys().chain(new.rows.keys()).collect();
    for key in keys {
        let (one, other) = (old.rows.get(key), new.rows.get(key));
        let (change, columns) = match (one, other) {
            (Some(one), Some(other)) => {
                let differ = |column: &&&str| one.get(**column) != other.get(**column);
                let columns: Vec<_> = rule.values.iter().filter(differ).copied().collect();
                if columns.is_empty() {
                    continue;
                }
                ("changed", columns)
            }
            (None, _) => ("added", rule.values.to_vec()),
            (_, None) => ("removed", rule.values.to_vec()),
        };
        let shown = |row: Option<&Row>| row.map(|row| describe(row, &columns));
        let row = other.or(one);
        let note = match (change, &hives) {
            ("removed", _) if !new.is_there => Some("the later package has no such table"),
            ("added", _) if !old.is_there => Some("the earlier package has no such table"),
            ("removed", Some((_, new))) if user(key).is_some_and(|user| !new.contains(user)) => {
                Some("the user's hive was not loaded in the later package: logged off, not removed")
            }
            ("added", Some((old, _))) if user(key).is_some_and(|user| !old.contains(user)) => {
                Some("the user's hive was not loaded in the earlier package")
            }
            _ => None,
        };
        let in_after = change != "removed";
        let clock = if in_after { &after.context().clock } else { &before.context().clock };
        changes.push(Change {
            table: rule.table,
            change,
            key: key.join(" | "),
            columns: if change == "changed" { columns.join(", ") } else { String::new() },
            before: shown(one),
            after: shown(other),
            noise: row.and_then(|row| noise(rule.table, row, clock)),
            note,
        });
    }
    Ok(changes)
}

struct Found {
    rows: BTreeMap<Vec<String>, Row>,
    is_there: bool,
}

fn rows<S: Source>(rule: &Rule, package: &Package<S>) -> Result<(Found, Vec<Issue>), Error> {
    let mut found = Found { rows: BTreeMap::new(), is_there: false };
    let mut bytes = 0;
    let limit = package.context().budgets.table_bytes;
    if !Package::<S>::schemas().any(|schema| schema.name == rule.table) {
        return Ok((found, Vec::new()));
    }
    let mut table = package.stream(rule.table, &mut |batch: RecordBatch| {
        found.is_there = true;
        let view = View(&batch);
        for row in 0..batch.num_rows() {
            if bytes > limit {
                break;
            }
            let value = |column: &str| {
                let shown = view.shown(column, row).unwrap_or_default();
                if rule.table == "services" && column == "name" {
                    stable_name(&shown)
                } else {
                    shown
                }
            };
            let key: Vec<_> = rule.keys.iter().map(|column| value(column)).collect();
            let all = rule.keys.iter().chain(rule.values).chain(rule.hints);
            let own: Row =
                all.map(|column| (*column, view.shown(column, row).unwrap_or_default())).collect();
            bytes += key.iter().map(|part| part.len() as u64).sum::<u64>() + 200;
            // Several rows of one key (triggers of a task) are one thing with several values.
            match found.rows.entry(key) {
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(own);
                }
                std::collections::btree_map::Entry::Occupied(mut place) => {
                    for (column, value) in own {
                        let before = place.get_mut().entry(column).or_default();
                        let is_known = before.lines().any(|line| line == value);
                        if !is_known && before.len() < LONGEST {
                            *before = format!("{before}\n{value}");
                        }
                    }
                }
            }
        }
        Ok(())
    })?;
    if bytes > limit {
        table.issues.push(Issue {
            kind: IssueKind::OverBudget,
            member: None,
            line: None,
            message: format!("the table `{}` has more rows than its budget allows", rule.table),
        });
    }
    Ok((found, table.issues))
}

fn describe(row: &Row, columns: &[&'static str]) -> String {
    let values = columns.iter().filter_map(|column| {
        let value = row.get(column).filter(|value| !value.is_empty())?;
        Some(format!("{column}={value}"))
    });
    values.collect::<Vec<_>>().join("\n")
}

/// The SIDs of users that keys have.
fn users(found: &Found) -> BTreeSet<String> {
    found.rows.keys().filter_map(|key| user(key)).map(str::to_owned).collect()
}

fn user(key: &[String]) -> Option<&str> {
    key.iter().find_map(|part| part.strip_prefix("HKEY_USERS\\")?.split('\\').next())
}

/// Bytes of the values of one thing after which no further one is added.
const LONGEST: usize = 64 << 10;
