//! Compares two packages of one device: what was added, removed and changed, with the agent's own
//! noise marked.

mod differ;
mod found;
mod known;
mod left_out;
mod noise;
mod paths;
mod rules;
mod services;

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::{
    Column, Error, Issue, IssueKind, Package, ParseStatus, Source, Table, TableSchema,
    artifact::ARTIFACTS,
    report::LOGGED_OFF,
    table::{Cell, Origin, Rows, arrow_schema},
};

use differ::Difference;
use found::{Found, Reading, Row, show};
use known::{Known, hive};
use noise::{Side, noise};
use rules::{RULES, Rule, Scope};

/// One difference between two packages.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The table concerned.
    pub table: &'static str,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
    /// What differs, as the columns that identify it.
    pub key: String,
    /// The columns that changed, separated by commas. `instances` is how often the thing occurs,
    /// `parent` is the name of a process's parent.
    pub columns: String,
    /// The values before, one line for each column that changed or is informative.
    pub before: Option<String>,
    /// The values after.
    pub after: Option<String>,
    /// Why the difference is the agent's own doing or mere passage of time; `None` if it is
    /// neither.
    pub noise: Option<&'static str>,
    /// A caveat: one of the packages could not see the thing, so it may be neither added nor
    /// removed.
    pub note: Option<&'static str>,
}

/// The differences between two packages.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Comparison {
    /// The id of the earlier package.
    pub before: String,
    /// The id of the later package.
    pub after: String,
    /// Whether the packages were passed in reverse order, and were swapped because of their times.
    pub was_turned: bool,
    /// Whether both name the same device; `None` if one of them names none.
    pub is_same_device: Option<bool>,
    /// The number of differences, without noise.
    pub differences: usize,
    /// The number of differences that are noise: the agent's own doing, or what changes by itself.
    pub noise: usize,
    /// All differences including noise, table by table.
    pub changes: Vec<Change>,
    /// What could not be compared, or only in part. Something that seems added or removed there may
    /// be neither.
    pub not_compared: Vec<NotCompared>,
}

/// Part of a package that could not be compared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct NotCompared {
    /// The package concerned: `before`, `after` or `both`.
    pub side: &'static str,
    /// The member, as in the column `member`; `None` if it is the package as a whole.
    pub member: Option<String>,
    /// The reason, as one line of safe text.
    pub why: String,
    /// Whether it is never compared, whatever the packages contain; events, for example.
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
    /// Whether the packages are of different devices, or something that is normally compared could
    /// not be because a package lacks part of it.
    #[must_use]
    pub fn needs_a_look(&self) -> bool {
        self.is_same_device == Some(false) || self.not_compared.iter().any(|own| !own.is_by_design)
    }

    /// The differences as a table. Its provenance columns are those of the later package.
    ///
    /// Fails with [`Error::Unreadable`], which should not happen.
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
            is_partial: self.changes.len() < self.differences + self.noise,
        })
    }
}

/// Compares two packages. The times in their summaries decide which one is the earlier.
///
/// Memory holds one table of each package at a time, and the differences, within the budget
/// `table_bytes`.
///
/// Fails with [`Error::ReadFailed`].
pub fn compare<S: Source>(before: &Package<S>, after: &Package<S>) -> Result<Comparison, Error> {
    let times = (before.context().clock.collected, after.context().clock.collected);
    let was_turned = matches!(times, (Some(before), Some(after)) if before > after);
    let (before, after) = if was_turned { (after, before) } else { (before, after) };
    let share = |package: &Package<S>| package.context().budgets.table_bytes / 8;
    let [was, is] = [Known::of(before, share(before))?, Known::of(after, share(after))?];
    let mut comparing = Comparing {
        before,
        after,
        known: [was, is],
        room: 2 * share(before).min(share(after)),
        unlisted: 0,
        noted: BTreeSet::new(),
        comparison: Comparison {
            before: before.id().to_owned(),
            after: after.id().to_owned(),
            was_turned,
            is_same_device: before
                .device()
                .zip(after.device())
                .map(|(one, other)| one.eq_ignore_ascii_case(other)),
            differences: 0,
            noise: 0,
            changes: Vec::new(),
            not_compared: Vec::new(),
        },
    };
    for (side, package) in [("before", before), ("after", after)] {
        comparing.note(side, package.issues());
    }
    for rule in RULES {
        comparing.table(rule)?;
    }
    Ok(comparing.finish())
}

struct Comparing<'a, S> {
    before: &'a Package<S>,
    after: &'a Package<S>,
    known: [Known; 2],
    /// Bytes that differences may still take.
    room: u64,
    /// Differences that are counted only, for want of room.
    unlisted: usize,
    /// What issues said that could not be compared, so that each is told once.
    noted: BTreeSet<String>,
    comparison: Comparison,
}

impl<S: Source> Comparing<'_, S> {
    fn table(&mut self, rule: &'static Rule) -> Result<(), Error> {
        let packages = [self.before, self.after];
        let is_timed = packages.iter().all(|package| package.context().clock.offset.is_some());
        let by_session = self.known.iter().all(|known| known.has_registry);
        let found = |package: &Package<S>, known| {
            let limit = package.context().budgets.table_bytes / 4;
            Found::of(rule, package, Reading { known, is_timed, by_session, limit })
        };
        let [was, is] = &self.known;
        let (old, new) = (found(self.before, was)?, found(self.after, is)?);
        let there = packages.map(|package| has_member(package, rule.table));
        for ((side, found), is_there) in [("before", &old), ("after", &new)].into_iter().zip(there)
        {
            // That no member has it is told below.
            let is_told = |issue: &&Issue| is_there || issue.kind != IssueKind::MissingMember;
            let issues: Vec<_> = found.issues.iter().filter(is_told).cloned().collect();
            self.note(side, &issues);
        }
        if there != [true, true] {
            let why = |found: &Found| {
                let count = found.things.values().map(found::Thing::count).sum::<usize>();
                format!(
                    "`{}`: no member has it, so that {count} rows were not compared",
                    rule.table
                )
            };
            self.comparison.not_compared.push(match there {
                [false, true] => NotCompared::of("before", why(&new)),
                [true, false] => NotCompared::of("after", why(&old)),
                _ => NotCompared::of("both", format!("`{}`: no member has it", rule.table)),
            });
            return Ok(());
        }
        for (side, own, other) in [("before", &old, &new), ("after", &new, &old)] {
            self.in_doubt(rule, side, own, other);
        }
        let mut unseen = BTreeMap::<_, usize>::new();
        let keys: BTreeSet<_> = old.things.keys().chain(new.things.keys()).collect();
        for key in keys {
            let (one, other) = (old.things.get(key), new.things.get(key));
            let difference = Difference::of(rule, one, other);
            if let Some(difference) = difference.filter(|own| !own.is_told_by_values(rule)) {
                self.tell(rule, show(rule, key), difference, &mut unseen);
            }
        }
        let unseen = unseen.into_iter().map(|((side, what, why), count)| {
            let what = crate::name::safe(&what, 200);
            NotCompared::of(side, format!("`{}`: {count} rows of {what}: {why}", rule.table))
        });
        self.comparison.not_compared.extend(unseen);
        Ok(())
    }

    /// Notes the rows that could be read in part only, unless the other package has them with the same text.
    fn in_doubt(&mut self, rule: &Rule, side: &'static str, own: &Found, other: &Found) {
        let packages = [self.before, self.after];
        let limits = packages.map(|package| package.context().budgets.line_bytes);
        let count = own.in_doubt(other, limits[0].min(limits[1]));
        if count > 0 {
            let why = format!(
                "`{}`: {} could be read in part only, and was compared by what was read",
                rule.table,
                if count == 1 { "1 row".to_owned() } else { format!("each of {count} rows") },
            );
            self.comparison.not_compared.push(NotCompared::of(side, why));
        }
    }

    /// Tells one difference, where the package that lacks the thing could have seen it.
    fn tell(
        &mut self,
        rule: &Rule,
        key: String,
        difference: Difference,
        unseen: &mut BTreeMap<(&'static str, String, &'static str), usize>,
    ) {
        let [was, is] = &self.known;
        let [one, other] = &difference.rows;
        let change = difference.change;
        let not_seen = |side, row: &Option<Row>, own, known| {
            let (what, why) = not_seen(rule, Side { row: row.as_ref(), known: own }, known)?;
            Some((side, what, why))
        };
        let not_seen = match change {
            "removed" => not_seen("after", one, was, is),
            "added" => not_seen("before", other, is, was),
            _ => None,
        };
        let note = not_seen.map(|(side, what, why)| {
            *unseen.entry((side, what, why)).or_default() += 1;
            why
        });
        let sides = [(one, was), (other, is)].map(|(row, known)| Side { row: row.as_ref(), known });
        let [before, after] = sides;
        let noise = noise(rule.table, change, &difference.columns, before, after).or_else(|| {
            let is_by_itself = was.is_restarted(is) && difference.is_started_again();
            is_by_itself.then_some(noise::STARTED_AGAIN)
        });
        *if noise.is_some() {
            &mut self.comparison.noise
        } else {
            &mut self.comparison.differences
        } += 1;
        let [before, after] = difference.texts;
        let columns =
            if change == "changed" { difference.columns.join(", ") } else { String::new() };
        let texts = [Some(&key), Some(&columns), before.as_ref(), after.as_ref()];
        let bytes = texts.into_iter().flatten().map(String::len).sum::<usize>() as u64 + 200;
        match self.room.checked_sub(bytes) {
            None => self.unlisted += 1,
            Some(room) => {
                self.room = room;
                self.comparison.changes.push(Change {
                    table: rule.table,
                    change,
                    key,
                    columns,
                    before,
                    after,
                    noise,
                    note,
                });
            }
        }
    }

    /// Notes the issues that hide rows, each once.
    fn note(&mut self, side: &'static str, issues: &[Issue]) {
        for issue in issues.iter().filter(|issue| issue.hides_rows()) {
            let member = issue.member.as_deref().unwrap_or_default();
            if self.noted.insert(format!("{side}\0{member}\0{}", issue.message)) {
                self.comparison.not_compared.push(NotCompared {
                    member: issue.member.clone(),
                    ..NotCompared::of(side, issue.message.clone())
                });
            }
        }
    }

    fn finish(mut self) -> Comparison {
        let not_compared = &mut self.comparison.not_compared;
        if self.unlisted > 0 {
            let why = format!(
                "{} more differences are counted and not listed, since they go past the budget",
                self.unlisted
            );
            not_compared.push(NotCompared::of("both", why));
        }
        for (side, known) in ["before", "after"].into_iter().zip(&self.known) {
            if known.is_cut {
                let why = "what tells the agent's own doing, and users who are logged off, is more than the budget \
                           allows: what is told of that may be wrong";
                not_compared.push(NotCompared::of(side, why.to_owned()));
            }
        }
        let tables = left_out::TABLES.iter().map(|(table, why)| format!("`{table}`: {why}"));
        let columns = left_out::COLUMNS.iter().map(|(table, columns, why)| {
            let columns: Vec<_> = columns.iter().map(|column| format!("`{column}`")).collect();
            format!("{} of `{table}`: {why}", columns.join(", "))
        });
        not_compared.extend(
            tables
                .chain(columns)
                .map(|why| NotCompared { is_by_design: true, ..NotCompared::of("both", why) }),
        );
        self.comparison
    }
}

/// Whether a package has a member that a table is read from, whether there is anything in it or not.
fn has_member<S: Source>(package: &Package<S>, table: &str) -> bool {
    let artifact = ARTIFACTS.iter().find(|own| own.tables.iter().any(|own| own.name == table));
    artifact.is_some_and(|own| {
        package.entries().iter().any(|entry| own.reads(&entry.key, entry.origin))
    })
}

/// What a package could not see of where a row of the other comes from, and why: that it has no such row says nothing.
fn not_seen(rule: &Rule, own: Side<'_>, known: &Known) -> Option<(String, &'static str)> {
    let row = own.row?;
    let value = |column: &str| {
        row.get(column).and_then(|values| values.first()).map(String::as_str).unwrap_or_default()
    };
    match rule.scope {
        Scope::Whole => None,
        Scope::Hive => {
            let key = value("key");
            let root = hive(key).or_else(|| key.split('\\').next()).unwrap_or_default();
            let is_unasked = !key.is_empty() && !known.has_asked_for(key);
            is_unasked
                .then(|| (root.to_owned(), "the key was not asked for"))
                .or_else(|| hive(key).and_then(|hive| logged_off(hive, known)))
        }
        Scope::Program => {
            let member = value("member");
            let is_lost = !known.files.contains(crate::package::Key::of(member).file());
            is_lost
                .then(|| (member.to_owned(), "the package has no such member"))
                .or_else(|| logged_off(value("user_sid"), known))
        }
        Scope::Profile => {
            let is_lost = !known.profiles.contains(value("user"));
            is_lost
                .then(|| (value("user").to_owned(), "the user's temporary files were not listed"))
        }
        Scope::Window => {
            let why = own.known.too_old(rule.table, row, known)?;
            Some(("prefetch files".to_owned(), why))
        }
    }
}

fn logged_off(hive: &str, known: &Known) -> Option<(String, &'static str)> {
    let is_lost = !hive.is_empty() && !known.hives.contains(hive);
    is_lost.then(|| (hive.to_owned(), LOGGED_OFF))
}
