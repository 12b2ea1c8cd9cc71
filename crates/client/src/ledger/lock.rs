//! Locks a folder against other processes, and against other clients in this process.

mod holder;

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use self::holder::{Holder, text};
use crate::place;

/// A file beside the ledger that says who works there. The ledger itself is not locked, because
/// where locks also block readers, as on Windows, nobody could read it meanwhile.
///
/// The file is locked with the system's lock, which ends with its holder: a lock that the command
/// or Python left behind is taken over at once. Node has no such lock. It relies on the file's
/// existence to show that someone is working, and on its age to show that no one is any more. So
/// the file is rewritten every 15 seconds and removed at the end. For a lock that Node wrote, the
/// age counts here too.
///
/// Node cannot remove a file only if it is still the one it looked at. Hence this protocol:
///
/// 1. A process that wants to clear a lock creates a mark beside it, a file named by a GUID.
/// 2. Then it looks at the lock: a later marker sees the new one.
/// 3. It removes the lock if it was left behind, and then its mark.
/// 4. A process that created the lock, or took it over in place, waits for the marks that exist by
///    then.
/// 5. Then it checks that the lock's name still leads to its own file. Only then does it have the
///    lock.
///
/// A holder makes no mark when it removes its own lock at the end: the file can only be another's
/// after minutes without a beat. On a file system that shows stale names to another host, the race
/// remains.
#[derive(Debug)]
pub(super) struct FolderLock {
    path: PathBuf,
    text: String,
    held: Option<Held>,
}

/// What is released at the end.
#[derive(Debug)]
struct Held {
    file: Arc<File>,
    /// Dropping it ends the thread.
    stop: Sender<()>,
    thread: JoinHandle<()>,
}

/// The result of one attempt.
enum Attempt {
    Busy,
    /// The lock that was found is gone; another may exist by now.
    Gone,
    Taken(File),
}

impl FolderLock {
    /// Takes the lock of this ledger; `None` if another process has it. The `nonce` is a GUID for
    /// this attempt alone.
    ///
    /// Waits up to three seconds for each process that may still remove the previous lock. Fails if
    /// the file cannot be written, if the file system has no locks, or if such a process does not
    /// finish.
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
        // A file that cannot be removed is taken over by the next opener.
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
                // Several more beats follow before anyone considers us gone.
                let _ = write(&own, &text);
            }
        };
        let thread = thread::Builder::new().name("folder-lock".to_owned()).spawn(beat)?;
        Ok(Self { file, stop, thread })
    }
}

fn attempt(path: &Path, text: &str, nonce: &str) -> io::Result<Attempt> {
    match place::patiently(|| options().create_new(true).open(path)) {
        Ok(file) => match file.try_lock() {
            // Creating it took so long that another process considered it left behind.
            Err(TryLockError::WouldBlock) => Ok(Attempt::Gone),
            locked => begun(locked.map_err(io::Error::from), file, path, text, nonce),
        },
        Err(error) if error.kind() == ErrorKind::AlreadyExists => gone_or(found(path, text, nonce)),
        Err(error) => Err(error),
    }
}

/// Handles a lock file that already exists.
fn found(path: &Path, text: &str, nonce: &str) -> io::Result<Attempt> {
    // Reading a pipe could block, and the target of a link is not ours to write.
    if !fs::symlink_metadata(path)?.is_file() {
        return Err(io::Error::new(ErrorKind::InvalidInput, "it is no plain file"));
    }
    // Where locks also block readers, a held lock cannot be read; the code below finds that out.
    // Its maker may not have written its text yet, so an empty file is left alone until it is old,
    // even if it could be locked now.
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
        // Another process created it since.
        return Ok(Attempt::Gone);
    }
    begun(Ok(()), file, path, text, nonce)
}

/// A file that we locked is the lock only if it still has the name once nobody is left who may
/// remove it.
fn begun(
    locked: io::Result<()>,
    file: File,
    path: &Path,
    text: &str,
    nonce: &str,
) -> io::Result<Attempt> {
    let held = locked.and_then(|()| write(&file, text)).and_then(|()| outwait(&file, path));
    match held.and_then(|()| place::is_at(&file, path)) {
        Ok(true) => Ok(Attempt::Taken(file)),
        Ok(false) => Ok(Attempt::Gone),
        Err(error) => {
            let is_ours = place::is_at(&file, path).unwrap_or(false);
            // Report the earlier error. Our own file is removed even if no mark can be made.
            let _ = marked(path, nonce, |_| remove(Arc::new(file), path, text.as_bytes()))
                .or_else(|no_mark| if is_ours { fs::remove_file(path) } else { Err(no_mark) });
            Err(error)
        }
    }
}

fn gone_or(attempt: io::Result<Attempt>) -> io::Result<Attempt> {
    match attempt {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(Attempt::Gone),
        attempt => attempt,
    }
}

/// Removes a lock that Node or an unknown process left behind; false if it was not left behind.
fn cleared(path: &Path, bytes: &[u8], nonce: &str) -> io::Result<bool> {
    let Some(patience) = Holder::of(bytes).patience() else { return Ok(false) };
    marked(path, nonce, |now| {
        if age(fs::symlink_metadata(path)?.modified()?, now) <= patience {
            return Ok(false);
        }
        // If several of us get here at once, the one that locks the file removes it; the others
        // find that it lost its name, even if a new file has that name.
        let mut file = place::patiently(|| options().open(path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(false),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut found = Vec::new();
        file.read_to_end(&mut found)?;
        if found != bytes {
            return Ok(true);
        }
        match remove(Arc::new(file), path, bytes) {
            // Windows cannot remove a file that another process has opened to take it.
            Err(error) if cfg!(windows) && error.kind() != ErrorKind::NotFound => Ok(false),
            removed => removed.map(|()| true),
        }
    })
}

/// Runs work that may remove the file, with a mark in place. The work receives the file system's
/// current time.
fn marked<T>(
    path: &Path,
    nonce: &str,
    work: impl FnOnce(SystemTime) -> io::Result<T>,
) -> io::Result<T> {
    let mark = beside(path, nonce);
    let mut made = place::patiently(|| options().create_new(true).open(&mark))?;
    // On a full disk the mark stays empty, which is enough.
    let _ = made.write_all(text(nonce).as_bytes());
    let now = made.metadata().and_then(|made| made.modified());
    // Windows cannot remove an open file.
    drop(made);
    let done = now.and_then(work);
    let _ = place::patiently(|| fs::remove_file(&mark));
    done
}

/// Waits for processes that may have looked at the lock before this file existed or was ours.
fn outwait(file: &File, path: &Path) -> io::Result<()> {
    let now = file.metadata()?.modified()?;
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let begin = beside(path, "");
    let begin = begin.file_name().unwrap_or_default().as_encoded_bytes();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        // Other files beside it are not ours to read or remove.
        if !name.as_encoded_bytes().strip_prefix(begin).is_some_and(is_guid) {
            continue;
        }
        let mark = folder.join(name);
        let mut waits = 0..WAITS;
        while let Ok(found) = fs::symlink_metadata(&mark)
            && found.is_file()
            && found.len() < MOST
        {
            let said = fs::read(&mark).unwrap_or_default();
            let age = age(found.modified()?, now);
            if Holder::of(&said).patience().is_some_and(|patience| age > patience) {
                // A crash left it.
                let _ = fs::remove_file(&mark);
                break;
            }
            if waits.next().is_none() {
                let text = format!("remove `{}` if its process has ended", mark.display());
                return Err(io::Error::new(ErrorKind::TimedOut, text));
            }
            thread::sleep(PAUSE);
        }
    }
    Ok(())
}

fn is_guid(text: &[u8]) -> bool {
    let is_own = |(at, byte): (usize, &u8)| match at {
        8 | 13 | 18 | 23 => *byte == b'-',
        _ => byte.is_ascii_hexdigit(),
    };
    text.len() == 36 && text.iter().enumerate().all(is_own)
}

/// The age of a file; a time in the future counts as just now.
fn age(written: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(written).unwrap_or_default()
}

/// Overwrites the text in place, so that it is never missing, not even in part.
fn write(mut file: &File, text: &str) -> io::Result<()> {
    file.seek(SeekFrom::Start(0))?;
    file.write_all(text.as_bytes())?;
    file.set_len(text.len() as u64)
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    place::for_us_alone(&mut options).read(true).write(true);
    // Share reading and writing, but not removing or renaming, so that the open file keeps its
    // name.
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

/// Removes the file if it is still ours, before anyone else can lock it.
#[cfg(unix)]
fn remove(file: Arc<File>, path: &Path, _text: &[u8]) -> io::Result<()> {
    let removed = if place::is_at(&file, path)? { fs::remove_file(path) } else { Ok(()) };
    drop(file);
    removed
}

/// An open file cannot be removed here. A process that has locked it since keeps us from reading
/// and removing it.
#[cfg(not(unix))]
fn remove(file: Arc<File>, path: &Path, text: &[u8]) -> io::Result<()> {
    drop(file);
    if fs::read(path)? == text {
        place::patiently(|| fs::remove_file(path))?;
    }
    Ok(())
}

const TRIES: u32 = 10;
/// Three seconds; looking and removing takes microseconds.
const WAITS: u32 = 300;
/// Larger than any mark, in bytes.
const MOST: u64 = 1024;
const PAUSE: Duration = Duration::from_millis(10);
/// Node beats at the same rate.
const BEAT: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests;
