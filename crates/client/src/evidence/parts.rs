//! Files that are begun and not whole yet.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::{place, random};

/// What is begun in an output folder and not whole yet. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Parts(Arc<Mutex<Begun>>);

#[derive(Debug, Default)]
struct Begun {
    paths: BTreeSet<PathBuf>,
    is_given_up: bool,
}

impl Parts {
    /// Removes what is begun, and lets nothing be begun or ended any more: for whoever is asked to stop and will not wait for
    /// the threads that write.
    pub fn give_up(&self) {
        let mut begun = self.begun();
        begun.is_given_up = true;
        for path in std::mem::take(&mut begun.paths) {
            // Nobody is left to tell, and whoever writes there next looks for it.
            let _ = fs::remove_file(path);
        }
    }

    /// Fails if it was given up.
    pub(super) fn check(&self) -> io::Result<()> {
        self.begun().check()
    }

    /// A file that is new, whatever is there; its name begins with this one.
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
        // Not as interrupted: that is written again.
        if self.is_given_up { Err(io::Error::other("it was given up")) } else { Ok(()) }
    }
}

/// A file that is begun, under a name that nobody can guess and no link can take. It is gone where it gets no other.
#[derive(Debug)]
pub struct Part {
    path: PathBuf,
    file: File,
    parts: Parts,
}

impl Part {
    /// Gives the file its name. One that is there is replaced with `overwrites`, else kept.
    ///
    /// Fails with [`AlreadyExists`](io::ErrorKind::AlreadyExists) where one is kept, and as the system does.
    pub fn put(self, path: &Path, overwrites: bool) -> io::Result<()> {
        let begun = self.parts.begun();
        begun.check()?;
        let put = if overwrites { fs::rename } else { place::rename };
        let done = put(&self.path, path);
        // What is still there goes with `self`.
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
            // It has its name by now, or nobody is left to tell.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Whether a part may have this name.
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
