//! A download in progress: the file, its lock, and the hash of what is in it.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use mde_forensics_core::Error;
use mde_forensics_core::download::Sidecar;
use mde_forensics_core::engine::Partial;
use sha2::{Digest, Sha256};
use tokio::sync::mpsc::Receiver;

use super::output;
use super::paths::Paths;
use super::sidecar;
use crate::place;

/// A download in progress. It holds the lock of `NAME.part` for as long as it lives.
#[derive(Debug)]
pub(super) struct Part {
    paths: Paths,
    file: File,
    hash: Sha256,
    received: u64,
    sidecar: Sidecar,
}

impl Part {
    /// Opens and locks `NAME.part`, and hashes what is in it from its first byte.
    ///
    /// It begins anew unless `resume` agrees with what lies there and a strong validator is known.
    /// There is none if the package is in place already. Fails with `output_failed` if the folder or the file cannot
    /// be used or another process has it.
    pub(super) fn open(paths: Paths, resume: Option<&Partial>) -> Result<Option<Self>, Error> {
        let at = |e: io::Error| output::failed(&paths.part, &e);
        place::create_folder(&paths.folder).map_err(|e| output::failed(&paths.folder, &e))?;
        let mut file = lock(&paths)?;
        if paths.package.try_exists().map_err(at)? {
            // Whoever had the lock before us has sealed the package; the file that we made is empty.
            let _ = std::fs::remove_file(&paths.part);
            return Ok(None);
        }
        let length = file.metadata().map_err(at)?.len();
        let sidecar = sidecar::read(&paths);
        let can_continue = resume.is_some_and(|resume| resume.validator == sidecar.validator)
            && sidecar.validator.is_some()
            && sidecar.total.is_none_or(|total| length <= total);
        let mut hash = Sha256::new();
        let mut received = 0;
        if can_continue {
            received = hash_all(&mut file, &mut hash).map_err(at)?;
        }
        Ok(Some(Self { paths, file, hash, received, sidecar }))
    }

    /// Bytes that are in the file and in the hash.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    pub(super) fn sidecar(&self) -> &Sidecar {
        &self.sidecar
    }

    pub(super) fn partial(&self) -> Partial {
        self.sidecar.partial(self.received)
    }

    /// Whether all bytes are there, as far as their number is known.
    pub(super) fn is_complete(&self) -> bool {
        self.received > 0 && self.sidecar.total == Some(self.received)
    }

    /// Lower-case hexadecimal SHA-256 of all bytes.
    pub(super) fn sha256(&self) -> String {
        hex(&self.hash.clone().finalize())
    }

    /// Begins anew, with bytes that belong to `sidecar`.
    ///
    /// Fails with `output_failed`, about whichever of the two files it was.
    pub(super) fn restart(&mut self, sidecar: Sidecar) -> Result<(), Error> {
        self.file.set_len(0).map_err(|e| self.failed(&e))?;
        self.received = 0;
        self.hash = Sha256::new();
        self.sidecar = sidecar;
        sidecar::write(&self.sidecar, &self.paths)
            .map_err(|e| output::failed(&self.paths.sidecar, &e))
    }

    /// Writes and hashes what comes until nothing comes any more.
    pub(super) fn fill(&mut self, chunks: &mut Receiver<Bytes>) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.received))?;
        while let Some(chunk) = chunks.blocking_recv() {
            self.file.write_all(&chunk)?;
            self.hash.update(&chunk);
            self.received += chunk.len() as u64;
        }
        Ok(())
    }

    /// The error for a failure of this file.
    pub(super) fn failed(&self, error: &io::Error) -> Error {
        output::failed(&self.paths.part, error)
    }

    /// Removes a file that nothing was written to.
    pub(super) fn discard(self) {
        if self.received == 0 {
            // An empty file left behind does no harm.
            let _ = std::fs::remove_file(&self.paths.part);
            let _ = std::fs::remove_file(&self.paths.sidecar);
        }
    }
}

/// Opens `NAME.part` and takes its lock, for this process alone.
pub(super) fn lock(paths: &Paths) -> Result<File, Error> {
    let at = |e: io::Error| output::failed(&paths.part, &e);
    for _ in 0..LOCK_TRIES {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let file = place::for_us_alone(&mut options).open(&paths.part).map_err(at)?;
        match file.try_lock() {
            // Whoever had the lock may have sealed or removed the file in between: then this one is no longer it.
            Ok(()) if is_at(&file, &paths.part).map_err(at)? => return Ok(file),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
            Err(TryLockError::Error(e)) => return Err(at(e)),
        }
    }
    Err(output::refused(&paths.part, "another download writes this file").with_hint(
        "another process collects into this folder; wait for it, or give another folder",
    ))
}

/// Hashes the whole file and gives its length.
pub(super) fn hash_all(file: &mut File, hash: &mut Sha256) -> io::Result<u64> {
    file.seek(SeekFrom::Start(0))?;
    let mut buffer = vec![0; BUFFER];
    let mut length = 0;
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(length),
            read => {
                hash.update(buffer.get(..read).unwrap_or_default());
                length += read as u64;
            }
        }
    }
}

/// Lower-case hexadecimal digits.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        text.extend(
            [byte >> 4, byte & 0xf].map(|digit| char::from_digit(digit.into(), 16).unwrap_or('0')),
        );
        text
    })
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let ours = file.metadata()?;
    match std::fs::metadata(path) {
        Ok(there) => Ok((ours.dev(), ours.ino()) == (there.dev(), there.ino())),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

#[cfg(not(unix))]
fn is_at(_file: &File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

const BUFFER: usize = 1 << 20;
/// A download that was just given up may need a moment to let go of its file.
const LOCK_TRIES: u32 = 40;
const LOCK_PAUSE: Duration = Duration::from_millis(50);
