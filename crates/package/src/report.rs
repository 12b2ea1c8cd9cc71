//! The result of reading a whole package: row counts, coverage and issues.

mod collection;
mod coverage;
mod reconcile;
mod tables;
mod timeline;
mod watch;

use arrow_array::RecordBatch;
use serde::{Serialize, Serializer};

use crate::{
    Error, Issue, IssueKind, Package, Source, TableSchema,
    artifact::{ARTIFACTS, Artifact},
    package::Encodings,
    table::Sink,
};

pub use coverage::{Coverage, CoverageStatus};
pub(crate) use coverage::{LOGGED_OFF, Queried, artifact_of, is_of, kind, window, written};
pub(crate) use tables::DERIVED;
pub use timeline::timeline_lines;

use timeline::Timeline;
use watch::Watch;

/// The result of reading a whole package.
#[derive(Clone, Debug)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(as = "Flat<'static>"))]
#[non_exhaustive]
pub struct Report {
    /// The row counts of all tables, including empty ones.
    pub tables: Vec<TableCount>,
    /// What the package has and what it lacks: for each artifact, for each command in the agent's
    /// summary, and for what is never collected.
    pub coverage: Vec<Coverage>,
    /// What a responder should know before trusting the package.
    pub issues: Vec<Issue>,
    /// Whether every byte of the zip was checked and is right; always true for a folder.
    is_verified: bool,
}

/// The row counts of one table.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct TableCount {
    /// The table's name.
    pub table: &'static str,
    /// The number of rows.
    pub rows: u64,
    /// How many of them were read after undoing the agent's damage.
    pub repaired: u64,
    /// How many of them were only partly read.
    pub partial: u64,
    /// Whether rows are missing: a budget ran out, or a member is absent, damaged, emptied or
    /// without its header.
    pub is_partial: bool,
}

impl TableCount {
    fn none(table: &'static str) -> Self {
        Self { table, rows: 0, repaired: 0, partial: 0, is_partial: false }
    }
}

impl Report {
    /// Whether evidence is missing or in doubt for a reason that somebody should look at. It is
    /// part of the serialized report too.
    #[must_use]
    pub fn needs_a_look(&self) -> bool {
        !self.is_verified
            || self.issues.iter().any(|issue| issue.kind.needs_a_look())
            || self.coverage.iter().any(|own| own.status == CoverageStatus::Missing)
            || self.tables.iter().any(|table| table.is_partial || table.partial > 0)
    }
}

/// The JSON form of a report.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
struct Flat<'a> {
    /// The row counts of all tables, including empty ones.
    tables: &'a [TableCount],
    /// What the package has and what it lacks: for each artifact, for each command in the agent's
    /// summary, and for what is never collected.
    coverage: &'a [Coverage],
    /// What a responder should know before trusting the package.
    issues: &'a [Issue],
    /// Whether evidence is missing or in doubt for a reason that somebody should look at.
    needs_a_look: bool,
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { tables, coverage, issues, .. } = self;
        Flat { tables, coverage, issues, needs_a_look: self.needs_a_look() }.serialize(serializer)
    }
}

impl<S: Source> Package<S> {
    /// Reads every table once, passes each batch to `sink`, and cross-checks what can be counted
    /// twice.
    ///
    /// The derived tables (`collection`, `members`, `timeline`, `coverage`, `issues`) come last.
    /// Memory is bounded by the batches, by `timeline_bytes`, and by about 64 MiB for the
    /// cross-checks.
    ///
    /// Fails with [`Error::ReadFailed`], or with the error that `sink` returns.
    pub fn read_all(
        &self,
        sink: &mut dyn FnMut(&'static TableSchema, RecordBatch) -> Result<(), Error>,
    ) -> Result<Report, Error> {
        let all: Vec<_> = Self::schemas().collect();
        self.read_wanted(&all, true, true, sink)
    }

    /// Like [`read_all`](Self::read_all), for the tables of these names only.
    ///
    /// The report covers only these tables and has no coverage, which needs all of them. If one of
    /// them is a derived table, all tables are read and reported, but only the named ones are
    /// passed to `sink`.
    ///
    /// Fails like [`read_all`](Self::read_all), or with [`Error::UnknownTable`].
    pub fn read_some(
        &self,
        names: &[&str],
        sink: &mut dyn FnMut(&'static TableSchema, RecordBatch) -> Result<(), Error>,
    ) -> Result<Report, Error> {
        let schemas = names.iter().map(|name| crate::package::schema(name));
        let wanted = schemas.collect::<Result<Vec<_>, _>>()?;
        // What is made of others needs them.
        if wanted.iter().any(|table| DERIVED.iter().any(|derived| derived.name == table.name)) {
            let has = |name: &str| wanted.iter().any(|table| table.name == name);
            let all: Vec<_> = Self::schemas().collect();
            let is_kept = has("timeline");
            return self.read_wanted(
                &all,
                is_kept,
                is_kept || has("issues"),
                &mut |table, batch| {
                    if has(table.name) { sink(table, batch) } else { Ok(()) }
                },
            );
        }
        self.read_wanted(&wanted, false, false, sink)
    }

    /// Reads every table, keeps none, and returns the report.
    ///
    /// Fails with [`Error::ReadFailed`].
    pub fn report(&self) -> Result<Report, Error> {
        let all: Vec<_> = Self::schemas().collect();
        self.read_wanted(&all, false, true, &mut |_, _| Ok(()))
    }

    /// Reads tables. `tells_untimed` says whether the issues list rows without a time, which
    /// matters only to readers of the timeline or of everything.
    fn read_wanted(
        &self,
        wanted: &[&'static TableSchema],
        keeps_timeline: bool,
        tells_untimed: bool,
        sink: &mut Sink<'_>,
    ) -> Result<Report, Error> {
        let is_all = Self::schemas().all(|schema| wanted.iter().any(|own| own.name == schema.name));
        let timeline = Timeline::new(self.context().budgets.timeline_bytes, keeps_timeline);
        let (watch, mut noted) = self.watch(wanted, timeline, sink)?;
        let mut issues = self.issues().to_vec();
        issues.append(&mut noted);
        self.reconcile(wanted, &watch, &mut issues)?;
        let is_cut = watch.timeline.is_cut();
        if is_cut {
            issues.push(Issue::of_package(
                IssueKind::OverBudget,
                "the timeline has more events than its budget allows".to_owned(),
            ));
        }
        let untimed = watch.timeline.untimed();
        let is_untimed = !untimed.is_empty();
        issues.extend(untimed.into_iter().filter(|_| tells_untimed));
        let mut tables: Vec<_> = wanted
            .iter()
            .map(|table| {
                watch.counts.get(table.name).cloned().unwrap_or(TableCount::none(table.name))
            })
            .collect();
        let coverage = if is_all { self.coverage(&watch) } else { Vec::new() };
        let mut report = Report {
            tables: tables.clone(),
            coverage,
            issues,
            is_verified: self.inventory().is_verified(),
        };
        let lacks_events = is_untimed
            || tables.iter().any(|count| count.is_partial && timeline::has_events(count.table));
        for schema in DERIVED.iter().filter(|_| is_all) {
            let batches = self.derive(schema, &report, &watch)?;
            let rows = batches.iter().map(|batch| batch.num_rows() as u64).sum();
            if let Some(count) = tables.iter_mut().find(|count| count.table == schema.name) {
                let is_timeline = schema.name == "timeline";
                count.rows = if is_timeline { watch.timeline.count } else { rows };
                count.is_partial = is_timeline && (is_cut || lacks_events);
            }
            for batch in batches {
                sink(schema, batch)?;
            }
        }
        report.tables = tables;
        Ok(report)
    }

    fn watch(
        &self,
        wanted: &[&'static TableSchema],
        timeline: Timeline,
        sink: &mut Sink<'_>,
    ) -> Result<(Watch, Vec<Issue>), Error> {
        let mut watch = Watch::new(timeline);
        let mut forward = |table: &'static TableSchema, batch: RecordBatch| {
            watch.see(table, &batch);
            sink(table, batch)
        };
        let ran = self.run(wanted, u64::MAX, &mut forward)?;
        for (table, tally) in ran.tallies {
            watch.count(table).is_partial |= tally.is_partial;
            watch.cut.extend(tally.is_cut.then_some(table));
        }
        watch.decoded = ran.decoded;
        Ok((watch, ran.issues))
    }

    /// One of the derived tables.
    pub(crate) fn derived(
        &self,
        schema: &'static TableSchema,
    ) -> Result<(Vec<RecordBatch>, Vec<Issue>, bool), Error> {
        // The members are known without reading any table.
        if schema.name == "members" {
            return Ok((self.members(&Encodings::new())?, Vec::new(), false));
        }
        let mut batches = Vec::new();
        let report = self.read_some(&[schema.name], &mut |_, batch| {
            batches.push(batch);
            Ok(())
        })?;
        let (issues, is_partial) = self.of_derived(schema.name, &report);
        Ok((batches, issues, is_partial))
    }

    /// The part of a report that concerns one derived table: the issues that hide rows of it, and
    /// whether it is partial.
    #[must_use]
    pub fn of_derived(&self, table: &str, report: &Report) -> (Vec<Issue>, bool) {
        // The members are known without reading any table.
        if table == "members" {
            return (Vec::new(), false);
        }
        let is_partial = report.tables.iter().any(|count| count.table == table && count.is_partial);
        // What has no events is not missed among them.
        let has_none = |own: &&Artifact| {
            table == "timeline" && !own.tables.iter().any(|own| timeline::has_events(own.name))
        };
        let beside = self.all_missing(ARTIFACTS.iter().filter(has_none));
        let hides = |issue: &&Issue| {
            let is_beside = issue.kind == IssueKind::Untimed && table != "timeline";
            issue.hides_rows() && !is_beside && !beside.contains(&issue.message)
        };
        (report.issues.iter().filter(hides).cloned().collect(), is_partial)
    }
}
