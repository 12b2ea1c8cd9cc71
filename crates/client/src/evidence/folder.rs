//! A folder that evidence is written to.

use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::parts::is_part;
use super::{Part, Parts};
use crate::place;

/// A folder that evidence is written to. It and its files are accessible to this user only.
///
/// An unfinished file has a temporary name that cannot be guessed, so that no link can redirect it.
/// Where the system can lock a folder, only one writer uses it at a time, and the unfinished files
/// of an earlier run, such as one that was killed, are removed.
#[derive(Debug)]
pub struct OutputFolder {
    path: PathBuf,
    parts: Parts,
    _lock: Option<File>,
}

impl OutputFolder {
    /// Opens this folder, creating it if needed.
    ///
    /// Fails with the system's error, and with [`ResourceBusy`](ErrorKind::ResourceBusy) if someone
    /// else writes to it.
    pub fn new(path: PathBuf, parts: &Parts) -> io::Result<Self> {
        place::create_folder(&path)?;
        let lock = lock(&path)?;
        // With the lock held, no other run can still finish these files.
        if lock.is_some() {
            place::sweep(&path, is_part)?;
        }
        Ok(Self { path, parts: parts.clone(), _lock: lock })
    }

    /// Like [`new`](Self::new), but waits until no one else writes to the folder.
    ///
    /// Fails with the system's error, and if `parts` is given up meanwhile.
    pub fn wait_for(path: &Path, parts: &Parts) -> io::Result<Self> {
        let mut has_told = false;
        loop {
            parts.check()?;
            match Self::new(path.to_owned(), parts) {
                Err(error) if error.kind() == ErrorKind::ResourceBusy => {}
                folder => return folder,
            }
            if !std::mem::replace(&mut has_told, true) {
                tracing::warn!("waiting for another run, which writes to `{}`", path.display());
            }
            thread::sleep(PAUSE);
        }
    }

    /// The folder's path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Begins a file; it gets its final name when it is [put](Part::put) in place. Fails with the
    /// system's error.
    pub fn begin(&self, name: &str) -> io::Result<Part> {
        self.parts.begin(&self.path, name)
    }
}

/// Locks a folder until the returned file is closed; `None` if the system cannot lock it.
fn lock(folder: &Path) -> io::Result<Option<File>> {
    // Windows cannot open a folder as a file.
    let Ok(file) = File::open(folder) else { return Ok(None) };
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => {
            let text = "another run writes to it: wait for its end, or name another folder";
            Err(io::Error::new(ErrorKind::ResourceBusy, text))
        }
        // Some network shares have no locks.
        locked => Ok(locked.ok().map(|()| file)),
    }
}

const PAUSE: Duration = Duration::from_millis(50);

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn what_a_killed_run_left_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let digits = "0123456789abcdef0123456789abcdef";
        let left = format!("processes.parquet.{digits}.part");
        let [theirs, link, below] =
            ["theirs.part".to_owned(), format!("a.{digits}.part"), format!("b.{digits}.part")];
        for name in [&left, &theirs] {
            fs::write(folder.path().join(name), "rows").unwrap();
        }
        std::os::unix::fs::symlink("theirs.part", folder.path().join(&link)).unwrap();
        fs::create_dir(folder.path().join(&below)).unwrap();

        let own = OutputFolder::new(folder.path().to_owned(), &Parts::default()).unwrap();
        let names = || {
            let entries = fs::read_dir(folder.path()).unwrap();
            let mut names: Vec<_> =
                entries.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
            names.sort();
            names
        };
        let mut kept = vec![link, below, theirs];
        kept.sort();
        assert_eq!(names(), kept);
        // A file in progress must not be removed.
        let part = own.begin("services.csv").unwrap();
        let other = OutputFolder::new(folder.path().to_owned(), &Parts::default());
        assert_eq!(other.unwrap_err().kind(), ErrorKind::ResourceBusy);
        assert_eq!(names().len(), 4);
        drop(part);
        assert_eq!(names(), kept);
    }

    #[test]
    fn who_waits_for_a_folder_can_give_up() {
        let folder = tempfile::tempdir().unwrap();
        let parts = Parts::default();
        let own = OutputFolder::new(folder.path().to_owned(), &parts).unwrap();
        thread::scope(|scope| {
            let waits = scope.spawn(|| OutputFolder::wait_for(folder.path(), &parts));
            parts.give_up();
            assert!(waits.join().unwrap().is_err());
        });
        drop(own);
        OutputFolder::wait_for(folder.path(), &Parts::default()).unwrap();
    }
}
