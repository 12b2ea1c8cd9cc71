use arrow_schema::SchemaRef;

/// The schema of a table.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TableSchema {
    /// The table's name, such as `processes`.
    pub name: &'static str,
    /// What one row stands for.
    pub doc: &'static str,
    /// The table's own columns. In the Arrow schema, provenance columns precede and follow them.
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

    /// All columns as an Arrow schema, including provenance.
    #[must_use]
    pub fn arrow(&self) -> SchemaRef {
        super::arrow_schema(self)
    }
}

/// A column of a table.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// The column's name, in `snake_case`.
    pub name: &'static str,
    /// The type of its values.
    pub kind: ColumnKind,
}

/// The type of a column's values. Every column is nullable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ColumnKind {
    /// Arrow `Boolean`.
    Bool,
    /// Arrow `Int64`.
    Int,
    /// Arrow `Utf8`.
    Text,
    /// Six Arrow columns, prefixed with the column's name: `_utc` (`Timestamp(Microsecond,
    /// "UTC")`), `_raw`, `_tz_source` (`utc`, `inferred_offset`, `unknown`), `_order_source` (how
    /// the order of day and month was determined), `_precision`, and `_dst_uncertain` (whether a
    /// different offset than at the time of collection may have applied).
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
