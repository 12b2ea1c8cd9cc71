//! The tables of packages as files of a folder.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use mde_forensics_package::{Error, FileStore, RECORD, files_of_record};

use crate::{place, random};

/// A folder for the files of a [`Dataset`](mde_forensics_package::Dataset).
///
/// Each file has a name of its own until all is written, which nobody can guess and no link can take; what is not
/// ended is removed. Where the system can lock a folder, only one at a time writes to it, and what an earlier run wrote
/// and this one does not is removed, so that all tables there are of one run. Like all evidence, what is written is for
/// this user alone.
#[derive(Debug)]
pub struct TableFolder {
    path: PathBuf,
    overwrites: bool,
    /// Files of an earlier dataset, by its record.
    earlier: Vec<String>,
    /// Where files are that are begun and not ended.
    begun: BTreeMap<String, PathBuf>,
    _lock: Option<File>,
}

impl TableFolder {
    /// This folder, which is made if need be; with `overwrites` files of an earlier run are replaced, else one that is
    /// there is an error.
    ///
    /// Fails with [`Error::Write`], also if somebody else writes to the folder.
    pub fn new(path: PathBuf, overwrites: bool) -> Result<Self, Error> {
        place::create_folder(&path).map_err(|error| failed(&path, &error))?;
        let lock = lock(&path).map_err(|error| failed(&path, &error))?;
        let record = path.join(RECORD);
        // Reading a pipe would wait for ever.
        let is_file = fs::symlink_metadata(&record).is_ok_and(|found| found.is_file());
        let record = if overwrites && is_file { fs::read(record).ok() } else { None };
        let earlier = record.map(|record| files_of_record(&record)).unwrap_or_default();
        Ok(Self { path, overwrites, earlier, begun: BTreeMap::new(), _lock: lock })
    }

    /// Gives a file its own name; one that appeared meanwhile is kept unless it may be replaced.
    fn put(&self, part: &Path, path: &Path) -> io::Result<()> {
        if self.overwrites { fs::rename(part, path) } else { place::rename(part, path) }
    }

    /// A file that is new, whatever is there.
    fn part(&self, name: &str) -> Result<(PathBuf, File), Error> {
        let random = random::bytes().map_err(|error| Error::Write(io::Error::other(error)))?;
        let number = u128::from_be_bytes(random);
        let part = self.path.join(format!("{name}.{number:032x}.part"));
        let mut options = OpenOptions::new();
        let options = place::for_us_alone(options.write(true).create_new(true));
        let file = options.open(&part);
        let file = file.map_err(|error| failed(&part, &error))?;
        Ok((part, file))
    }
}

impl FileStore for TableFolder {
    type Out = BufWriter<File>;

    fn begin(&mut self, name: &str) -> Result<Self::Out, Error> {
        let path = self.path.join(name);
        // A link that leads nowhere is there too.
        if path.symlink_metadata().is_ok() && !self.overwrites {
            let text = format!(
                "`{}` is there already: name another folder, or let `overwrite` replace it",
                path.display()
            );
            return Err(Error::Write(io::Error::new(io::ErrorKind::AlreadyExists, text)));
        }
        let (part, file) = self.part(name)?;
        self.begun.insert(name.to_owned(), part);
        Ok(BufWriter::new(file))
    }

    fn end(&mut self, name: &str, mut out: Self::Out) -> Result<(), Error> {
        let path = self.path.join(name);
        let part = self.begun.get(name).ok_or(io::ErrorKind::NotFound.into());
        let put = part.and_then(|part| out.flush().and_then(|()| self.put(part, &path)));
        put.map_err(|error| failed(&path, &error))?;
        self.begun.remove(name);
        Ok(())
    }

    fn keep(&mut self, names: &[String]) -> Result<(), Error> {
        for name in self.earlier.iter().filter(|name| !names.contains(name)) {
            let path = self.path.join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(failed(&path, &error));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for TableFolder {
    fn drop(&mut self) {
        for part in self.begun.values() {
            // Nobody is left to tell.
            let _ = fs::remove_file(part);
        }
    }
}

/// Locks a folder until the file is closed; none where the system has no such lock.
fn lock(folder: &Path) -> io::Result<Option<File>> {
    // Windows opens no folder as a file.
    let Ok(file) = File::open(folder) else { return Ok(None) };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let text = "another run writes to it: wait for its end, or name another folder";
            Err(io::Error::new(io::ErrorKind::ResourceBusy, text))
        }
        // Not every network share has locks.
        locked => Ok(locked.ok().map(|()| file)),
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::Write(io::Error::new(error.kind(), format!("`{}`: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mde_forensics_package::{Budgets, Dataset, FolderFile, Format, Package, TableFormat};
    use serde_json::Map;

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
        // Whatever else a record names stays.
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
