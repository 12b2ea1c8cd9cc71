//! Tables: their columns, and how rows become Arrow record batches.

mod cell;
mod column;
mod output;
mod rows;
mod view;
mod writer;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;

use crate::Issue;

pub(crate) use cell::Cell;
pub use column::{Column, ColumnKind, TableSchema};
pub(crate) use output::{Counted, Output, Sink, Stop, Tally};
pub(crate) use rows::{Origin, Rows};
pub(crate) use view::View;
pub(crate) use writer::arrow_schema;

/// How far a row can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ParseStatus {
    /// Every value was read as it stands.
    Clean,
    /// The agent's own damage was undone, and the result passed every check.
    Repaired,
    /// Some value could not be read or was cut by a budget; the raw text has what there was.
    Partial,
}

impl ParseStatus {
    /// The value in the column `parse_status`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clean => "clean",
            Self::Repaired => "repaired",
            Self::Partial => "partial",
        }
    }

    /// This status, or [`Partial`](Self::Partial) where something is amiss.
    pub(crate) fn or_partial(self, amiss: bool) -> Self {
        if amiss { Self::Partial } else { self }
    }
}

/// A table of a package, in memory.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Table {
    /// Its columns.
    pub schema: &'static TableSchema,
    /// The same as an Arrow schema.
    pub arrow_schema: SchemaRef,
    /// Its rows, in the order of members and lines.
    pub batches: Vec<RecordBatch>,
    /// What was noticed while reading it.
    pub issues: Vec<Issue>,
    /// Whether rows are missing: a budget ran out, or a member is absent, damaged, emptied or
    /// without its header.
    pub is_partial: bool,
}

impl Table {
    /// The table's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.schema.name
    }

    /// The number of rows.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}
