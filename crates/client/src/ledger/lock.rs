//! Keeps whoever else would work in a folder out of it: other processes, and other clients of this one.

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

/// A file beside the ledger that says who works there. The ledger itself is not locked, or nobody could read it
/// meanwhile where such locks are for readers too, as on Windows.
///
/// The file is locked with the system's lock, which ends with its holder, however that ends: what the command or Python
/// left behind is taken over at once. Node has no such lock, and knows by the file's existence that somebody is at work,
/// and by its age that nobody is; so it is written again every 15 seconds, and removed at the end. Of what Node wrote
/// itself the age counts here too.
///
/// Node cannot remove a file on the condition that it is still the one that it looked at. So there is a protocol:
///
/// 1. Whoever would clear a lock away makes a mark beside it, a file named by a GUID.
/// 2. Then it looks at the lock: whoever marks later sees the new one.
/// 3. It removes the lock if that was left behind, and then its mark.
/// 4. Whoever has made the lock, or taken it over in its place, waits for the marks that are there by then.
/// 5. Then it looks whether the lock's name still leads to its own file, and only then has the lock.
///
/// A holder makes no mark when it removes its own lock at the end: that can be another's only after minutes without a beat.
/// Where a file system shows another host old names, the race stays.
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
    /// Takes the lock of this ledger; none where another has it. The `nonce`, a GUID, is for this attempt alone.
    ///
    /// Waits up to three seconds for each who may remove what was there before. Fails if the file cannot be written, if the
    /// file system has no locks, or if one of them does not go on.
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
        Ok(file) => match file.try_lock() {
            // We were so long about it that it was taken for left behind.
            Err(TryLockError::WouldBlock) => Ok(Attempt::Gone),
            locked => begun(locked.map_err(io::Error::from), file, path, text, nonce),
        },
        Err(error) if error.kind() == ErrorKind::AlreadyExists => gone_or(found(path, text, nonce)),
        Err(error) => Err(error),
    }
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
    begun(Ok(()), file, path, text, nonce)
}

/// A file that we have locked is the lock only where it has the name, once nobody is left who may remove it.
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
            // The error that matters is the one before. What is ours goes also where no mark can be made.
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

/// Removes a lock of Node's, or of nobody, that was left behind; false where it was not.
fn cleared(path: &Path, bytes: &[u8], nonce: &str) -> io::Result<bool> {
    let Some(patience) = Holder::of(bytes).patience() else { return Ok(false) };
    marked(path, nonce, |now| {
        if age(fs::symlink_metadata(path)?.modified()?, now) <= patience {
            return Ok(false);
        }
        // Of several of us who come to this at once, whoever has locked it removes it, and the others find that it has lost
        // its name, whatever has that by then.
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
            // Windows removes nothing that another has opened to take it.
            Err(error) if cfg!(windows) && error.kind() != ErrorKind::NotFound => Ok(false),
            removed => removed.map(|()| true),
        }
    })
}

/// Does work that may remove the file, while a mark says so; it is told the time by the clock of the file system.
fn marked<T>(
    path: &Path,
    nonce: &str,
    work: impl FnOnce(SystemTime) -> io::Result<T>,
) -> io::Result<T> {
    let mark = beside(path, nonce);
    let mut made = place::patiently(|| options().create_new(true).open(&mark))?;
    // On a full disk it is empty, and a mark all the same.
    let _ = made.write_all(text(nonce).as_bytes());
    let now = made.metadata().and_then(|made| made.modified());
    // Windows removes nothing that is open.
    drop(made);
    let done = now.and_then(work);
    let _ = place::patiently(|| fs::remove_file(&mark));
    done
}

/// Waits for those who may have looked at what was there before this file was, or before it was ours.
fn outwait(file: &File, path: &Path) -> io::Result<()> {
    let now = file.metadata()?.modified()?;
    let folder = path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let begin = beside(path, "");
    let begin = begin.file_name().unwrap_or_default().as_encoded_bytes();
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        // What else somebody keeps beside it is not ours to read, nor to remove.
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

/// How long ago something was written. What was written later than now was written just now.
fn age(written: SystemTime, now: SystemTime) -> Duration {
    now.duration_since(written).unwrap_or_default()
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

const TRIES: u32 = 10;
/// Three seconds: to look and to remove takes some microseconds.
const WAITS: u32 = 300;
/// Bytes that no mark has.
const MOST: u64 = 1024;
const PAUSE: Duration = Duration::from_millis(10);
/// Node beats as often.
const BEAT: Duration = Duration::from_secs(15);

#[cfg(test)]
mod tests;
