use std::io::Write;

use arrow_array::{
    Array, ArrayRef, RecordBatch,
    cast::AsArray,
    types::{Int64Type, TimestampMicrosecondType},
};
use arrow_schema::Schema;

use crate::{Error, safe::for_spreadsheet};

/// Writes batches as CSV by RFC 4180, with a header.
pub(super) struct Writer<W> {
    pub(super) out: W,
    line: String,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(schema: &Schema, mut out: W) -> Result<Self, Error> {
        let names: Vec<_> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        out.write_all((names.join(",") + "\r\n").as_bytes()).map_err(Error::Write)?;
        Ok(Self { out, line: String::new() })
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        for row in 0..batch.num_rows() {
            self.line.clear();
            for (index, column) in batch.columns().iter().enumerate() {
                if index > 0 {
                    self.line.push(',');
                }
                cell(column, row, &mut self.line);
            }
            self.line.push_str("\r\n");
            self.out.write_all(self.line.as_bytes()).map_err(Error::Write)?;
        }
        Ok(())
    }
}

fn cell(column: &ArrayRef, row: usize, line: &mut String) {
    if !column.is_valid(row) {
        return;
    }
    if let Some(texts) = column.as_string_opt::<i32>() {
        text(&for_spreadsheet(texts.value(row)), line);
    } else if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
        line.push_str(&numbers.value(row).to_string());
    } else if let Some(truths) = column.as_boolean_opt() {
        line.push_str(if truths.value(row) { "true" } else { "false" });
    } else if let Some(times) = column.as_primitive_opt::<TimestampMicrosecondType>() {
        line.push_str(&crate::clock::iso(times.value(row)).unwrap_or_default());
    }
}

/// An empty text is quoted, so that it is not taken for a null; what separates cells in any language is too.
fn text(text: &str, line: &mut String) {
    if !text.is_empty() && !text.contains(['"', ',', ';', '\t', '|', '\r', '\n']) {
        line.push_str(text);
        return;
    }
    line.push('"');
    for (index, part) in text.split('"').enumerate() {
        if index > 0 {
            line.push_str("\"\"");
        }
        line.push_str(part);
    }
    line.push('"');
}
