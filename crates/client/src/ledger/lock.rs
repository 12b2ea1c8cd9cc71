//! Keeps whoever else would work in a folder out of it: other processes, and other clients of this one.

mod holder;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use self::holder::{Holder, text};
use crate::place;

/// A file beside the ledger that says who works there. The ledger itself is not locked, or nobody could read it
/// meanwhile where such locks are for readers too, as on Windows.
///
/// The file is locked with the system's lock, which ends with its holder, however that ends: what the command or Python
/// left behind is taken over at once. Node has no such lock, and knows by the file's existence that somebody is at work,
/// and by its age that nobody is; so it is written again every 15 seconds, and removed at the end. Of what Node wrote
/// itself the age counts here too.
#[derive(Debug)]
pub(super) struct FolderLock {
    path: PathBuf,
    text: String,
    held: Option<Held>,
}

/// What is let go of at the end.
#[derive(Debug)]
struct Held {
    file: Arc<File>,
    /// Its end ends the thread.
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

/// What came of one attempt.
enum Attempt {
    Busy,
    /// What was there is gone, and something else may be there by now.
    Gone,
    Taken(File),
}

impl FolderLock {
    /// Takes the lock of this ledger; none where another has it. The `nonce` is for this attempt alone.
    ///
    /// Fails if the file cannot be written, or the file system has no locks.
    pub(super) fn take(ledger: &Path, nonce: &str) -> io::Result<Option<Self>> {
        let path = beside(ledger, "lock");
        let text = text(nonce);
        for _ in 0..TRIES {
            match attempt(&path, &text, nonce)? {
                Attempt::Busy => return Ok(None),
                Attempt::Gone => {}
                Attempt::Taken(file) => {
                    let held = Held::new(file, text.clone(), BEAT)?;
                    return Ok(Some(Self { path, text, held: Some(held) }));
                }
            }
        }
        Ok(None)
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        let Some(Held { file, stop, thread }) = self.held.take() else { return };
        drop(stop);
        let _ = thread.join();
        // What cannot be removed is taken over by whoever comes next.
        let _ = remove(file, &self.path, self.text.as_bytes());
    }
}

impl Held {
    fn new(file: File, text: String, every: Duration) -> io::Result<Self> {
        let file = Arc::new(file);
        let (stop, stopped) = mpsc::channel();
        let own = Arc::clone(&file);
        let beat = move || {
            while stopped.recv_timeout(every) == Err(RecvTimeoutError::Timeout) {
                // There are some more before anybody takes us for gone.
                let _ = write(&own, &text);
            }
        };
        let thread = thread::Builder::new().name("folder-lock".to_owned()).spawn(beat)?;
        Ok(Self { file, stop, thread })
    }
}

fn attempt(path: &Path, text: &str, nonce: &str) -> io::Result<Attempt> {
    match place::patiently(|| options().create_new(true).open(path)) {
        Ok(file) => {
            let locked = match file.try_lock() {
                // We were so long about it that it was taken for left behind.
                Err(TryLockError::WouldBlock) => return Ok(Attempt::Gone),
                locked => locked.map_err(io::Error::from),
            };
            let begun = locked.and_then(|()| write(&file, text));
            return begun.and_then(|()| taken(file, path)).inspect_err(|_| {
                // The error that matters is the one of the lock.
                let _ = fs::remove_file(path);
            });
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error),
    }
    gone_or(found(path, text, nonce))
}

/// A lock that somebody made before.
fn found(path: &Path, text: &str, nonce: &str) -> io::Result<Attempt> {
    // To read a pipe is to wait for somebody, and what a link leads to is not ours to write.
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is no plain file"));
    }
    // Where the system's locks are for readers too, a lock that is held cannot be read: that comes out below. Who made
    // it may not have come to say who it is: it is left alone until it is old, whoever could lock it now.
    if let Ok(bytes) = fs::read(path)
        && !Holder::of(&bytes).locks()
    {
        let is_cleared = cleared(path, &bytes, nonce)?;
        return Ok(if is_cleared { Attempt::Gone } else { Attempt::Busy });
    }
    let mut file = place::patiently(|| options().open(path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(Attempt::Busy),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    if !Holder::of(&bytes).locks() {
        // Made by another since.
        return Ok(Attempt::Gone);
    }
    write(&file, text)?;
    taken(file, path)
}

/// A file that we have locked is the lock only where it has the name: its holder removes it before it lets go of it, and
/// Node renames what it takes for left behind.
fn taken(file: File, path: &Path) -> io::Result<Attempt> {
    Ok(if place::is_at(&file, path)? { Attempt::Taken(file) } else { Attempt::Gone })
}

fn gone_or(attempt: io::Result<Attempt>) -> io::Result<Attempt> {
    match attempt {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Attempt::Gone),
        attempt => attempt,
    }
}

/// Removes a lock of Node's, or of nobody, that was left behind; false where it was not.
fn cleared(path: &Path, bytes: &[u8], nonce: &str) -> io::Result<bool> {
    let Some(patience) = Holder::of(bytes).patience() else { return Ok(false) };
    if age(path, nonce)? <= patience {
        return Ok(false);
    }
    // Several may come to this at once: whoever has locked it removes it, and the others find that it has lost its name,
    // whatever has that by then.
    let mut file = place::patiently(|| options().open(path))?;
    match file.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Ok(false),
        Err(TryLockError::Error(error)) => return Err(error),
    }
    let mut now = Vec::new();
    file.read_to_end(&mut now)?;
    if now != bytes {
        return Ok(true);
    }
    match remove(Arc::new(file), path, bytes) {
        // Windows removes nothing that another has opened to take it.
        Err(error) if cfg!(windows) && error.kind() != ErrorKind::NotFound => Ok(false),
        removed => removed.map(|()| true),
    }
}

/// How long ago the file was written, by the clock of its file system.
fn age(path: &Path, nonce: &str) -> io::Result<Duration> {
    let probe = beside(path, nonce);
    let made = options().create_new(true).open(&probe).and_then(|file| file.metadata());
    let age = made.and_then(|made| {
        let written = fs::symlink_metadata(path)?.modified()?;
        // What was written later than now was written just now.
        Ok(made.modified()?.duration_since(written).unwrap_or_default())
    });
    let _ = fs::remove_file(&probe);
    age
}

/// The text is never missing meanwhile, not even in part.
fn write(mut file: &File, text: &str) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    place::for_us_alone(&mut options).read(true).write(true);
    // To read and to write, but not to remove or to rename: so what is open here is what has the name.
    #[cfg(windows)]
    std::os::windows::fs::OpenOptionsExt::share_mode(&mut options, 0x1 | 0x2);
    options
}

/// The name of a file beside another.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(end);
    name.into()
}

/// Removes the file where it is still ours, before anybody else can lock it.
#[cfg(unix)]
fn remove(file: Arc<File>, path: &Path, _text: &[u8]) -> io::Result<()> {
    let removed = if place::is_at(&file, path)? { fs::remove_file(path) } else { Ok(()) };
    drop(file);
    removed
}

/// Nobody removes what is open. Whoever has locked it since keeps us from reading it, and from removing it.
#[cfg(not(unix))]
fn remove(file: Arc<File>, path: &Path, text: &[u8]) -> io::Result<()> {
    drop(file);
    if fs::read(path)? == text {
        place::patiently(|| fs::remove_file(path))?;
    }
    Ok(())
}

const TRIES: u32 = 3;
/// Node beats as often.
const BEAT: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests;
