//! The output folder as package work sees it: only file names.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use mde_forensics_core::work::{Effect, EffectResult};
use mde_forensics_core::{Code, Error};

use super::judge::judge;
use super::output;
use crate::place;

/// The output folder, and the files that one piece of work has open.
pub(super) struct Folder {
    path: PathBuf,
    /// The locked download file, which only this work may write.
    taken: Option<(String, File)>,
    /// The file read last, kept open because a large file is read in many parts.
    reading: Option<(String, File)>,
}

impl Folder {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), taken: None, reading: None }
    }

    /// Carries out an effect on a file.
    pub(super) fn answer(&mut self, effect: &Effect) -> EffectResult {
        if !matches!(effect, Effect::Read { .. }) {
            self.reading = None;
        }
        let (name, done) = match effect {
            Effect::Create { name, text } => {
                (name, exists(place::create(&self.at(name), text.as_bytes())))
            }
            Effect::Judge { name, length: _ } => return self.judge(name),
            Effect::Lock { name } => (name, self.lock(name)),
            Effect::Look { name } => (name, look(&self.at(name))),
            Effect::Read { name, at, length } => (name, self.read(name, *at, *length)),
            Effect::Remove { name } => (name, remove(&self.at(name))),
            Effect::Rename { name, to } => {
                (to, exists(place::rename(&self.at(name), &self.at(to))))
            }
            Effect::Replace { name, text } => {
                (name, done(place::replace(&self.at(name), text.as_bytes())))
            }
            Effect::Sync { name: Some(name) } => {
                (name, self.open(name).and_then(|file| done(file.sync_all())))
            }
            Effect::Sync { name: None } => {
                let synced = place::sync_folder(&self.path);
                return synced
                    .map_or_else(|e| failed(&self.path, &e), |()| EffectResult::default());
            }
            Effect::Truncate { name, length } => {
                (name, self.open(name).and_then(|file| done(file.set_len(*length))))
            }
            Effect::Unlock { name } => {
                self.taken = None;
                (name, Ok(EffectResult::default()))
            }
            _ => {
                let text = "work on a file asked for something else";
                return Error::new(Code::Internal, text).into();
            }
        };
        done.unwrap_or_else(|e| failed(&self.at(name), &e))
    }

    /// Writes bytes at this offset of the locked file.
    pub(super) fn write(&mut self, name: &str, at: u64, bytes: &[u8]) -> EffectResult {
        let written = self.open(name).and_then(|file| {
            file.seek(SeekFrom::Start(at))?;
            file.write_all(bytes)
        });
        written.map_or_else(|e| failed(&self.at(name), &e), |()| EffectResult::default())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// The locked file, or another one opened for reading.
    fn open(&mut self, name: &str) -> io::Result<&mut File> {
        if let Some((_, file)) = self.taken.as_mut().filter(|(taken, _)| taken == name) {
            return Ok(file);
        }
        let reading = match self.reading.take() {
            Some(reading) if reading.0 == name => reading,
            _ => (name.to_owned(), File::open(self.path.join(name))?),
        };
        Ok(&mut self.reading.insert(reading).1)
    }

    fn read(&mut self, name: &str, at: u64, length: u64) -> io::Result<EffectResult> {
        let file = match self.open(name) {
            // A missing file reads as no bytes.
            Err(e) if e.kind() == ErrorKind::NotFound => return Ok(EffectResult::default()),
            file => file?,
        };
        file.seek(SeekFrom::Start(at))?;
        let mut bytes = Vec::with_capacity(usize::try_from(length.min(BLOCK)).unwrap_or_default());
        file.take(length).read_to_end(&mut bytes)?;
        Ok(EffectResult { bytes: Some(bytes), ..EffectResult::default() })
    }

    fn judge(&mut self, name: &str) -> EffectResult {
        let path = self.at(name);
        let judged = self.open(name).map_err(|e| output::failed(&path, &e));
        match judged.and_then(|file| judge(file, &path)) {
            Ok(judgement) => EffectResult { judgement: Some(judgement), ..EffectResult::default() },
            Err(error) => error.into(),
        }
    }

    /// Opens a file and locks it for this process; `exists` in the result says that another process
    /// has the lock.
    fn lock(&mut self, name: &str) -> io::Result<EffectResult> {
        place::create_folder(&self.path)?;
        let path = self.at(name);
        for _ in 0..LOCK_TRIES {
            if fs::symlink_metadata(&path).is_ok_and(|found| !found.is_file()) {
                let text = "is no plain file, and nothing is written through a link";
                return Err(io::Error::new(ErrorKind::InvalidInput, text));
            }
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            let file = place::for_us_alone(&mut options).open(&path)?;
            match file.try_lock() {
                // The previous lock holder may have sealed or removed the file, in which case the
                // name no longer leads to this one.
                Ok(()) if place::is_at(&file, &path)? => {
                    self.taken = Some((name.to_owned(), file));
                    return Ok(EffectResult::default());
                }
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => thread::sleep(LOCK_PAUSE),
                Err(TryLockError::Error(e)) => return Err(e),
            }
        }
        Ok(EffectResult { exists: true, ..EffectResult::default() })
    }
}

fn failed(path: &Path, error: &io::Error) -> EffectResult {
    output::failed(path, error).into()
}

fn done(done: io::Result<()>) -> io::Result<EffectResult> {
    done.map(|()| EffectResult::default())
}

/// An existing file is an answer, not an error.
fn exists(done: io::Result<()>) -> io::Result<EffectResult> {
    match done {
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {
            Ok(EffectResult { exists: true, ..EffectResult::default() })
        }
        done => self::done(done),
    }
}

fn look(path: &Path) -> io::Result<EffectResult> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(EffectResult {
            length: Some(found.len()),
            is_file: found.is_file(),
            ..EffectResult::default()
        }),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(EffectResult::default()),
        Err(e) => Err(e),
    }
}

fn remove(path: &Path) -> io::Result<EffectResult> {
    match fs::remove_file(path) {
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(EffectResult::default()),
        removed => done(removed),
    }
}

const BLOCK: u64 = 1 << 20;
/// A download that was just abandoned may need a moment to release its file.
const LOCK_TRIES: u32 = 40;
const LOCK_PAUSE: Duration = Duration::from_millis(50);
