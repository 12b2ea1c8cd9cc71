//! The tables of packages as files in a folder.

use std::collections::BTreeSet;
use std::fs;
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use mde_forensics_package::{Error, FileStore, RECORD, files_of_record, unfinished_record};

use super::{OutputFolder, Part, Parts};

/// A folder for the files of a [`Dataset`](mde_forensics_package::Dataset): an [`OutputFolder`] in
/// which no table gets its final name before all are written.
///
/// Where the system can lock a folder, files of an earlier run that this run does not replace are
/// removed, so that all tables in the folder come from one run. While files of an earlier run are
/// being replaced, the record says `unfinished`, and continues to if that fails midway.
#[derive(Debug)]
pub struct TableFolder {
    folder: OutputFolder,
    overwrites: bool,
    /// The files of an earlier dataset, according to its record.
    earlier: Vec<String>,
    /// Whether an earlier record exists.
    has_record: bool,
    /// Whether the earlier record was replaced by one that says `unfinished`.
    is_mixed: bool,
    /// The files of this run, without the record.
    begun: BTreeSet<String>,
}

impl TableFolder {
    /// Opens this folder, creating it if needed. With `overwrites`, files of an earlier run are
    /// replaced; otherwise an existing file is an error.
    ///
    /// Fails with [`Error::Write`], also if someone else writes to the folder.
    pub fn new(path: PathBuf, overwrites: bool) -> Result<Self, Error> {
        Self::among(path, overwrites, &Parts::default())
    }

    /// Like [`new`](Self::new), with files that can be given up from elsewhere, for example on a
    /// signal. Fails as [`new`](Self::new) does.
    pub fn among(path: PathBuf, overwrites: bool, parts: &Parts) -> Result<Self, Error> {
        let (record, shown) = (path.join(RECORD), path.clone());
        let folder = OutputFolder::new(path, parts);
        let folder = folder.map_err(|error| failed(&shown, &error))?;
        // Reading a pipe could block for ever.
        let is_file = fs::symlink_metadata(&record).is_ok_and(|found| found.is_file());
        let record = if overwrites && is_file { fs::read(record).ok() } else { None };
        let has_record = record.is_some();
        let earlier = record.map(|record| files_of_record(&record)).unwrap_or_default();
        let begun = BTreeSet::new();
        Ok(Self { folder, overwrites, earlier, has_record, is_mixed: false, begun })
    }

    /// Replaces the earlier record by one that says `unfinished`: otherwise it would describe files
    /// of two runs as its own.
    fn mark_unfinished(&mut self) -> io::Result<()> {
        let files: BTreeSet<_> = self.earlier.iter().chain(&self.begun).collect();
        let mut part = self.folder.begin(RECORD)?;
        part.write_all(unfinished_record(files).as_bytes())?;
        part.put(&self.folder.path().join(RECORD), true)?;
        self.is_mixed = true;
        Ok(())
    }

    fn failed(&self, path: &Path, error: &io::Error) -> Error {
        if !self.is_mixed {
            return failed(path, error);
        }
        let text = format!(
            "`{}`: {error}; the folder now has files of two runs, and `{RECORD}` says `unfinished`: \
             write it again with `overwrite`",
            path.display()
        );
        Error::Write(io::Error::new(error.kind(), text))
    }
}

impl FileStore for TableFolder {
    type Out = BufWriter<Part>;

    fn begin(&mut self, name: &str) -> Result<Self::Out, Error> {
        let path = self.folder.path().join(name);
        // A dangling link exists too.
        if path.symlink_metadata().is_ok() && !self.overwrites {
            let text = format!(
                "`{}` is there already: name another folder, or let `overwrite` replace it",
                path.display()
            );
            return Err(Error::Write(io::Error::new(io::ErrorKind::AlreadyExists, text)));
        }
        let part = self.folder.begin(name).map_err(Error::Write)?;
        if name != RECORD {
            self.begun.insert(name.to_owned());
        }
        Ok(BufWriter::new(part))
    }

    fn end(&mut self, name: &str, out: Self::Out) -> Result<(), Error> {
        let path = self.folder.path().join(name);
        let part = out.into_inner().map_err(io::IntoInnerError::into_error);
        let part = part.map_err(|error| self.failed(&path, &error))?;
        if self.has_record && !self.is_mixed {
            let marked = self.mark_unfinished();
            marked.map_err(|error| failed(&self.folder.path().join(RECORD), &error))?;
        }
        // A file that appeared meanwhile is kept unless it may be replaced.
        part.put(&path, self.overwrites).map_err(|error| self.failed(&path, &error))
    }

    fn keep(&mut self, names: &[String]) -> Result<(), Error> {
        for name in self.earlier.iter().filter(|name| !names.contains(name)) {
            let path = self.folder.path().join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(self.failed(&path, &error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::Write(io::Error::new(error.kind(), format!("`{}`: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mde_forensics_package::{Budgets, Dataset, FolderFile, Format, Package, TableFormat};
    use serde_json::{Map, json};

    fn package(name: &str, text: &str) -> Package<Vec<u8>> {
        let files = vec![FolderFile::new(name, text.as_bytes().to_vec())];
        Package::open_folder(files, &Budgets::default()).unwrap()
    }

    fn files(folder: &Path, format: Format, overwrites: bool) -> Dataset<TableFolder> {
        dataset(folder, format, overwrites, false)
    }

    fn dataset(
        folder: &Path,
        format: Format,
        overwrites: bool,
        redacts: bool,
    ) -> Dataset<TableFolder> {
        let folder = TableFolder::new(folder.to_owned(), overwrites).unwrap();
        Dataset::new(folder, TableFormat::Each(format), redacts)
    }

    #[test]
    fn what_a_later_package_teaches_is_replaced_in_an_earlier_one() {
        let run = "HKEY_USERS\\S-1-5-18\\Software\\Run\n    a    REG_SZ    C:\\x.exe zoeq\n\n";
        let first = package("Autoruns/Autoruns.txt", run);
        let user = " USERNAME  SESSIONNAME  ID  STATE  IDLE TIME  LOGON TIME\n zoeq  console  2  Active  none  07/08/2025 14:56\n";
        let later = package("Users and Groups/QueryUser.txt", user);
        for is_taught in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let mut files = dataset(folder.path(), Format::Ndjson, false, true);
            if is_taught {
                files.learn(&first).unwrap();
                files.learn(&later).unwrap();
            }
            files.add(&first, None, &[]).unwrap();
            files.add(&later, None, &[]).unwrap();
            files.finish(Map::new()).unwrap();
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
            let mut files = files(folder.path(), Format::Csv, overwrites);
            files.add(&package, None, &["arp"]).unwrap();
            let path = folder.path().join("arp.csv");
            fs::write(&path, "theirs").unwrap();
            assert_eq!(files.finish(Map::new()).is_ok(), overwrites);
            assert_eq!(fs::read(&path).unwrap() == b"theirs", !overwrites);
            let record = usize::from(overwrites);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1 + record);
        }
    }

    #[test]
    fn what_an_earlier_run_wrote_does_not_stay_beside_what_replaces_it() {
        let package =
            package("Network Connections/Arp.txt", "  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n");
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("out");
        let mut first = files(&out, Format::Ndjson, false);
        first.add(&package, None, &[]).unwrap();
        first.finish(Map::new()).unwrap();
        // Anything else that a record names is left alone.
        fs::write(folder.path().join("theirs.csv"), "theirs").unwrap();
        fs::write(out.join("notes.txt"), "theirs").unwrap();
        let record = fs::read_to_string(out.join(RECORD)).unwrap();
        let others = "\"files\": [\"../theirs.csv\", \"notes.txt\", \"arp.csv/../notes.txt\",";
        fs::write(out.join(RECORD), record.replace("\"files\": [", others)).unwrap();

        let mut second = dataset(&out, Format::Csv, true, true);
        second.add(&package, None, &["arp"]).unwrap();
        second.finish(Map::new()).unwrap();
        let left = fs::read_dir(&out).unwrap().map(|own| own.unwrap().file_name());
        let mut left: Vec<_> = left.collect();
        left.sort();
        assert_eq!(left, ["arp.csv", "notes.txt", RECORD]);
        assert!(folder.path().join("theirs.csv").is_file());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&out), mode(&out.join("arp.csv"))), (0o700, 0o600));
        }
    }

    #[test]
    fn a_dataset_that_is_replaced_in_part_says_so() {
        let package =
            package("Network Connections/Arp.txt", "  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n");
        let folder = tempfile::tempdir().unwrap();
        let write = |tables: &[&str], overwrites: bool| {
            let mut files = files(folder.path(), Format::Csv, overwrites);
            files.add(&package, None, tables).unwrap();
            files.finish(Map::new())
        };
        let record = || -> serde_json::Value {
            serde_json::from_slice(&fs::read(folder.path().join(RECORD)).unwrap()).unwrap()
        };
        write(&["arp", "autoruns", "services"], false).unwrap();
        assert!(record().get("unfinished").is_none());
        // No file takes the place of a folder.
        let services = folder.path().join("services.csv");
        fs::remove_file(&services).unwrap();
        fs::create_dir(&services).unwrap();
        let error = write(&["arp", "services", "sessions"], true).unwrap_err().to_string();
        assert!(error.contains("services.csv") && error.contains("two runs"), "{error}");
        assert_eq!(
            record(),
            json!({
                "unfinished": true,
                "files": ["arp.csv", "autoruns.csv", "services.csv", "sessions.csv"],
            })
        );
        // Whoever replaces it next knows what both of them wrote.
        fs::remove_dir(&services).unwrap();
        write(&["services"], true).unwrap();
        assert!(record().get("unfinished").is_none());
        let mut left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|own| own.unwrap().file_name()).collect();
        left.sort();
        assert_eq!(left, ["services.csv", RECORD]);
    }

    #[test]
    fn two_runs_do_not_mix_their_files() {
        let folder = tempfile::tempdir().unwrap();
        let first = TableFolder::new(folder.path().to_owned(), true).unwrap();
        let second = TableFolder::new(folder.path().to_owned(), true);
        assert!(second.unwrap_err().to_string().contains("another run"));
        drop(first);
        TableFolder::new(folder.path().to_owned(), true).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_a_link() {
        let package =
            package("Network Connections/Arp.txt", "  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n");
        let folder = tempfile::tempdir().unwrap();
        let [out, victim] = ["out", "victim"].map(|name| folder.path().join(name));
        fs::create_dir(&out).unwrap();
        fs::write(&victim, "theirs").unwrap();
        let link = |name: &str| std::os::unix::fs::symlink(&victim, out.join(name)).unwrap();
        link("arp.csv.part");
        let mut one = files(&out, Format::Csv, false);
        one.add(&package, None, &["arp"]).unwrap();
        one.finish(Map::new()).unwrap();
        fs::remove_file(out.join("arp.csv")).unwrap();
        fs::remove_file(out.join(RECORD)).unwrap();

        link("arp.csv");
        let mut two = files(&out, Format::Csv, false);
        assert!(two.add(&package, None, &["arp"]).is_err());
        drop(two);
        let mut three = files(&out, Format::Csv, true);
        three.add(&package, None, &["arp"]).unwrap();
        three.finish(Map::new()).unwrap();
        assert!(out.join("arp.csv").symlink_metadata().unwrap().is_file());

        fs::remove_file(out.join("arp.csv")).unwrap();
        fs::remove_file(out.join(RECORD)).unwrap();
        std::os::unix::fs::symlink("nowhere", out.join("arp.csv")).unwrap();
        let mut four = files(&out, Format::Csv, false);
        assert!(four.add(&package, None, &["arp"]).is_err(), "a link that leads nowhere");
        drop(four);
        assert_eq!(fs::read(&victim).unwrap(), b"theirs");
        assert_eq!(fs::read_dir(&out).unwrap().count(), 2);
    }
}
