//! The tables of packages as files.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use mde_forensics_package::arrow_array::RecordBatch;
use mde_forensics_package::{
    Error, Format, Package, Redaction, Report, Source, TableSchema, TableWriter, write_ocsf,
    write_timesketch,
};

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

/// The tables of packages as files of one folder, one for each table, with the rows of all packages.
///
/// Each file has a name of its own until all is written; what is not [finished](Self::finish) is removed.
#[derive(Debug)]
pub struct TableFiles {
    folder: PathBuf,
    format: TableFormat,
    overwrites: bool,
    writers: BTreeMap<String, Writer>,
    /// One for all packages, so that no two devices get the same name.
    redaction: Option<Redaction>,
}

#[derive(Debug)]
enum Writer {
    Lines(BufWriter<File>),
    Table(TableWriter<BufWriter<File>>),
}

impl TableFiles {
    /// Files in this folder, which is made if need be; with `overwrites` those of an earlier run are replaced.
    ///
    /// Fails with [`Error::Write`].
    pub fn new(folder: PathBuf, format: TableFormat, overwrites: bool) -> Result<Self, Error> {
        fs::create_dir_all(&folder).map_err(|error| failed(&folder, &error))?;
        Ok(Self { folder, format, overwrites, writers: BTreeMap::new(), redaction: None })
    }

    /// Adds the rows of a package: those of these tables, or of all where none is named.
    ///
    /// With `redacts` names of users and hosts, and addresses, are replaced by names that stand for them, the same in
    /// all packages that are added. Fails with
    /// [`Error::UnknownTable`], with [`Error::ReadFailed`], and with [`Error::Write`], also where a file is there
    /// already.
    pub fn add<S: Source>(
        &mut self,
        package: &Package<S>,
        tables: &[&str],
        redacts: bool,
    ) -> Result<Report, Error> {
        if redacts {
            self.redaction.get_or_insert_default().learn(package)?;
        }
        let collected = package.collection().started_ms;
        let mut sink = |table: &'static TableSchema, batch| {
            let batch = match &mut self.redaction {
                Some(redaction) if redacts => redaction.apply(&batch)?,
                _ => batch,
            };
            self.write(table, &batch, collected)
        };
        match tables {
            [] => package.read_all(&mut sink),
            names => package.read_some(names, &mut sink),
        }
    }

    /// What replaces names, where packages were added that it was asked for: for what else is told of them.
    pub fn redaction(&mut self) -> Option<&mut Redaction> {
        self.redaction.as_mut()
    }

    /// Gives the files their own names, and says which there are.
    ///
    /// Fails with [`Error::Write`].
    pub fn finish(mut self) -> Result<Vec<String>, Error> {
        let mut names = Vec::new();
        while let Some((name, writer)) = self.writers.pop_first() {
            let (part, path) = (self.part(&name), self.folder.join(&name));
            let flushed = match writer {
                Writer::Lines(mut out) => out.flush().map_err(Error::Write),
                Writer::Table(writer) => {
                    writer.finish().and_then(|mut out| out.flush().map_err(Error::Write))
                }
            };
            let kept = flushed
                .and_then(|()| fs::rename(&part, &path).map_err(|error| failed(&path, &error)));
            if let Err(error) = kept {
                // The reason is what counts, not that there is a rest.
                let _ = fs::remove_file(part);
                return Err(error);
            }
            names.push(name);
        }
        Ok(names)
    }

    fn write(
        &mut self,
        table: &'static TableSchema,
        batch: &RecordBatch,
        collected: Option<i64>,
    ) -> Result<(), Error> {
        let (name, format) = match self.format {
            TableFormat::Timesketch if table.name != "timeline" => return Ok(()),
            TableFormat::Timesketch => ("timeline.jsonl".to_owned(), None),
            TableFormat::Ocsf => ("evidence.ocsf.ndjson".to_owned(), None),
            TableFormat::Each(format) => {
                (format!("{}.{}", table.name, format.extension()), Some(format))
            }
        };
        if !self.writers.contains_key(&name) {
            let writer = self.begin(&name, table, format)?;
            self.writers.insert(name.clone(), writer);
        }
        match self.writers.get_mut(&name) {
            Some(Writer::Table(writer)) => writer.write(batch),
            Some(Writer::Lines(out)) if self.format == TableFormat::Ocsf => {
                write_ocsf(table, batch, collected, out)
            }
            Some(Writer::Lines(out)) => write_timesketch(batch, out),
            None => Ok(()),
        }
    }

    fn begin(
        &self,
        name: &str,
        table: &TableSchema,
        format: Option<Format>,
    ) -> Result<Writer, Error> {
        let path = self.folder.join(name);
        if path.exists() && !self.overwrites {
            let text = format!(
                "`{}` is there already: name another folder, or overwrite it",
                path.display()
            );
            return Err(Error::Write(io::Error::new(io::ErrorKind::AlreadyExists, text)));
        }
        let part = self.part(name);
        let file = File::create(&part).map_err(|error| failed(&part, &error))?;
        let out = BufWriter::new(file);
        Ok(match format {
            Some(format) => Writer::Table(TableWriter::new(format, table, out)?),
            None => Writer::Lines(out),
        })
    }

    fn part(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.part"))
    }
}

impl Drop for TableFiles {
    fn drop(&mut self) {
        let names: Vec<_> = std::mem::take(&mut self.writers).into_keys().collect();
        for name in names {
            // Nobody is left to tell.
            let _ = fs::remove_file(self.part(&name));
        }
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::Write(io::Error::new(error.kind(), format!("`{}`: {error}", path.display())))
}
