use arrow_schema::SchemaRef;

/// The columns of one table.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableSchema {
    /// Its name, such as `processes`.
    pub name: &'static str,
    /// What a row of it is, in one line.
    pub doc: &'static str,
    /// Its own columns; those of provenance, which every table has, come before and after.
    pub columns: &'static [Column],
}

impl TableSchema {
    pub(crate) const fn new(
        name: &'static str,
        doc: &'static str,
        columns: &'static [Column],
    ) -> Self {
        Self { name, doc, columns }
    }

    /// All its columns as Arrow has them, those of provenance included.
    #[must_use]
    pub fn arrow(&self) -> SchemaRef {
        super::arrow_schema(self)
    }
}

/// One column of a table.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// Its name, in `snake_case`.
    pub name: &'static str,
    /// What it holds.
    pub kind: ColumnKind,
}

/// What a column holds; every column may hold nulls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Arrow `Boolean`.
    Bool,
    /// Arrow `Int64`.
    Int,
    /// Arrow `Utf8`.
    Text,
    /// Six Arrow columns, named after it: `_utc` (`Timestamp(Microsecond, "UTC")`), `_raw`,
    /// `_tz_source` (`utc`, `inferred_offset`, `unknown`), `_order_source` (how day and month were told
    /// apart), `_precision`, and `_dst_uncertain` (whether another offset than at the time of
    /// collection may have been in force).
    Time,
}

impl Column {
    pub(crate) const fn bool(name: &'static str) -> Self {
        Self { name, kind: ColumnKind::Bool }
    }

    pub(crate) const fn int(name: &'static str) -> Self {
        Self { name, kind: ColumnKind::Int }
    }

    pub(crate) const fn text(name: &'static str) -> Self {
        Self { name, kind: ColumnKind::Text }
    }

    pub(crate) const fn time(name: &'static str) -> Self {
        Self { name, kind: ColumnKind::Time }
    }
}
