//! Tables: what columns they have, and how their rows become Arrow record batches.

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
    /// The agent's own damage was undone, and the result passed every test.
    Repaired,
    /// Some value could not be read, or a budget cut it; the raw text has what there was.
    Partial,
}

impl ParseStatus {
    /// Its name as the column `parse_status` has it.
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

/// One table of a package, in memory.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Table {
    /// What columns it has.
    pub schema: &'static TableSchema,
    /// The same as Arrow has it.
    pub arrow_schema: SchemaRef,
    /// Its rows, in the order of members and lines.
    pub batches: Vec<RecordBatch>,
    /// What was remarkable while it was read.
    pub issues: Vec<Issue>,
    /// Whether rows are missing: a budget ran out, or a member is not there, damaged, emptied, or without its header.
    pub is_partial: bool,
}

impl Table {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.schema.name
    }

    /// How many rows it has.
    #[must_use]
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}
