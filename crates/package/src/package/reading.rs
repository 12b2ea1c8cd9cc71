//! Reads members into the tables of their artifacts.

use std::{
    collections::BTreeMap,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

use arrow_array::RecordBatch;

use super::{Entry, Package};
use crate::{
    Error, Issue, IssueKind, Source, TableSchema, TextEncoding, Work,
    artifact::{ARTIFACTS, Artifact},
    table::{Counted, Output, Sink, Stop, Tally},
    text::Told,
};

/// The result of reading some tables.
#[derive(Debug, Default)]
pub(crate) struct Ran {
    pub(crate) tallies: BTreeMap<&'static str, Tally>,
    pub(crate) issues: Vec<Issue>,
    pub(crate) decoded: Encodings,
}

/// How the members that were read to their end were decoded, by path.
pub(crate) type Encodings = BTreeMap<String, TextEncoding>;

impl<S: Source> Package<S> {
    /// Reads the artifacts that have any of the `wanted` tables.
    pub(crate) fn run(
        &self,
        wanted: &[&'static TableSchema],
        max_bytes: u64,
        sink: &mut Sink<'_>,
    ) -> Result<Ran, Error> {
        let mut ran = Ran::default();
        for artifact in ARTIFACTS {
            let tables: Vec<_> = artifact
                .tables
                .iter()
                .copied()
                .filter(|table| wanted.iter().any(|wanted| wanted.name == table.name))
                .collect();
            if tables.is_empty() {
                continue;
            }
            let mut counted = self.read(artifact, &tables, max_bytes, &mut ran.decoded, sink)?;
            self.hollow(artifact, &mut counted);
            let mut lacking = self.missing(artifact);
            lacking.extend(self.uncopied(artifact));
            let lacks_members = lacking.iter().any(Issue::hides_rows);
            for (_, tally) in &mut counted.tallies {
                tally.is_cut = tally.is_partial;
                tally.is_partial |= lacks_members;
            }
            counted.issues.extend(lacking);
            if self.is_absent(artifact) {
                counted.tallies.extend(tables.iter().map(|table| (*table, Tally::of_none())));
            }
            let tallies = counted.tallies.into_iter();
            ran.tallies.extend(tallies.map(|(table, tally)| (table.name, tally)));
            ran.issues.extend(counted.issues);
        }
        Ok(ran)
    }

    /// Marks a table without rows as partial, and notes it, if its member is present and no running
    /// host can lack such rows.
    fn hollow(&self, artifact: &Artifact, counted: &mut Counted) {
        // What the reader has said of its members is the better word.
        let is_told = counted.issues.iter().any(Issue::hides_rows);
        let is_hollow = |(table, tally): &&mut (&'static TableSchema, Tally)| {
            NEVER_EMPTY.contains(&table.name) && tally.rows == 0 && !tally.is_partial
        };
        let entry = self.entries.iter().find(|entry| artifact.reads(&entry.key, entry.origin));
        for (table, tally) in counted.tallies.iter_mut().filter(is_hollow) {
            tally.is_partial = true;
            if !is_told {
                counted.issues.push(Issue {
                    kind: IssueKind::BadFormat,
                    member: entry.map(|entry| entry.path.clone()),
                    line: None,
                    message: format!(
                        "`{}` has no rows, and no running Windows is without: it was cut or emptied",
                        table.name
                    ),
                });
            }
        }
    }

    fn read(
        &self,
        artifact: &Artifact,
        tables: &[&'static TableSchema],
        max_bytes: u64,
        decoded: &mut Encodings,
        sink: &mut Sink<'_>,
    ) -> Result<Counted, Error> {
        let mut entries =
            self.entries.iter().filter(|entry| artifact.reads(&entry.key, entry.origin));
        let mut next = entries.next();
        let Some(first) = next else { return Ok(Counted::default()) };
        let mut forward = |table: &'static TableSchema, batch: RecordBatch| sink(table, batch);
        let tables = tables.iter().copied();
        let mut output = Output::new(&self.context, first, tables, max_bytes, &mut forward);
        while let Some(entry) = next {
            output.enter(entry);
            let told = Rc::default();
            let mut ended = match self.take_up(Work::Read, entry).and_then(|()| self.input(entry)) {
                // A reader that panics is a defect of ours; it must not cost the other members.
                Ok(mut input) => {
                    input.told = Some(Rc::clone(&told));
                    catch_unwind(AssertUnwindSafe(|| (artifact.read)(input, &mut output)))
                        .unwrap_or_else(|_| Err(Stop::Failed(failed_on(entry))))
                }
                Err(error) => Err(Stop::Failed(error)),
            };
            self.put_down();
            if let Some(Told { decoded: how, fault }) = told.take() {
                if let Some((line, odd)) = how.odd() {
                    output.issue(IssueKind::Encoding, line, || odd);
                }
                if how.is_whole {
                    decoded.insert(entry.path.clone(), how.encoding());
                }
                if let Some(fault) = fault.filter(|_| ended.is_ok()) {
                    ended = Err(Stop::Failed(fault));
                }
            }
            match ended {
                Ok(()) => {}
                Err(Stop::Full) => break,
                Err(Stop::Failed(error)) if error.is_of_the_member() => {
                    output.cut();
                    output.issue(IssueKind::of(&error), None, || error.to_string());
                }
                Err(Stop::Failed(error)) => return Err(error),
            }
            next = entries.next();
        }
        output.finish()
    }

    /// Tells the source why a member is read.
    ///
    /// Fails with [`Error::ReaderFailed`] if the reader failed on it before.
    pub(crate) fn take_up(&self, work: Work, entry: &Entry) -> Result<(), Error> {
        let may = self.sources.first().is_none_or(|source| source.take_up(work, &entry.path));
        if may { Ok(()) } else { Err(failed_on(entry)) }
    }

    pub(crate) fn put_down(&self) {
        if let Some(source) = self.sources.first() {
            source.put_down();
        }
    }
}

/// The error for a bug of this crate, which must not affect other members.
fn failed_on(entry: &Entry) -> Error {
    Error::ReaderFailed { name: crate::name::shorten(&entry.path) }
}

/// Tables that have rows on every running Windows.
const NEVER_EMPTY: &[&str] = &[
    "commands",
    "groups",
    "net_sockets",
    "processes",
    "registry_values",
    "scheduled_tasks",
    "security_events",
    "services",
    "system_info",
];
