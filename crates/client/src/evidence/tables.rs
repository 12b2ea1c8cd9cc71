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

use crate::place;

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

/// The tables of packages as files of one folder, one for each table, with the rows of all packages. A table without
/// rows is a file too, with its columns.
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
    /// Whether all names were learned before the first row.
    is_taught: bool,
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
        Ok(Self {
            folder,
            format,
            overwrites,
            writers: BTreeMap::new(),
            redaction: None,
            is_taught: false,
        })
    }

    /// Learns the names that a package knows of, so that they are replaced in the rows of all packages. Where several
    /// are added with names replaced, all are learned from before the first is added.
    ///
    /// Fails with [`Error::ReadFailed`].
    pub fn learn<S: Source>(&mut self, package: &Package<S>) -> Result<(), Error> {
        self.is_taught = true;
        self.redaction.get_or_insert_default().learn(package)
    }

    /// Adds the rows of a package: those of these tables, or of all where none is named.
    ///
    /// With `redacts` names of users and hosts, and addresses, are replaced by names that stand for them, the same in
    /// all packages that are added; unless names were [learned](Self::learn) before, those of this package are first,
    /// which reach no row that was added earlier. Fails with
    /// [`Error::UnknownTable`], with [`Error::ReadFailed`], and with [`Error::Write`], also where a file is there
    /// already.
    pub fn add<S: Source>(
        &mut self,
        package: &Package<S>,
        tables: &[&str],
        redacts: bool,
    ) -> Result<Report, Error> {
        if redacts && !self.is_taught {
            self.redaction.get_or_insert_default().learn(package)?;
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
                .and_then(|()| self.put(&part, &path).map_err(|error| failed(&path, &error)));
            if let Err(error) = kept {
                // The reason is what counts, not that there is a rest.
                let _ = fs::remove_file(part);
                return Err(error);
            }
            names.push(name);
        }
        Ok(names)
    }

    /// Gives a file its own name; one that appeared meanwhile is kept unless it may be replaced.
    fn put(&self, part: &Path, path: &Path) -> io::Result<()> {
        if self.overwrites { fs::rename(part, path) } else { place::rename(part, path) }
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
    fn writer(&mut self, table: &TableSchema) -> Result<Option<&mut Writer>, Error> {
        let (name, format) = match self.format {
            TableFormat::Timesketch if table.name != "timeline" => return Ok(None),
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
        Ok(self.writers.get_mut(&name))
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
            Some(format) => {
                let writer = TableWriter::new(format, table, out).inspect_err(|_| {
                    // The reason is what counts, not that there is a rest.
                    let _ = fs::remove_file(&part);
                })?;
                Writer::Table(writer)
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use mde_forensics_package::{Budgets, FolderFile};

    fn package(name: &str, text: &str) -> Package<Vec<u8>> {
        let files = vec![FolderFile::new(name, text.as_bytes().to_vec())];
        Package::open_folder(files, &Budgets::default()).unwrap()
    }

    #[test]
    fn what_a_later_package_teaches_is_replaced_in_an_earlier_one() {
        let run = "HKEY_USERS\\S-1-5-18\\Software\\Run\n    a    REG_SZ    C:\\x.exe zoeq\n\n";
        let first = package("Autoruns/Autoruns.txt", run);
        let user = " USERNAME  SESSIONNAME  ID  STATE  IDLE TIME  LOGON TIME\n zoeq  console  2  Active  none  07/08/2025 14:56\n";
        let later = package("Users and Groups/QueryUser.txt", user);
        for is_taught in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let format = TableFormat::Each(Format::Ndjson);
            let mut files = TableFiles::new(folder.path().to_owned(), format, false).unwrap();
            if is_taught {
                files.learn(&first).unwrap();
                files.learn(&later).unwrap();
            }
            files.add(&first, &[], true).unwrap();
            files.add(&later, &[], true).unwrap();
            files.finish().unwrap();
            let holds = |name: &str| {
                fs::read_dir(folder.path())
                    .unwrap()
                    .any(|file| fs::read_to_string(file.unwrap().path()).unwrap().contains(name))
            };
            assert!(holds("user-1"));
            assert_eq!(holds("zoeq"), !is_taught);
        }
    }

    #[test]
    fn a_file_that_appeared_meanwhile_is_kept() {
        let package =
            package("Network Connections/Arp.txt", "  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n");
        for overwrites in [false, true] {
            let folder = tempfile::tempdir().unwrap();
            let format = TableFormat::Each(Format::Csv);
            let mut files = TableFiles::new(folder.path().to_owned(), format, overwrites).unwrap();
            files.add(&package, &["arp"], false).unwrap();
            let path = folder.path().join("arp.csv");
            fs::write(&path, "theirs").unwrap();
            assert_eq!(files.finish().is_ok(), overwrites);
            assert_eq!(fs::read(&path).unwrap() == b"theirs", !overwrites);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }
}
