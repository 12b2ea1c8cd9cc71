//! Two packages of a device: what was added, removed and changed between them, the agent's own noise
//! marked.

mod known;
mod noise;
mod rules;

use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;
use serde::Serialize;

use crate::{
    Column, Error, Issue, IssueKind, Package, ParseStatus, Source, Table, TableSchema,
    artifact::ARTIFACTS,
    table::{Cell, Origin, Rows, View, arrow_schema},
};

use known::{Known, template};
use noise::{Side, noise};
use rules::{NOT_COMPARED, RULES, Rule, Scope};

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
    /// What to keep in mind: one of the packages could not see the thing, so it may be neither added nor removed.
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
    /// How many differences there are without what is noise.
    pub differences: usize,
    /// How many differences are noise: the agent's own doing, or what changes by itself.
    pub noise: usize,
    /// Every difference, noise included, table by table.
    pub changes: Vec<Change>,
    /// What could not be compared, or not in full: what seems added or removed there may be neither.
    pub not_compared: Vec<NotCompared>,
}

/// Something of one package that could not be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct NotCompared {
    /// Of which package: `before`, `after` or `both`.
    pub side: &'static str,
    /// The member, as the column `member` names it; none where it is the package.
    pub member: Option<String>,
    /// Why, in one line of safe text.
    pub why: String,
    /// Whether it is never compared, whatever the packages have, such as events.
    pub is_by_design: bool,
}

impl NotCompared {
    fn of(side: &'static str, why: String) -> Self {
        Self { side, member: None, why, is_by_design: false }
    }
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
    /// Whether something could not be compared that could be, had the packages had it whole.
    #[must_use]
    pub fn needs_a_look(&self) -> bool {
        self.not_compared.iter().any(|own| !own.is_by_design)
    }

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
    let mut not_compared = Vec::new();
    note(&mut not_compared, "before", before.issues());
    note(&mut not_compared, "after", after.issues());
    let mut comparing =
        Comparing { before, after, known: [Known::of(before)?, Known::of(after)?], not_compared };
    let mut changes = Vec::new();
    for rule in RULES {
        changes.extend(comparing.differences(rule)?);
    }
    let mut not_compared = comparing.not_compared;
    not_compared.extend(NOT_COMPARED.iter().map(|(table, why)| NotCompared {
        is_by_design: true,
        ..NotCompared::of("both", format!("`{table}`: {why}"))
    }));
    let devices = before.device().zip(after.device());
    let noise = changes.iter().filter(|change| change.noise.is_some()).count();
    Ok(Comparison {
        before: before.id().to_owned(),
        after: after.id().to_owned(),
        was_turned,
        is_same_device: devices.map(|(one, other)| one.eq_ignore_ascii_case(other)),
        differences: changes.len() - noise,
        noise,
        changes,
        not_compared,
    })
}

/// Notes the issues that hide rows, each once.
fn note(noted: &mut Vec<NotCompared>, side: &'static str, issues: &[Issue]) {
    for issue in issues.iter().filter(|issue| issue.hides_rows()) {
        let own = NotCompared {
            member: issue.member.clone(),
            ..NotCompared::of(side, issue.message.clone())
        };
        if !noted.contains(&own) {
            noted.push(own);
        }
    }
}

/// A row: its values by column, and how often the same key was seen.
type Row = BTreeMap<&'static str, String>;

struct Comparing<'a, S> {
    before: &'a Package<S>,
    after: &'a Package<S>,
    known: [Known; 2],
    not_compared: Vec<NotCompared>,
}

impl<S: Source> Comparing<'_, S> {
    fn differences(&mut self, rule: &'static Rule) -> Result<Vec<Change>, Error> {
        let [was, is] = &self.known;
        let (old, issues) = rows(rule, self.before, was)?;
        note(&mut self.not_compared, "before", &issues);
        let (new, issues) = rows(rule, self.after, is)?;
        note(&mut self.not_compared, "after", &issues);
        let there = [self.before, self.after].map(|package| has_member(package, rule.table));
        if there != [true, true] {
            let why = |count: usize| {
                format!(
                    "`{}`: no member has it, so that {count} rows were not compared",
                    rule.table
                )
            };
            self.not_compared.push(match there {
                [false, true] => NotCompared::of("before", why(new.len())),
                [true, false] => NotCompared::of("after", why(old.len())),
                _ => NotCompared::of("both", format!("`{}`: no member has it", rule.table)),
            });
            return Ok(Vec::new());
        }
        let mut changes = Vec::new();
        let mut unseen = BTreeMap::<_, usize>::new();
        let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
        for key in keys {
            let (one, other) = (old.get(key), new.get(key));
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
            let not_seen = match change {
                "removed" => {
                    one.and_then(|row| not_seen(rule.scope, row, is)).map(|own| ("after", own))
                }
                "added" => {
                    other.and_then(|row| not_seen(rule.scope, row, was)).map(|own| ("before", own))
                }
                _ => None,
            };
            let note = not_seen.map(|(side, (what, why))| {
                *unseen.entry((side, what, why)).or_default() += 1;
                why
            });
            let (before, after) = (Side { row: one, known: was }, Side { row: other, known: is });
            changes.push(Change {
                table: rule.table,
                change,
                key: key.join(" | "),
                columns: if change == "changed" { columns.join(", ") } else { String::new() },
                before: shown(one),
                after: shown(other),
                noise: noise(rule.table, change, &columns, before, after),
                note,
            });
        }
        let unseen = unseen.into_iter().map(|((side, what, why), count)| {
            let what = crate::name::safe(&what, 200);
            NotCompared::of(side, format!("`{}`: {count} rows of {what}: {why}", rule.table))
        });
        self.not_compared.extend(unseen);
        Ok(changes)
    }
}

/// Whether a package has a member that a table is read from, whether there is anything in it or not.
fn has_member<S: Source>(package: &Package<S>, table: &str) -> bool {
    let artifact = ARTIFACTS.iter().find(|own| own.tables.iter().any(|own| own.name == table));
    artifact.is_some_and(|own| {
        package.entries().iter().any(|entry| own.reads(&entry.key, entry.origin))
    })
}

/// What a package could not see of where a row comes from, and why: that it has no such row says nothing.
fn not_seen(scope: Scope, row: &Row, known: &Known) -> Option<(String, &'static str)> {
    let value = |column: &str| row.get(column).map(String::as_str).unwrap_or_default();
    let hive = |sid: &str| {
        let is_lost = !sid.is_empty() && !known.hives.contains(sid);
        is_lost.then(|| (sid.to_owned(), "the user was logged off and the hive not loaded"))
    };
    match scope {
        Scope::Whole => None,
        Scope::Hive => {
            hive(value("key").strip_prefix("HKEY_USERS\\")?.split('\\').next().unwrap_or_default())
        }
        Scope::Program => hive(value("user_sid")).or_else(|| {
            let member = value("member").lines().next()?;
            let is_lost = !known.files.contains(crate::package::Key::of(member).file());
            is_lost.then(|| (member.to_owned(), "the package has no such member"))
        }),
        Scope::Profile => {
            let is_lost = !known.profiles.contains(value("user"));
            is_lost
                .then(|| (value("user").to_owned(), "the user's temporary files were not listed"))
        }
    }
}

type Found = BTreeMap<Vec<String>, Row>;

fn rows<S: Source>(
    rule: &Rule,
    package: &Package<S>,
    known: &Known,
) -> Result<(Found, Vec<Issue>), Error> {
    let mut found = Found::new();
    let mut bytes = 0;
    let limit = package.context().budgets.table_bytes;
    let mut table = package.stream(rule.table, &mut |batch: RecordBatch| {
        let view = View(&batch);
        for row in 0..batch.num_rows() {
            if bytes > limit {
                break;
            }
            let suffix = if rule.table == "services" {
                view.text("name", row).and_then(|name| session_suffix(name, known))
            } else {
                None
            };
            let value = |column: &str| {
                let shown = view.shown(column, row).unwrap_or_default();
                match suffix.and_then(|suffix| shown.strip_suffix(suffix)) {
                    Some(stable) => format!("{stable}_*"),
                    None => shown,
                }
            };
            let key: Vec<_> = rule.keys.iter().map(|column| value(column)).collect();
            let values = rule.values.iter().map(|column| (*column, value(column)));
            // Noise is told by what stands there.
            let others = rule.keys.iter().chain(rule.hints);
            let others =
                others.map(|column| (*column, view.shown(column, row).unwrap_or_default()));
            let own: Row = others.chain(values).collect();
            bytes += key.iter().map(|part| part.len() as u64).sum::<u64>() + 200;
            // Several rows of one key (triggers of a task) are one thing with several values.
            match found.entry(key) {
                std::collections::btree_map::Entry::Vacant(place) => {
                    place.insert(own);
                }
                std::collections::btree_map::Entry::Occupied(mut place) => {
                    for (column, value) in own {
                        let before = place.get_mut().entry(column).or_default();
                        let is_known = before.split('\n').any(|own| own == value);
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

/// What a service's name ends in that is another for each session.
fn session_suffix<'a>(name: &'a str, known: &Known) -> Option<&'a str> {
    let is_own = known.per_user.contains(&name.to_lowercase());
    name.get(template(name).filter(|_| is_own)?.len()..)
}

/// Bytes of the values of one thing after which no further one is added.
const LONGEST: usize = 64 << 10;
