use std::sync::Arc;

use arrow_array::{
    ArrayRef, RecordBatch,
    builder::{BooleanBuilder, Int64Builder, StringBuilder, TimestampMicrosecondBuilder},
};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef, TimeUnit};

use super::{Cell, ColumnKind, TableSchema};
use crate::clock::Stamp;

/// Rows of one table that have not yet become a record batch.
pub(super) struct Writer {
    pub(super) table: &'static TableSchema,
    schema: SchemaRef,
    package_id: StringBuilder,
    device: StringBuilder,
    columns: Vec<Builder>,
    member: StringBuilder,
    member_sha256: StringBuilder,
    line: Int64Builder,
    parse_status: StringBuilder,
    raw: StringBuilder,
    rows: usize,
    bytes: usize,
}

/// What every row says of where it comes from.
pub(super) struct Provenance<'a> {
    pub(super) package_id: &'a str,
    pub(super) device: Option<&'a str>,
    pub(super) member: &'a str,
    pub(super) member_sha256: Option<&'a str>,
    pub(super) line: Option<u64>,
    pub(super) parse_status: &'a str,
    pub(super) raw: Option<&'a str>,
}

impl Writer {
    pub(super) fn new(table: &'static TableSchema) -> Self {
        Self {
            table,
            schema: arrow_schema(table),
            package_id: StringBuilder::new(),
            device: StringBuilder::new(),
            columns: table.columns.iter().map(|column| Builder::new(column.kind)).collect(),
            member: StringBuilder::new(),
            member_sha256: StringBuilder::new(),
            line: Int64Builder::new(),
            parse_status: StringBuilder::new(),
            raw: StringBuilder::new(),
            rows: 0,
            bytes: 0,
        }
    }

    /// Adds a row and returns about how many bytes it takes. Cells that are missing are null.
    pub(super) fn push(&mut self, provenance: &Provenance<'_>, cells: &[Cell<'_>]) -> usize {
        debug_assert_eq!(cells.len(), self.columns.len(), "cells of `{}`", self.table.name);
        let mut bytes = ROW_OVERHEAD;
        let mut text = |builder: &mut StringBuilder, text: Option<&str>| {
            bytes += text.map_or(0, str::len);
            builder.append_option(text);
        };
        text(&mut self.package_id, Some(provenance.package_id));
        text(&mut self.device, provenance.device);
        text(&mut self.member, Some(provenance.member));
        text(&mut self.member_sha256, provenance.member_sha256);
        text(&mut self.parse_status, Some(provenance.parse_status));
        text(&mut self.raw, provenance.raw);
        self.line.append_option(provenance.line.and_then(|line| i64::try_from(line).ok()));
        for (index, builder) in self.columns.iter_mut().enumerate() {
            bytes += builder.push(cells.get(index).unwrap_or(&Cell::Null));
        }
        self.rows += 1;
        self.bytes += bytes;
        bytes
    }

    pub(super) fn is_due(&self) -> bool {
        self.rows >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }

    /// The rows since the last batch; `None` where there are none.
    pub(super) fn batch(&mut self) -> Result<Option<RecordBatch>, ArrowError> {
        if self.rows == 0 {
            return Ok(None);
        }
        (self.rows, self.bytes) = (0, 0);
        let mut arrays: Vec<ArrayRef> =
            vec![Arc::new(self.package_id.finish()), Arc::new(self.device.finish())];
        for builder in &mut self.columns {
            builder.finish(&mut arrays);
        }
        arrays.push(Arc::new(self.member.finish()));
        arrays.push(Arc::new(self.member_sha256.finish()));
        arrays.push(Arc::new(self.line.finish()));
        arrays.push(Arc::new(self.parse_status.finish()));
        arrays.push(Arc::new(self.raw.finish()));
        RecordBatch::try_new(Arc::clone(&self.schema), arrays).map(Some)
    }
}

/// The Arrow schema of a table, provenance included.
pub(crate) fn arrow_schema(table: &TableSchema) -> SchemaRef {
    let text = |name: &str| Field::new(name, DataType::Utf8, true);
    let mut fields = vec![Field::new("package_id", DataType::Utf8, false), text("device")];
    for column in table.columns {
        let name = column.name;
        match column.kind {
            ColumnKind::Bool => fields.push(Field::new(name, DataType::Boolean, true)),
            ColumnKind::Int => fields.push(Field::new(name, DataType::Int64, true)),
            ColumnKind::Text => fields.push(text(name)),
            ColumnKind::Time => fields.extend([
                Field::new(
                    format!("{name}_utc"),
                    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())),
                    true,
                ),
                text(&format!("{name}_raw")),
                text(&format!("{name}_tz_source")),
                text(&format!("{name}_order_source")),
                text(&format!("{name}_precision")),
                Field::new(format!("{name}_dst_uncertain"), DataType::Boolean, true),
            ]),
        }
    }
    fields.extend([
        Field::new("member", DataType::Utf8, false),
        text("member_sha256"),
        Field::new("line", DataType::Int64, true),
        Field::new("parse_status", DataType::Utf8, false),
        text("raw"),
    ]);
    Arc::new(Schema::new(fields))
}

enum Builder {
    Bool(BooleanBuilder),
    Int(Int64Builder),
    Text(StringBuilder),
    Time(Box<TimeBuilder>),
}

struct TimeBuilder {
    utc: TimestampMicrosecondBuilder,
    raw: StringBuilder,
    tz_source: StringBuilder,
    order_source: StringBuilder,
    precision: StringBuilder,
    dst_uncertain: BooleanBuilder,
}

impl Builder {
    fn new(kind: ColumnKind) -> Self {
        match kind {
            ColumnKind::Bool => Self::Bool(BooleanBuilder::new()),
            ColumnKind::Int => Self::Int(Int64Builder::new()),
            ColumnKind::Text => Self::Text(StringBuilder::new()),
            ColumnKind::Time => Self::Time(Box::new(TimeBuilder {
                utc: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
                raw: StringBuilder::new(),
                tz_source: StringBuilder::new(),
                order_source: StringBuilder::new(),
                precision: StringBuilder::new(),
                dst_uncertain: BooleanBuilder::new(),
            })),
        }
    }

    fn push(&mut self, cell: &Cell<'_>) -> usize {
        match (self, cell) {
            (Self::Bool(builder), Cell::Bool(value)) => builder.append_value(*value),
            (Self::Int(builder), Cell::Int(value)) => builder.append_value(*value),
            (Self::Text(builder), Cell::Text(text)) => {
                builder.append_value(text);
                return text.len();
            }
            (Self::Time(builder), Cell::Time(stamp)) => return builder.push(stamp),
            (Self::Bool(builder), _) => builder.append_null(),
            (Self::Int(builder), _) => builder.append_null(),
            (Self::Text(builder), _) => builder.append_null(),
            (Self::Time(builder), _) => builder.push_null(),
        }
        8
    }

    fn finish(&mut self, arrays: &mut Vec<ArrayRef>) {
        match self {
            Self::Bool(builder) => arrays.push(Arc::new(builder.finish())),
            Self::Int(builder) => arrays.push(Arc::new(builder.finish())),
            Self::Text(builder) => arrays.push(Arc::new(builder.finish())),
            Self::Time(builder) => {
                arrays.push(Arc::new(builder.utc.finish()));
                arrays.push(Arc::new(builder.raw.finish()));
                arrays.push(Arc::new(builder.tz_source.finish()));
                arrays.push(Arc::new(builder.order_source.finish()));
                arrays.push(Arc::new(builder.precision.finish()));
                arrays.push(Arc::new(builder.dst_uncertain.finish()));
            }
        }
    }
}

impl TimeBuilder {
    fn push(&mut self, stamp: &Stamp<'_>) -> usize {
        self.utc.append_option(stamp.utc);
        self.raw.append_value(stamp.raw);
        self.tz_source.append_value(stamp.tz_source.as_str());
        self.order_source.append_value(stamp.order_source.as_str());
        self.precision.append_value(stamp.precision.as_str());
        self.dst_uncertain.append_value(stamp.dst_uncertain);
        stamp.raw.len() + 40
    }

    fn push_null(&mut self) {
        self.utc.append_null();
        self.raw.append_null();
        self.tz_source.append_null();
        self.order_source.append_null();
        self.precision.append_null();
        self.dst_uncertain.append_null();
    }
}

/// Rows of one record batch, unless it reaches [`BATCH_BYTES`] before.
const BATCH_ROWS: usize = 8_192;
/// Bytes of one record batch, about.
const BATCH_BYTES: usize = 4 << 20;
/// What offsets, bits and numbers of the provenance take in a row, about.
const ROW_OVERHEAD: usize = 40;
