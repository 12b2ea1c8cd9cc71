//! The tables of packages as files of a folder.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use mde_forensics_package::{Error, FileStore};

use crate::place;

/// A folder for the files of a [`Dataset`](mde_forensics_package::Dataset).
///
/// Each file has a name of its own until all is written; what is not ended is removed.
#[derive(Debug)]
pub struct TableFolder {
    path: PathBuf,
    overwrites: bool,
    /// Files that are begun and not ended.
    begun: BTreeSet<String>,
}

impl TableFolder {
    /// This folder, which is made if need be; with `overwrites` files of an earlier run are replaced, else one that is
    /// there is an error.
    ///
    /// Fails with [`Error::Write`].
    pub fn new(path: PathBuf, overwrites: bool) -> Result<Self, Error> {
        fs::create_dir_all(&path).map_err(|error| failed(&path, &error))?;
        Ok(Self { path, overwrites, begun: BTreeSet::new() })
    }

    /// Gives a file its own name; one that appeared meanwhile is kept unless it may be replaced.
    fn put(&self, part: &Path, path: &Path) -> io::Result<()> {
        if self.overwrites { fs::rename(part, path) } else { place::rename(part, path) }
    }

    fn part(&self, name: &str) -> PathBuf {
        self.path.join(format!("{name}.part"))
    }
}

impl FileStore for TableFolder {
    type Out = BufWriter<File>;

    fn begin(&mut self, name: &str) -> Result<Self::Out, Error> {
        let path = self.path.join(name);
        if path.exists() && !self.overwrites {
            let text = format!(
                "`{}` is there already: name another folder, or overwrite it",
                path.display()
            );
            return Err(Error::Write(io::Error::new(io::ErrorKind::AlreadyExists, text)));
        }
        let part = self.part(name);
        let file = File::create(&part).map_err(|error| failed(&part, &error))?;
        self.begun.insert(name.to_owned());
        Ok(BufWriter::new(file))
    }

    fn end(&mut self, name: &str, mut out: Self::Out) -> Result<(), Error> {
        let (part, path) = (self.part(name), self.path.join(name));
        out.flush().and_then(|()| self.put(&part, &path)).map_err(|error| failed(&path, &error))?;
        self.begun.remove(name);
        Ok(())
    }
}

impl Drop for TableFolder {
    fn drop(&mut self) {
        for name in &self.begun {
            // Nobody is left to tell.
            let _ = fs::remove_file(self.part(name));
        }
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::Write(io::Error::new(error.kind(), format!("`{}`: {error}", path.display())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mde_forensics_package::{Budgets, Dataset, FolderFile, Format, Package, TableFormat};

    fn package(name: &str, text: &str) -> Package<Vec<u8>> {
        let files = vec![FolderFile::new(name, text.as_bytes().to_vec())];
        Package::open_folder(files, &Budgets::default()).unwrap()
    }

    fn files(folder: &Path, format: Format, overwrites: bool) -> Dataset<TableFolder> {
        let folder = TableFolder::new(folder.to_owned(), overwrites).unwrap();
        Dataset::new(folder, TableFormat::Each(format))
    }

    #[test]
    fn what_a_later_package_teaches_is_replaced_in_an_earlier_one() {
        let run = "HKEY_USERS\\S-1-5-18\\Software\\Run\n    a    REG_SZ    C:\\x.exe zoeq\n\n";
        let first = package("Autoruns/Autoruns.txt", run);
        let user = " USERNAME  SESSIONNAME  ID  STATE  IDLE TIME  LOGON TIME\n zoeq  console  2  Active  none  07/08/2025 14:56\n";
        let later = package("Users and Groups/QueryUser.txt", user);
        for is_taught in [true, false] {
            let folder = tempfile::tempdir().unwrap();
            let mut files = files(folder.path(), Format::Ndjson, false);
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
            let mut files = files(folder.path(), Format::Csv, overwrites);
            files.add(&package, &["arp"], false).unwrap();
            let path = folder.path().join("arp.csv");
            fs::write(&path, "theirs").unwrap();
            assert_eq!(files.finish().is_ok(), overwrites);
            assert_eq!(fs::read(&path).unwrap() == b"theirs", !overwrites);
            assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        }
    }
}
