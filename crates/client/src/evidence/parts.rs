//! Unfinished files.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{place, random};

/// The unfinished files of an output folder. Clones share the same set.
#[derive(Clone, Debug, Default)]
pub struct Parts(Arc<Mutex<Begun>>);

#[derive(Debug, Default)]
struct Begun {
    paths: BTreeSet<PathBuf>,
    is_given_up: bool,
}

impl Parts {
    /// Removes all unfinished files and stops any from being begun or finished: for a process that
    /// is told to stop and does not wait for its writing threads.
    pub fn give_up(&self) {
        let mut begun = self.begun();
        begun.is_given_up = true;
        for path in std::mem::take(&mut begun.paths) {
            // The error cannot be reported any more, and the next writer sweeps the folder.
            let _ = fs::remove_file(path);
        }
    }

    /// Fails if the parts were given up.
    pub(super) fn check(&self) -> io::Result<()> {
        self.begun().check()
    }

    /// Creates a new file whose name begins with `name`.
    pub(super) fn begin(&self, folder: &Path, name: &str) -> io::Result<Part> {
        let digits = random::digits().map_err(io::Error::other)?;
        let path = folder.join(format!("{name}.{digits}.part"));
        let mut begun = self.begun();
        begun.check()?;
        let mut options = OpenOptions::new();
        let options = place::for_us_alone(options.write(true).create_new(true));
        let file = options.open(&path).map_err(|error| at(&path, &error))?;
        begun.paths.insert(path.clone());
        drop(begun);
        Ok(Part { path, file, parts: self.clone() })
    }

    fn begun(&self) -> MutexGuard<'_, Begun> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Begun {
    fn check(&self) -> io::Result<()> {
        // Not `Interrupted`: such a write would be retried.
        if self.is_given_up { Err(io::Error::other("it was given up")) } else { Ok(()) }
    }
}

/// An unfinished file under a name that cannot be guessed. It is removed when dropped, unless it
/// was put in place.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    file: File,
    parts: Parts,
}

impl Part {
    /// Gives the file its final name. An existing file is replaced if `overwrites` is true,
    /// otherwise kept.
    ///
    /// Fails with [`AlreadyExists`](io::ErrorKind::AlreadyExists) if an existing file is kept, and
    /// with the system's error.
    pub fn put(self, path: &Path, overwrites: bool) -> io::Result<()> {
        let begun = self.parts.begun();
        begun.check()?;
        let put = if overwrites { fs::rename } else { place::rename };
        let done = put(&self.path, path);
        // Dropping `self` removes the temporary file, if it still exists.
        drop(begun);
        done
    }
}

impl Write for Part {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.parts.check()?;
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Seek for Part {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if self.parts.begun().paths.remove(&self.path) {
            // The file may already have its final name, and the error cannot be reported.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether this may be the name of an unfinished file.
pub(super) fn is_part(name: &str) -> bool {
    place::whole_name(name, ".part").is_some()
}

fn at(path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("`{}`: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_given_up_is_gone_and_nothing_comes_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let parts = Parts::default();
        let mut one = parts.begin(folder.path(), "arp.csv").unwrap();
        one.write_all(b"evidence").unwrap();
        parts.give_up();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(one.write_all(b"more").is_err());
        assert!(one.put(&folder.path().join("arp.csv"), true).is_err());
        assert!(parts.begin(folder.path(), "arp.csv").is_err());
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_part_is_known_by_its_name() {
        let digits = "0123456789abcdef0123456789abcdef";
        for name in ["processes.parquet", "tables.json", ".members"] {
            assert!(is_part(&format!("{name}.{digits}.part")));
        }
        let others = [
            format!("{digits}.part"),
            format!(".{digits}.part"),
            format!("a.{digits}"),
            format!("a.{digits}.part.json"),
            format!("a.{}.part", digits.trim_start_matches('0')),
            format!("a.{}.part", digits.to_uppercase()),
            "ws-042_20260105T100000Z_1.zip.part".to_owned(),
        ];
        assert!(others.iter().all(|name| !is_part(name)));
    }
}
