use std::{collections::BTreeMap, ops::RangeInclusive};

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use super::{
    Cell, ParseStatus, TableSchema,
    writer::{Provenance, Writer},
};
use crate::{
    Error, Issue, IssueKind,
    clock::Clock,
    package::{Context, Entry},
};

/// Receives record batches as they fill up.
pub(crate) type Sink<'a> = dyn FnMut(&'static TableSchema, RecordBatch) -> Result<(), Error> + 'a;

/// Why an artifact is not read to its end.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The budgets of all wanted tables ran out; what was read is kept.
    Full,
    /// The member is damaged, or the caller's source or sink failed.
    Failed(Error),
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Counts for one table.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) rows: u64,
    pub(crate) bytes: u64,
    pub(crate) is_partial: bool,
    /// Whether rows of existing members are missing.
    pub(crate) is_cut: bool,
    /// Whether its budget has run out.
    is_full: bool,
}

impl Tally {
    /// The tally of a table that has none of its members.
    pub(crate) fn of_none() -> Self {
        Self { is_partial: true, ..Self::default() }
    }
}

/// The result of reading an artifact.
#[derive(Debug, Default)]
pub(crate) struct Counted {
    pub(crate) tallies: Vec<(&'static TableSchema, Tally)>,
    pub(crate) issues: Vec<Issue>,
}

/// Receives an artifact's rows and issues.
pub(crate) struct Output<'a> {
    context: &'a Context,
    entry: &'a Entry,
    sha256: Option<String>,
    sink: &'a mut Sink<'a>,
    writers: Vec<(Writer, Tally)>,
    issues: Vec<Issue>,
    counts: BTreeMap<(IssueKind, String), u64>,
    max_rows: u64,
    max_bytes: u64,
    /// How many bytes of rows the members read so far may produce.
    room: u64,
    /// How many bytes members with compressed content of their own may inflate to.
    inflatable: u64,
}

impl<'a> Output<'a> {
    /// An output that keeps the rows of `tables`, up to `max_bytes` each, and drops those of other
    /// tables. The first entry has yet to be [entered](Self::enter).
    pub(crate) fn new(
        context: &'a Context,
        entry: &'a Entry,
        tables: impl IntoIterator<Item = &'static TableSchema>,
        max_bytes: u64,
        sink: &'a mut Sink<'a>,
    ) -> Self {
        Self {
            context,
            entry,
            sha256: None,
            sink,
            writers: tables
                .into_iter()
                .map(|table| (Writer::new(table), Tally::default()))
                .collect(),
            issues: Vec::new(),
            counts: BTreeMap::new(),
            max_rows: context.budgets.table_rows,
            max_bytes,
            room: ROW_ROOM,
            inflatable: context.inflatable,
        }
    }

    /// Rows from here on come from this member.
    pub(crate) fn enter(&mut self, entry: &'a Entry) {
        self.entry = entry;
        let room = entry.size.saturating_mul(self.context.budgets.row_ratio);
        self.room = self.room.saturating_add(room);
        self.sha256 = entry.sha256.map(|sha256| sha256.to_string());
    }

    /// How to interpret the package's local times.
    pub(crate) fn clock(&self) -> &'a Clock {
        &self.context.clock
    }

    /// Whether no command of the collection queried a registry key.
    pub(crate) fn is_strange(&self, key: &str) -> bool {
        self.context.collected.queried.is_strange(key)
    }

    /// Which of the named lines of `systeminfo` are times.
    pub(crate) fn host_times(&self) -> &'a RangeInclusive<u32> {
        &self.context.host_times
    }

    /// Whether rows of this table are wanted.
    pub(crate) fn wants(&self, table: &TableSchema) -> bool {
        self.writers.iter().any(|(writer, _)| writer.table.name == table.name)
    }

    /// Whether the budget of a table ran out, so that rows are dropped.
    fn is_full(&self, table: &TableSchema) -> bool {
        let mut own = self.writers.iter().filter(|(writer, _)| writer.table.name == table.name);
        own.any(|(_, tally)| self.has_no_room(tally))
    }

    fn has_no_room(&self, tally: &Tally) -> bool {
        tally.rows >= self.max_rows || tally.bytes >= self.max_bytes.min(self.room)
    }

    /// Whether content that the member itself compresses may inflate this far. If so, it counts
    /// towards the package's inflated bytes.
    pub(crate) fn may_inflate(&mut self, compressed: u64, inflated: u64) -> bool {
        if inflated > compressed.saturating_mul(self.context.budgets.ratio) {
            return false;
        }
        let left = self.inflatable.checked_sub(inflated);
        self.inflatable = left.unwrap_or(self.inflatable);
        left.is_some()
    }

    /// Adds a row. `line` is a line number counted from 1, or a record number; `cells` are in the
    /// order of the table's columns.
    ///
    /// Fails with [`Stop::Full`] once the budgets of all wanted tables ran out.
    pub(crate) fn row(
        &mut self,
        table: &'static TableSchema,
        line: impl Into<Option<u64>>,
        status: ParseStatus,
        raw: &str,
        cells: &[Cell<'_>],
    ) -> Result<(), Stop> {
        let is_full = self.is_full(table);
        let found = self.writers.iter_mut().find(|(writer, _)| writer.table.name == table.name);
        let Some((writer, tally)) = found else { return Ok(()) };
        if is_full {
            tally.is_partial = true;
            let is_first = !std::mem::replace(&mut tally.is_full, true);
            let is_full = self.writers.iter().all(|(_, tally)| tally.is_full);
            if is_first {
                self.issue(IssueKind::OverBudget, None, || {
                    format!("the table `{}` has more rows than its budget allows", table.name)
                });
            }
            return if is_full { Err(Stop::Full) } else { Ok(()) };
        }
        let provenance = Provenance {
            package_id: &self.context.package_id,
            device: self.context.device.as_deref(),
            member: &self.entry.path,
            member_sha256: self.sha256.as_deref(),
            line: line.into(),
            parse_status: status.as_str(),
            // What is not text has no raw text.
            raw: Some(raw).filter(|raw| !raw.is_empty()),
        };
        tally.bytes += writer.push(&provenance, cells) as u64;
        tally.rows += 1;
        if writer.is_due()
            && let Some(batch) = writer.batch().map_err(|error| impossible(&error))?
        {
            (self.sink)(table, batch)?;
        }
        Ok(())
    }

    /// Adds rows for the items of one record, counted from 1. Adds none if the table is not wanted,
    /// and stops at the first one refused.
    ///
    /// Fails like `add`.
    pub(crate) fn each<T>(
        &mut self,
        table: &TableSchema,
        listed: &[T],
        add: &mut dyn FnMut(&mut Self, u64, &T) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let count = if self.wants(table) { listed.len() } else { 0 };
        for (line, own) in (1..).zip(listed).take(count) {
            let is_full = self.is_full(table);
            add(self, line, own)?;
            if is_full {
                break;
            }
        }
        Ok(())
    }

    /// Notes an issue about the current member; a limited number of each kind is kept.
    pub(crate) fn issue(
        &mut self,
        kind: IssueKind,
        line: impl Into<Option<u64>>,
        message: impl FnOnce() -> String,
    ) {
        let count = self.counts.entry((kind, self.entry.path.clone())).or_default();
        *count += 1;
        let kept = u64::from(self.context.budgets.findings_per_kind.max(1));
        // However many there are, the first of each kind in each member is told.
        if *count == 1 || (*count <= kept && self.issues.len() < MOST_ISSUES) {
            let member = Some(self.entry.path.clone());
            self.issues.push(Issue { kind, member, line: line.into(), message: message() });
        }
    }

    /// Notes that the member lacks the header of `rows`, of which every running Windows has some:
    /// its lines cannot be read, or it was emptied if it has none.
    pub(crate) fn headless(&mut self, rows: &str, has_lines: bool) {
        self.cut();
        self.issue(IssueKind::BadFormat, None, || {
            if has_lines {
                format!("it has no header of {rows}")
            } else {
                format!("it is empty, and no running Windows has no {rows}")
            }
        });
    }

    /// Marks one table as partial, because rows of it had to be left out.
    pub(crate) fn cut_table(&mut self, table: &TableSchema) {
        for (writer, tally) in &mut self.writers {
            tally.is_partial |= writer.table.name == table.name;
        }
    }

    /// Marks every table as partial, because rows of the member could not be read.
    pub(crate) fn cut(&mut self) {
        for (_, tally) in &mut self.writers {
            tally.is_partial = true;
        }
    }

    /// Outputs the last batches, and returns the counts and issues.
    pub(crate) fn finish(mut self) -> Result<Counted, Error> {
        let mut tallies = Vec::new();
        for (mut writer, tally) in self.writers {
            if let Some(batch) = writer.batch().map_err(|error| impossible(&error))? {
                (self.sink)(writer.table, batch)?;
            }
            tallies.push((writer.table, tally));
        }
        let mut told = BTreeMap::<_, u64>::new();
        for issue in &self.issues {
            let member = issue.member.as_deref().unwrap_or_default();
            *told.entry((issue.kind, member)).or_default() += 1;
        }
        let more: Vec<_> = self
            .counts
            .iter()
            .filter_map(|((kind, member), count)| {
                let told = told.get(&(*kind, member.as_str())).copied().unwrap_or_default();
                let more = count.checked_sub(told).filter(|more| *more > 0)?;
                let message = format!("{more} more of the kind `{}`", kind.code());
                Some(Issue { kind: *kind, member: Some(member.clone()), line: None, message })
            })
            .collect();
        self.issues.extend(more);
        Ok(Counted { tallies, issues: self.issues })
    }
}

/// The error for a batch that Arrow refuses. It does so only if columns and schema differ, and both
/// come from one list.
pub(super) fn impossible(error: &ArrowError) -> Error {
    Error::Unreadable { name: "table".to_owned(), reason: error.to_string() }
}

/// The number of issues of one artifact kept with their text, besides the first of each kind in
/// each member.
const MOST_ISSUES: usize = 10_000;
/// The bytes of rows that are always allowed, whatever they are read from.
const ROW_ROOM: u64 = 16 << 20;
