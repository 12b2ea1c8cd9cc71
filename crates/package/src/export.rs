//! Writes tables to files: Arrow IPC, Parquet, NDJSON, CSV, OCSF and Timesketch.

mod csv;
mod dataset;
mod json;
mod ocsf;
mod redact;
mod timesketch;

use std::io::Write;

use arrow_array::RecordBatch;
use arrow_ipc::writer::StreamWriter;
use parquet::{
    arrow::ArrowWriter,
    basic::Compression,
    file::properties::{WriterProperties, WriterVersion},
};

use crate::{Error, TableSchema, table::arrow_schema};

pub(crate) use dataset::is_of_dataset;
pub use dataset::{Dataset, FileStore, RECORD, TableFormat, files_of_record, unfinished_record};
pub use ocsf::write_ocsf;
pub use redact::Redaction;
pub use timesketch::write_timesketch;

/// A file format for tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Format {
    /// Arrow IPC stream.
    Arrow,
    /// CSV (RFC 4180) in UTF-8. Text that a spreadsheet would take for a formula is prefixed with
    /// an apostrophe.
    Csv,
    /// One JSON object per line.
    Ndjson,
    /// Apache Parquet, compressed with Snappy.
    Parquet,
}

impl Format {
    /// The file name extension, without the dot.
    #[must_use]
    pub fn extension(self) -> &'static str {
        match self {
            Self::Arrow => "arrows",
            Self::Csv => "csv",
            Self::Ndjson => "ndjson",
            Self::Parquet => "parquet",
        }
    }
}

/// Writes one table in one format, batch by batch.
pub struct TableWriter<W: Write + Send> {
    inner: Inner<W>,
}

enum Inner<W: Write + Send> {
    Arrow(Box<StreamWriter<W>>),
    Csv(csv::Writer<W>),
    Ndjson(json::Writer<W>),
    Parquet(Box<ArrowWriter<W>>),
}

impl<W: Write + Send> TableWriter<W> {
    /// Starts a table.
    ///
    /// Fails with [`Error::Write`].
    pub fn new(format: Format, table: &TableSchema, out: W) -> Result<Self, Error> {
        let schema = arrow_schema(table);
        let inner = match format {
            Format::Arrow => {
                Inner::Arrow(Box::new(StreamWriter::try_new(out, &schema).map_err(failed)?))
            }
            Format::Csv => Inner::Csv(csv::Writer::new(&schema, out)?),
            Format::Ndjson => Inner::Ndjson(json::Writer::new(out)),
            Format::Parquet => {
                // A row group is held in memory until it is whole.
                let properties = WriterProperties::builder()
                    .set_compression(Compression::SNAPPY)
                    .set_writer_version(WriterVersion::PARQUET_1_0)
                    .set_max_row_group_row_count(Some(ROW_GROUP))
                    .build();
                let writer = ArrowWriter::try_new(out, schema, Some(properties)).map_err(failed)?;
                Inner::Parquet(Box::new(writer))
            }
        };
        Ok(Self { inner })
    }

    /// Writes one batch.
    ///
    /// Fails with [`Error::Write`].
    pub fn write(&mut self, batch: &RecordBatch) -> Result<(), Error> {
        match &mut self.inner {
            Inner::Arrow(writer) => writer.write(batch).map_err(failed),
            Inner::Csv(writer) => writer.write(batch),
            Inner::Ndjson(writer) => writer.write(batch),
            Inner::Parquet(writer) => {
                writer.write(batch).map_err(failed)?;
                if writer.in_progress_size() > ROW_GROUP_BYTES {
                    writer.flush().map_err(failed)?;
                }
                Ok(())
            }
        }
    }

    /// Finishes the table and returns the output.
    ///
    /// Fails with [`Error::Write`].
    pub fn finish(self) -> Result<W, Error> {
        match self.inner {
            Inner::Arrow(mut writer) => {
                writer.finish().map_err(failed)?;
                (*writer).into_inner().map_err(failed)
            }
            Inner::Csv(writer) => Ok(writer.out),
            Inner::Ndjson(writer) => Ok(writer.out),
            Inner::Parquet(writer) => (*writer).into_inner().map_err(failed),
        }
    }
}

impl<W: Write + Send> std::fmt::Debug for TableWriter<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TableWriter").finish_non_exhaustive()
    }
}

/// What an Arrow or Parquet writer fails with is what its output fails with.
fn failed(error: impl std::error::Error + Send + Sync + 'static) -> Error {
    Error::Write(std::io::Error::other(error))
}

/// Rows of one row group of Parquet.
const ROW_GROUP: usize = 128 << 10;
/// Bytes of one row group that is not whole, about.
const ROW_GROUP_BYTES: usize = 16 << 20;
