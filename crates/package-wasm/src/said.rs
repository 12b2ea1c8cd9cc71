//! What is said of tables, comparisons and failures.

use mde_forensics_package::{Comparison, Issue, NotCompared, Table, TableSchema};
use serde::Serialize;

/// What a table is.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS), ts(rename = "TableSchema"))]
pub(crate) struct SchemaSaid {
    /// Its name, such as `processes`.
    name: &'static str,
    /// What a row of it is, in one line.
    doc: &'static str,
    /// The names of its columns, those of provenance included.
    columns: Vec<String>,
}

impl SchemaSaid {
    pub(crate) fn of(schema: &TableSchema) -> Self {
        let columns = schema.arrow().fields().iter().map(|field| field.name().clone()).collect();
        Self { name: schema.name, doc: schema.doc, columns }
    }
}

/// What is said of a table that was read.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub(crate) struct TableSaid<'a> {
    #[serde(flatten)]
    schema: SchemaSaid,
    /// How many rows it has.
    rows: usize,
    /// Whether rows are missing: a budget ran out, or a member is not there, damaged, emptied, or without its header.
    partial: bool,
    /// What was remarkable while it was read.
    issues: &'a [Issue],
}

impl<'a> TableSaid<'a> {
    pub(crate) fn of(table: &'a Table) -> Self {
        Self {
            schema: SchemaSaid::of(table.schema),
            rows: table.rows(),
            partial: table.is_partial,
            issues: &table.issues,
        }
    }
}

/// The differences between two packages, which are a table.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub(crate) struct ComparisonSaid<'a> {
    /// The id of the earlier package.
    before: &'a str,
    /// The id of the later one.
    after: &'a str,
    /// Whether the packages were given in the other order, and were turned round by their times.
    was_turned: bool,
    /// Whether both name the same device; null where one of them names none.
    is_same_device: Option<bool>,
    /// How many differences there are without what is noise.
    differences: usize,
    /// How many differences are noise: the agent's own doing, or what changes by itself.
    noise: usize,
    /// What is said of the table of every difference, noise included.
    changes: TableSaid<'a>,
    /// What could not be compared, or not in full: what seems added or removed there may be neither.
    not_compared: &'a [NotCompared],
}

impl<'a> ComparisonSaid<'a> {
    pub(crate) fn of(comparison: &'a Comparison, changes: &'a Table) -> Self {
        Self {
            before: &comparison.before,
            after: &comparison.after,
            was_turned: comparison.was_turned,
            is_same_device: comparison.is_same_device,
            differences: comparison.differences,
            noise: comparison.noise,
            changes: TableSaid::of(changes),
            not_compared: &comparison.not_compared,
        }
    }
}

/// Why something could not be done.
#[derive(Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
pub(crate) struct Refusal<'a> {
    /// What it is, by a name that is the same in Rust, Python and JavaScript.
    pub(crate) code: &'a str,
    /// What happened, whose fault it was, and what to do about it.
    pub(crate) message: &'a str,
    /// What to do about it, where it is of the package reader.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "typescript", ts(optional))]
    pub(crate) hint: Option<&'a str>,
}
