//! Writes the tables of several packages to files, wherever those are stored.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use arrow_array::RecordBatch;
use serde_json::{Map, Value, json};

use super::{Format, Redaction, TableWriter, ocsf, write_ocsf, write_timesketch};
use crate::{Error, Package, Report, Source, TableSchema, safe::for_json};

/// A file format for the tables of packages.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum TableFormat {
    /// One file per table.
    Each(Format),
    /// OCSF 1.5 Live Evidence Info: one JSON object per line, all in one file.
    Ocsf,
    /// The timeline for Timesketch: one JSON object per line.
    Timesketch,
}

impl TableFormat {
    /// The format with this name: `arrow`, `csv`, `ndjson`, `ocsf`, `parquet` or `timesketch`.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        FORMATS.iter().find(|(own, _)| *own == name).map(|(_, format)| *format)
    }

    /// Checks that tables with these names exist, and that the format can hold each of them.
    ///
    /// Fails with [`Error::UnknownTable`] or [`Error::NoPlace`].
    pub fn check(self, tables: &[&str]) -> Result<(), Error> {
        for name in tables {
            let table = crate::package::schema(name)?;
            if self.file(table).is_none() {
                let has_place = |format: &TableFormat| format.file(table).is_some();
                let others = FORMATS.iter().filter(|(_, format)| has_place(format));
                let others: Vec<_> = others.map(|(name, _)| format!("`{name}`")).collect();
                let format = FORMATS.iter().find(|(_, format)| *format == self);
                return Err(Error::NoPlace {
                    table: table.name,
                    format: format.map_or("", |(name, _)| name),
                    others: others.join(", "),
                });
            }
        }
        Ok(())
    }

    /// What the file is called that rows of this table go to; none where the format has no place for them.
    fn file(self, table: &TableSchema) -> Option<String> {
        match self {
            Self::Each(format) => Some(format!("{}.{}", table.name, format.extension())),
            Self::Ocsf if ocsf::has(table.name) => Some("evidence.ocsf.ndjson".to_owned()),
            Self::Timesketch if table.name == "timeline" => Some("timeline.jsonl".to_owned()),
            Self::Ocsf | Self::Timesketch => None,
        }
    }
}

const FORMATS: [(&str, TableFormat); 6] = [
    ("arrow", TableFormat::Each(Format::Arrow)),
    ("csv", TableFormat::Each(Format::Csv)),
    ("ndjson", TableFormat::Each(Format::Ndjson)),
    ("ocsf", TableFormat::Ocsf),
    ("parquet", TableFormat::Each(Format::Parquet)),
    ("timesketch", TableFormat::Timesketch),
];

/// Where a [`Dataset`] stores its files.
pub trait FileStore {
    /// What a file is written to.
    type Out: Write + Send;

    /// Starts a file. Fails with [`Error::Write`].
    fn begin(&mut self, name: &str) -> Result<Self::Out, Error>;

    /// Finishes a file after its last byte was written. Fails with [`Error::Write`].
    fn end(&mut self, name: &str, out: Self::Out) -> Result<(), Error>;

    /// Called with the names of all files once every file except the record is finished. It should
    /// remove whatever an earlier dataset left besides them.
    ///
    /// Fails with [`Error::Write`].
    fn keep(&mut self, names: &[String]) -> Result<(), Error>;
}

/// The tables of packages as files: one file per table with the rows of all packages, and a record
/// of what was read, [`RECORD`].
///
/// A table without rows gets a file too, with its columns.
#[derive(Debug)]
pub struct Dataset<F: FileStore> {
    store: F,
    format: TableFormat,
    /// Begun first: the record of an earlier dataset is no more to be lost than its tables.
    record: Option<F::Out>,
    /// What was read of each package, with all names.
    packages: Vec<Value>,
    /// Which package each collection was read from first.
    first_of: BTreeMap<String, String>,
    writers: BTreeMap<String, Writer<F::Out>>,
    /// Tables with rows that the format has no place for.
    not_written: BTreeSet<&'static str>,
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
    /// Creates a dataset in this format. No file is started yet.
    ///
    /// With `redacts`, names of users and hosts, and addresses, are replaced by stand-ins that are
    /// the same in all packages and in the record.
    pub fn new(store: F, format: TableFormat, redacts: bool) -> Self {
        Self {
            store,
            format,
            record: None,
            packages: Vec::new(),
            first_of: BTreeMap::new(),
            writers: BTreeMap::new(),
            not_written: BTreeSet::new(),
            redaction: redacts.then(Redaction::default),
            is_taught: false,
        }
    }

    /// Learns the names in a package, if names are replaced, so that they are replaced in the rows
    /// of all packages. With several packages, learn from all of them before adding the first.
    ///
    /// Fails with [`Error::ReadFailed`], or with [`Error::TooManyNames`] if some would not be
    /// replaced.
    pub fn learn<S: Source>(&mut self, package: &Package<S>) -> Result<(), Error> {
        self.is_taught = true;
        self.redaction.as_mut().map_or(Ok(()), |redaction| redaction.learn(package))
    }

    /// Adds the rows of a package: those of the named tables, or of all if `tables` is empty. The
    /// record identifies the package by `path`, and notes in `same_as` if its collection was added
    /// before.
    ///
    /// If names are replaced but none were [learned](Self::learn), the names in this package are
    /// learned first; rows that were added earlier are not affected.
    ///
    /// Fails with [`Error::UnknownTable`] or [`Error::NoPlace`] before anything is written, and
    /// with [`Error::ReadFailed`], [`Error::TooManyNames`] or [`Error::Write`].
    pub fn add<S: Source>(
        &mut self,
        package: &Package<S>,
        path: Option<&str>,
        tables: &[&str],
    ) -> Result<Report, Error> {
        self.format.check(tables)?;
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
        let mut remarks = Map::new();
        if let Some(path) = path {
            remarks.insert("path".to_owned(), path.into());
        }
        let id = package.id();
        if let Some(first) = self.first_of.get(id) {
            remarks.insert("same_as".to_owned(), first.clone().into());
        }
        self.first_of.entry(id.to_owned()).or_insert_with(|| path.unwrap_or(id).to_owned());
        self.remark(remarks);
        Ok(report)
    }

    /// Adds fields to the record's entry for the package that was added last.
    pub fn remark(&mut self, fields: Map<String, Value>) {
        if let Some(document) = self.packages.last_mut().and_then(Value::as_object_mut) {
            document.extend(fields);
        }
    }

    /// Adds an entry for a package that could not be read to the record.
    pub fn tell(&mut self, document: Value) {
        self.packages.push(document);
    }

    /// Finishes the files and the record, and returns the record.
    ///
    /// The record has `version`, `files`, `packages` (each a [document](Package::document)),
    /// `not_written` (tables with rows that the format cannot hold), `redacted`, `doubtful`, and
    /// the fields of `more`, which are added unchanged.
    ///
    /// Fails with [`Error::Write`].
    pub fn finish(self, more: Map<String, Value>) -> Result<Value, Error> {
        let Self { mut store, record, mut packages, writers, mut redaction, not_written, .. } =
            self;
        let mut record = match record {
            Some(record) => record,
            None => store.begin(RECORD)?,
        };
        let mut written = Vec::new();
        for (name, writer) in writers {
            let mut out = match writer {
                Writer::Lines(out) => out,
                Writer::Table(writer) => writer.finish()?,
            };
            out.flush().map_err(Error::Write)?;
            written.push((name, out));
        }
        // Files of an earlier dataset are replaced only once all new ones are written.
        let mut names = Vec::new();
        for (name, out) in written {
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
            "not_written": not_written,
            "packages": packages,
        });
        if let Some(fields) = told.as_object_mut() {
            fields.extend(more);
        }
        let text = format!("{told:#}");
        writeln!(record, "{}", for_json(&text))
            .and_then(|()| record.flush())
            .map_err(Error::Write)?;
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
            None => {
                self.not_written.insert(table.name);
                Ok(())
            }
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

/// The text of the record while files of an earlier dataset are being replaced. It describes no
/// package, and names all files that may exist, so that the next run can replace them.
#[must_use]
pub fn unfinished_record<'a>(files: impl IntoIterator<Item = &'a String>) -> String {
    let files: Vec<_> = files.into_iter().collect();
    format!("{:#}\n", json!({ "unfinished": true, "files": files }))
}

/// The files that an earlier dataset's record names and that a dataset may have. Other names are
/// ignored, because anybody may have written the record.
#[must_use]
pub fn files_of_record(record: &[u8]) -> Vec<String> {
    let record: Value = serde_json::from_slice(record).unwrap_or_default();
    let files = record.get("files").and_then(Value::as_array);
    let names = files.into_iter().flatten().filter_map(Value::as_str);
    names.filter(|name| is_of_dataset(name)).map(str::to_owned).collect()
}

/// Whether a file of a dataset may have this name.
pub(crate) fn is_of_dataset(name: &str) -> bool {
    let mut files = FORMATS.iter().flat_map(|(_, format)| {
        Package::<Vec<u8>>::schemas().filter_map(|schema| format.file(schema))
    });
    files.any(|file| file == name)
}

/// The file name of a dataset's record, which lists what was read and the files. Its presence marks
/// a folder as exported tables, which are not evidence.
pub const RECORD: &str = "tables.json";

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, io, rc::Rc};

    use super::*;
    use crate::{Budgets, FolderFile};

    /// Files in memory.
    #[derive(Clone, Default)]
    struct Kept(Rc<RefCell<BTreeMap<String, Option<Vec<u8>>>>>);

    impl FileStore for Kept {
        type Out = Vec<u8>;

        fn begin(&mut self, name: &str) -> Result<Vec<u8>, Error> {
            self.0.borrow_mut().insert(name.to_owned(), None);
            Ok(Vec::new())
        }

        fn end(&mut self, name: &str, out: Vec<u8>) -> Result<(), Error> {
            self.0.borrow_mut().insert(name.to_owned(), Some(out));
            Ok(())
        }

        fn keep(&mut self, _: &[String]) -> Result<(), Error> {
            Ok(())
        }
    }

    /// A disk that is full once a table with this name is to be written.
    struct Full(Rc<RefCell<Vec<String>>>);

    struct Out(bool);

    impl Write for Out {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            if self.0 { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
        }
    }

    impl FileStore for Full {
        type Out = Out;

        fn begin(&mut self, name: &str) -> Result<Out, Error> {
            Ok(Out(name == "services.csv"))
        }

        fn end(&mut self, name: &str, _: Out) -> Result<(), Error> {
            self.0.borrow_mut().push(name.to_owned());
            Ok(())
        }

        fn keep(&mut self, _: &[String]) -> Result<(), Error> {
            Ok(())
        }
    }

    #[test]
    fn no_file_ends_before_all_are_written() {
        let ended = Rc::default();
        let mut files =
            Dataset::new(Full(Rc::clone(&ended)), TableFormat::Each(Format::Csv), false);
        files.add(&package(), None, &["arp", "services"]).unwrap();
        assert!(files.finish(Map::new()).is_err());
        assert!(ended.borrow().is_empty(), "{ended:?}");
    }

    fn package() -> Package<Vec<u8>> {
        let arp = b"  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n".to_vec();
        let files = vec![FolderFile::new("Network Connections/Arp.txt", arp)];
        Package::open_folder(files, &Budgets::default()).unwrap()
    }

    #[test]
    fn a_table_that_has_no_place_is_refused_where_it_is_named_and_else_told() {
        for (format, table, others) in [
            (TableFormat::Ocsf, "arp", "`arrow`, `csv`, `ndjson`, `parquet`"),
            (TableFormat::Timesketch, "processes", "`arrow`, `csv`, `ndjson`, `ocsf`, `parquet`"),
        ] {
            let kept = Kept::default();
            let mut files = Dataset::new(kept.clone(), format, false);
            let refused = files.add(&package(), None, &[table]).unwrap_err();
            assert_eq!(refused.code(), "no_place");
            assert!(refused.to_string().contains(&format!("`{table}`; use one of {others}")));
            assert!(kept.0.borrow().is_empty(), "nothing is begun");
            files.add(&package(), None, &[]).unwrap();
            let record = files.finish(Map::new()).unwrap();
            let told = record["not_written"].as_array().unwrap();
            assert!(told.contains(&"arp".into()), "{told:?}");
        }
        let mut files = Dataset::new(Kept::default(), TableFormat::Each(Format::Csv), false);
        files.add(&package(), None, &[]).unwrap();
        assert_eq!(files.finish(Map::new()).unwrap()["not_written"], json!([]));
    }

    #[test]
    fn a_collection_that_was_added_before_is_told_and_the_record_has_nothing_raw() {
        let kept = Kept::default();
        let mut files = Dataset::new(kept.clone(), TableFormat::Each(Format::Csv), false);
        for path in [Some("one"), Some("two"), None] {
            files.add(&package(), path, &["arp"]).unwrap();
        }
        let raw = "\u{7f}\u{9b}\u{200b}\u{202e}\u{2066}";
        files.remark(Map::from_iter([("remark".to_owned(), raw.into())]));
        let told = files.finish(Map::new()).unwrap();
        let own = |field: &str| {
            told["packages"]
                .as_array()
                .unwrap()
                .iter()
                .map(|own| own[field].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(own("path"), [json!("one"), json!("two"), Value::Null]);
        assert_eq!(own("same_as"), [Value::Null, json!("one"), json!("one")]);
        let kept = kept.0.borrow();
        let record = kept[RECORD].as_deref().unwrap();
        assert!(!str::from_utf8(record).unwrap().contains(|c| raw.contains(c)));
        assert_eq!(serde_json::from_slice::<Value>(record).unwrap(), told);
    }
}
