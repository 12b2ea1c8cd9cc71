use std::io::{self, Write};

use arrow_array::{
    Array, ArrayRef, RecordBatch,
    cast::AsArray,
    types::{Int64Type, TimestampMicrosecondType},
};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use crate::{Error, safe::for_json};

/// Writes batches as one JSON object per line; nulls are written, so that every line has every key.
pub(super) struct Writer<W> {
    pub(super) out: W,
    line: Vec<u8>,
}

impl<W: Write> Writer<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out, line: Vec::new() }
    }

    pub(super) fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        let schema = batch.schema();
        let keys: Vec<_> = schema.fields().iter().map(|field| quoted(field.name())).collect();
        for row in 0..batch.num_rows() {
            self.line.clear();
            for (index, (key, column)) in keys.iter().zip(batch.columns()).enumerate() {
                self.line.push(if index == 0 { b'{' } else { b',' });
                self.line.extend_from_slice(key.as_bytes());
                self.line.push(b':');
                value(column, row, &mut self.line);
            }
            self.line.extend_from_slice(b"}\n");
            self.out.write_all(&self.line).map_err(Error::Write)?;
        }
        Ok(())
    }
}

/// Writes a value as JSON that is safe to be seen as it stands. Fails as the output does.
pub(super) fn write(out: &mut dyn Write, value: &impl Serialize) -> io::Result<()> {
    let mut serializer = Serializer::with_formatter(out, Safe);
    value.serialize(&mut serializer).map_err(io::Error::from)
}

/// Compact JSON.
struct Safe;

impl Formatter for Safe {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + Write,
    {
        writer.write_all(for_json(fragment).as_bytes())
    }
}

/// A text as JSON has it.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn value(column: &ArrayRef, row: usize, line: &mut Vec<u8>) {
    if !column.is_valid(row) {
        line.extend_from_slice(b"null");
    } else if let Some(texts) = column.as_string_opt::<i32>() {
        // Writing to a vector does not fail.
        let _ = write(line, &texts.value(row));
    } else if let Some(numbers) = column.as_primitive_opt::<Int64Type>() {
        let _ = write!(line, "{}", numbers.value(row));
    } else if let Some(truths) = column.as_boolean_opt() {
        let _ = write!(line, "{}", truths.value(row));
    } else if let Some(times) = column.as_primitive_opt::<TimestampMicrosecondType>() {
        match crate::clock::iso(times.value(row)) {
            Some(time) => {
                let _ = write!(line, "\"{time}\"");
            }
            None => line.extend_from_slice(b"null"),
        }
    } else {
        line.extend_from_slice(b"null");
    }
}
