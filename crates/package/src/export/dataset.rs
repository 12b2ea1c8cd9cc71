//! The tables of packages as files, wherever these are kept.

use std::collections::BTreeMap;
use std::io::Write;

use arrow_array::RecordBatch;
use serde_json::{Map, Value, json};

use super::{Format, Redaction, TableWriter, write_ocsf, write_timesketch};
use crate::{Error, Package, Report, Source, TableSchema};

/// A format of files for the tables of packages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TableFormat {
    /// One file for each table.
    Each(Format),
    /// OCSF 1.5 Live Evidence Info: one JSON object per line, all in one file.
    Ocsf,
    /// The timeline as Timesketch takes it: one JSON object per line.
    Timesketch,
}

impl TableFormat {
    /// The format of this name: `arrow`, `csv`, `ndjson`, `ocsf`, `parquet` or `timesketch`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
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

    /// What the file is called that rows of this table go to; none where the format has no place for them.
    fn file(self, table: &TableSchema) -> Option<String> {
        match self {
            Self::Each(format) => Some(format!("{}.{}", table.name, format.extension())),
            Self::Ocsf => Some("evidence.ocsf.ndjson".to_owned()),
            Self::Timesketch if table.name == "timeline" => Some("timeline.jsonl".to_owned()),
            Self::Timesketch => None,
        }
    }
}

/// Where the files of a [`Dataset`] are kept.
pub trait FileStore {
    /// What a file is written to.
    type Out: Write + Send;

    /// Begins a file. Fails with [`Error::Write`].
    fn begin(&mut self, name: &str) -> Result<Self::Out, Error>;

    /// Ends a file, of which all is written. Fails with [`Error::Write`].
    fn end(&mut self, name: &str, out: Self::Out) -> Result<(), Error>;

    /// Hears which files a dataset has, once all are ended but its record: others of an earlier one go. Fails with
    /// [`Error::Write`].
    fn keep(&mut self, names: &[String]) -> Result<(), Error>;
}

/// The tables of packages as files, one for each table, with the rows of all packages, and a record of what was read,
/// [`RECORD`]. A table without rows is a file too, with its columns.
#[derive(Debug)]
pub struct Dataset<F: FileStore> {
    store: F,
    format: TableFormat,
    /// Begun first: the record of an earlier dataset is no more to be lost than its tables.
    record: Option<F::Out>,
    /// What was read of each package, with all names.
    packages: Vec<Value>,
    writers: BTreeMap<String, Writer<F::Out>>,
    /// Where names are replaced: one for all packages, so that no two devices get the same name.
    redaction: Option<Redaction>,
    /// Whether all names were learned before the first row.
    is_taught: bool,
}

#[derive(Debug)]
enum Writer<W: Write + Send> {
    Lines(W),
    Table(Box<TableWriter<W>>),
}

impl<F: FileStore> Dataset<F> {
    /// Files of this format, of which there is none yet.
    ///
    /// With `redacts` names of users and hosts, and addresses, are replaced by names that stand for them, the same in
    /// all packages and in the record.
    pub fn new(store: F, format: TableFormat, redacts: bool) -> Self {
        Self {
            store,
            format,
            record: None,
            packages: Vec::new(),
            writers: BTreeMap::new(),
            redaction: redacts.then(Redaction::default),
            is_taught: false,
        }
    }

    /// Learns the names that a package knows of, where names are replaced, so that they are in the rows of all packages.
    /// Where several are added, all are learned from before the first is added.
    ///
    /// Fails with [`Error::ReadFailed`].
    pub fn learn<S: Source>(&mut self, package: &Package<S>) -> Result<(), Error> {
        self.is_taught = true;
        self.redaction.as_mut().map_or(Ok(()), |redaction| redaction.learn(package))
    }

    /// Adds the rows of a package: those of these tables, or of all where none is named.
    ///
    /// Where names are replaced and none were [learned](Self::learn) before, those of this package are first, which
    /// reach no row that was added earlier. Fails with [`Error::UnknownTable`], with [`Error::ReadFailed`], and with
    /// [`Error::Write`].
    pub fn add<S: Source>(
        &mut self,
        package: &Package<S>,
        tables: &[&str],
    ) -> Result<Report, Error> {
        for name in tables {
            crate::package::schema(name)?;
        }
        if self.record.is_none() {
            self.record = Some(self.store.begin(RECORD)?);
        }
        if let Some(redaction) = self.redaction.as_mut().filter(|_| !self.is_taught) {
            redaction.learn(package)?;
        }
        let collected = package.collection().started_ms;
        // A table without rows is a file with its columns, which is what reads a dataset expects.
        for schema in Package::<S>::schemas() {
            if tables.is_empty() || tables.contains(&schema.name) {
                self.writer(schema)?;
            }
        }
        let mut sink = |table: &'static TableSchema, batch| {
            let batch = match &mut self.redaction {
                Some(redaction) => redaction.apply(&batch)?,
                None => batch,
            };
            self.write(table, &batch, collected)
        };
        let report = match tables {
            [] => package.read_all(&mut sink),
            names => package.read_some(names, &mut sink),
        }?;
        self.packages.push(package.document(&report));
        Ok(report)
    }

    /// Adds fields to what the record says of the package that was added last.
    pub fn remark(&mut self, fields: Map<String, Value>) {
        if let Some(document) = self.packages.last_mut().and_then(Value::as_object_mut) {
            document.extend(fields);
        }
    }

    /// Adds to the record what there is to say of a package that could not be read.
    pub fn tell(&mut self, document: Value) {
        self.packages.push(document);
    }

    /// Ends the files and the record, and gives the record: `version`, `files`, `packages` (each a
    /// [document](Package::document)), `redacted`, `doubtful`, and the fields of `more`, which are taken as they are.
    ///
    /// Fails with [`Error::Write`].
    pub fn finish(self, more: Map<String, Value>) -> Result<Value, Error> {
        let Self { mut store, record, mut packages, writers, mut redaction, .. } = self;
        let mut record = match record {
            Some(record) => record,
            None => store.begin(RECORD)?,
        };
        let mut names = Vec::new();
        for (name, writer) in writers {
            let mut out = match writer {
                Writer::Lines(out) => out,
                Writer::Table(writer) => writer.finish()?,
            };
            out.flush().map_err(Error::Write)?;
            store.end(&name, out)?;
            names.push(name);
        }
        store.keep(&names)?;
        if let Some(redaction) = &mut redaction {
            for document in &mut packages {
                redaction.document(document);
            }
        }
        let doubtful = redaction.iter().flat_map(Redaction::doubtful);
        let doubtful = doubtful.map(|(name, places)| json!({ "name": name, "places": places }));
        let mut told = json!({
            "version": env!("CARGO_PKG_VERSION"),
            "redacted": redaction.is_some(),
            "doubtful": doubtful.collect::<Vec<_>>(),
            "files": names,
            "packages": packages,
        });
        if let Some(fields) = told.as_object_mut() {
            fields.extend(more);
        }
        writeln!(record, "{told:#}").and_then(|()| record.flush()).map_err(Error::Write)?;
        store.end(RECORD, record)?;
        Ok(told)
    }

    fn write(
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

    /// The file of a table, begun if need be; none where the format has no place for it.
    fn writer(&mut self, table: &TableSchema) -> Result<Option<&mut Writer<F::Out>>, Error> {
        let Some(name) = self.format.file(table) else { return Ok(None) };
        if !self.writers.contains_key(&name) {
            let out = self.store.begin(&name)?;
            let writer = match self.format {
                TableFormat::Each(format) => {
                    Writer::Table(Box::new(TableWriter::new(format, table, out)?))
                }
                TableFormat::Ocsf | TableFormat::Timesketch => Writer::Lines(out),
            };
            self.writers.insert(name.clone(), writer);
        }
        Ok(self.writers.get_mut(&name))
    }
}

/// The files that the record of an earlier dataset names and that a dataset may have: nothing else, since anybody may
/// have written it.
#[must_use]
pub fn files_of_record(record: &[u8]) -> Vec<String> {
    let record: Value = serde_json::from_slice(record).unwrap_or_default();
    let files = record.get("files").and_then(Value::as_array);
    let names = files.into_iter().flatten().filter_map(Value::as_str);
    names.filter(|name| is_of_dataset(name)).map(str::to_owned).collect()
}

fn is_of_dataset(name: &str) -> bool {
    let formats = [Format::Arrow, Format::Csv, Format::Ndjson, Format::Parquet];
    let formats = formats.map(TableFormat::Each).into_iter();
    let mut files =
        formats.chain([TableFormat::Ocsf, TableFormat::Timesketch]).flat_map(|format| {
            Package::<Vec<u8>>::schemas().filter_map(move |schema| format.file(schema))
        });
    files.any(|file| file == name)
}

/// What a dataset's record is called: what was read, and which files there are. By it a folder of tables is known, and
/// taken for no evidence.
pub const RECORD: &str = "tables.json";
