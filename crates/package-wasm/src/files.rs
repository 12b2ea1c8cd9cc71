//! Tables as files, which go to a desk.

use std::collections::BTreeMap;
use std::io::Write;

use mde_forensics_package::arrow_array::RecordBatch;
use mde_forensics_package::{
    Error, Format, TableSchema, TableWriter, write_ocsf, write_timesketch,
};

use crate::desk::{Desk, Out};

/// A format of files for the tables of a package.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableFormat {
    Each(Format),
    Ocsf,
    Timesketch,
}

impl TableFormat {
    pub(crate) fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "arrow" => Self::Each(Format::Arrow),
            "csv" => Self::Each(Format::Csv),
            "ndjson" => Self::Each(Format::Ndjson),
            "ocsf" => Self::Ocsf,
            "parquet" => Self::Each(Format::Parquet),
            "timesketch" => Self::Timesketch,
            _ => return None,
        })
    }
}

/// The files that are written, as the command names them.
pub(crate) struct Files<'a> {
    desk: &'a Desk,
    format: TableFormat,
    writers: BTreeMap<String, Writer>,
}

enum Writer {
    Lines(Out),
    Table(Box<TableWriter<Out>>),
}

impl<'a> Files<'a> {
    pub(crate) fn new(desk: &'a Desk, format: TableFormat) -> Self {
        Self { desk, format, writers: BTreeMap::new() }
    }

    /// Adds rows; `collected` is when, in milliseconds since 1970 UTC.
    pub(crate) fn write(
        &mut self,
        table: &'static TableSchema,
        batch: &RecordBatch,
        collected: Option<i64>,
    ) -> Result<(), Error> {
        let format = self.format;
        match self.writer(table)? {
            Some(Writer::Table(writer)) => writer.write(batch),
            Some(Writer::Lines(out)) if format == TableFormat::Ocsf => {
                write_ocsf(table, batch, collected, out)
            }
            Some(Writer::Lines(out)) => write_timesketch(batch, out),
            None => Ok(()),
        }
    }

    /// Begins the file of a table, which is there also where no row comes.
    pub(crate) fn begin(&mut self, table: &'static TableSchema) -> Result<(), Error> {
        self.writer(table).map(|_| ())
    }

    fn writer(&mut self, table: &'static TableSchema) -> Result<Option<&mut Writer>, Error> {
        let name = match self.format {
            TableFormat::Timesketch if table.name != "timeline" => return Ok(None),
            TableFormat::Timesketch => "timeline.jsonl".to_owned(),
            TableFormat::Ocsf => "evidence.ocsf.ndjson".to_owned(),
            TableFormat::Each(format) => format!("{}.{}", table.name, format.extension()),
        };
        if !self.writers.contains_key(&name) {
            let out = Out::new(self.desk, &name);
            let writer = match self.format {
                TableFormat::Each(format) => {
                    Writer::Table(Box::new(TableWriter::new(format, table, out)?))
                }
                _ => Writer::Lines(out),
            };
            self.writers.insert(name.clone(), writer);
        }
        Ok(self.writers.get_mut(&name))
    }

    /// Ends the files.
    pub(crate) fn finish(self) -> Result<(), Error> {
        for writer in self.writers.into_values() {
            let mut out = match writer {
                Writer::Lines(out) => out,
                Writer::Table(writer) => writer.finish()?,
            };
            out.flush().map_err(Error::Write)?;
        }
        Ok(())
    }
}
