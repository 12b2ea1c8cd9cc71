//! Puts files in place: whole, durable, and never over an existing file.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::random;

/// Replaces one of our own files atomically, so that a reader sees the old or the new one, and
/// syncs it.
pub(crate) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    replace_with(path, bytes, |_| Ok(()))
}

/// Like [`replace`], and keeps the old file's group and permissions.
pub(crate) fn replace_alike(path: &Path, bytes: &[u8], old: &fs::Metadata) -> io::Result<()> {
    replace_with(path, bytes, |new| make_alike(new, old))
}

fn replace_with(
    path: &Path,
    bytes: &[u8],
    prepare: impl FnOnce(&Path) -> io::Result<()>,
) -> io::Result<()> {
    let new = write_new(path, bytes)?;
    let replaced = prepare(&new).and_then(|()| patiently(|| fs::rename(&new, path)));
    replaced.inspect_err(|_| {
        let _ = fs::remove_file(&new);
    })
}

#[cfg(unix)]
fn make_alike(new: &Path, old: &fs::Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, chown};

    // Otherwise the old group would lose access and ours would gain it.
    if fs::metadata(new)?.gid() != old.gid() {
        chown(new, None, Some(old.gid()))?;
    }
    fs::set_permissions(new, old.permissions())
}

/// Write access is inherited from the folder.
#[cfg(not(unix))]
fn make_alike(new: &Path, old: &fs::Metadata) -> io::Result<()> {
    fs::set_permissions(new, old.permissions())
}

/// Writes a whole file and syncs it. Fails with [`ErrorKind::AlreadyExists`] if a file that is not
/// empty exists.
pub(crate) fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if fs::symlink_metadata(path).is_ok_and(|found| found.is_file() && found.len() == 0) {
        // A crash in the middle of a rename left it.
        fs::remove_file(path)?;
    }
    let new = write_new(path, bytes)?;
    rename(&new, path).inspect_err(|_| {
        let _ = fs::remove_file(&new);
    })
}

fn write_new(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let mut name = path.as_os_str().to_owned();
    // A name that cannot be guessed: an attacker's link under a known name would redirect the
    // write.
    name.push(format!(".{}.new", random::digits().map_err(io::Error::other)?));
    let new = PathBuf::from(name);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    let mut file = for_us_alone(&mut options).open(&new)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    // Windows cannot remove an open file.
    drop(file);
    written.inspect_err(|_| {
        // Report the error of the write.
        let _ = fs::remove_file(&new);
    })?;
    Ok(new)
}

/// Removes what a crash left of a rewrite of this file; the caller holds the lock that keeps other
/// writers out.
pub(crate) fn sweep_new(path: &Path) -> io::Result<()> {
    let (Some(folder), Some(own)) = (path.parent(), path.file_name()) else { return Ok(()) };
    sweep(folder, |name| whole_name(name, ".new").is_some_and(|name| *own == *name))
}

/// Removes the regular files of a folder whose names match. A file that cannot be removed is left
/// for the next time.
pub(crate) fn sweep(folder: &Path, is_left: impl Fn(&str) -> bool) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().to_str().is_some_and(&is_left)
            && entry.file_type().is_ok_and(|kind| kind.is_file())
        {
            let _ = fs::remove_file(entry.path());
        }
    }
    Ok(())
}

/// The final name in the temporary name of an unfinished file: the part before 32 random digits.
/// `None` for other names.
pub(crate) fn whole_name<'a>(name: &'a str, end: &str) -> Option<&'a str> {
    let (name, digits) = name.strip_suffix(end)?.rsplit_once('.')?;
    let are_ours =
        digits.len() == 32 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    Some(name).filter(|name| are_ours && !name.is_empty())
}

/// Evidence must not be readable by other users: new files are accessible to this user only.
pub(crate) fn for_us_alone(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Renames a file. Fails with [`ErrorKind::AlreadyExists`] if `to` exists.
pub(crate) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => {
            // The file is in place; if its old name remains, the next inspection of the package
            // removes it.
            let _ = fs::remove_file(from);
            Ok(())
        }
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Err(e),
        Err(_) => rename_unlinked(from, to),
    }
}

/// For file systems without hard links: creates the new name first, then renames over it.
fn rename_unlinked(from: &Path, to: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(to)?;
    patiently(|| fs::rename(from, to)).inspect_err(|_| {
        // The name is ours and empty; report the error of the rename.
        let _ = fs::remove_file(to);
    })
}

/// Retries, because Windows refuses to replace a file while a virus scanner or an indexer has it
/// open.
pub(crate) fn patiently<T>(mut work: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    for _ in 0..TRIES {
        match work() {
            Err(e) if cfg!(windows) && e.kind() == ErrorKind::PermissionDenied => {
                std::thread::sleep(PAUSE);
            }
            done => return done,
        }
    }
    work()
}

/// Whether an open file still has this name.
#[cfg(unix)]
pub(crate) fn is_at(file: &fs::File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;

    let own = file.metadata()?;
    match fs::symlink_metadata(path) {
        Ok(there) => Ok((own.dev(), own.ino()) == (there.dev(), there.ino())),
        Err(e) if e.kind() == ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

/// Whether any file has this name; safe code cannot tell which one.
#[cfg(not(unix))]
pub(crate) fn is_at(_file: &fs::File, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

/// Creates a folder and its missing parents, durably and accessible to this user only. An existing
/// folder is unchanged.
///
/// Fails with the system's error.
pub fn create_folder(folder: &Path) -> io::Result<()> {
    if let Some(file) = folder.ancestors().find(|at| at.exists()).filter(|at| !at.is_dir()) {
        let text = format!("`{}` is a file, and a folder is needed there", file.display());
        return Err(io::Error::new(ErrorKind::NotADirectory, text));
    }
    let missing: Vec<_> = folder.ancestors().take_while(|at| !at.exists()).collect();
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)?;
    for new in missing {
        match new.parent() {
            Some(parent) if parent.as_os_str().is_empty() => sync_folder(Path::new("."))?,
            Some(parent) => sync_folder(parent)?,
            None => {}
        }
    }
    Ok(())
}

/// Makes the folder's entries durable.
#[cfg(unix)]
pub(crate) fn sync_folder(folder: &Path) -> io::Result<()> {
    match fs::File::open(folder)?.sync_all() {
        // Some network shares do not support this, and keep the files all the same.
        Err(e) if matches!(e.kind(), ErrorKind::InvalidInput | ErrorKind::Unsupported) => Ok(()),
        synced => synced,
    }
}

/// Windows makes a folder's entries durable by itself and cannot open it like a file.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the signature of the other systems")]
pub(crate) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

const TRIES: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_overwritten() {
        for rename in [rename, rename_unlinked] {
            let folder = tempfile::tempdir().unwrap();
            let [from, to, free] = ["from", "to", "free"].map(|name| folder.path().join(name));
            fs::write(&from, "new").unwrap();
            fs::write(&to, "old").unwrap();

            assert_eq!(rename(&from, &to).unwrap_err().kind(), ErrorKind::AlreadyExists);
            assert_eq!(fs::read(&to).unwrap(), b"old");
            assert_eq!(fs::read(&from).unwrap(), b"new");

            rename(&from, &free).unwrap();
            assert_eq!(fs::read(&free).unwrap(), b"new");
            assert!(!from.exists());
        }
    }

    #[test]
    fn a_file_is_replaced_as_a_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        replace(&path, b"a longer first text").unwrap();
        replace(&path, b"second").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"second");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_file_is_created_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        fs::write(&path, "").unwrap();
        create(&path, b"first").unwrap();
        assert_eq!(create(&path, b"second").unwrap_err().kind(), ErrorKind::AlreadyExists);
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn nothing_is_written_through_what_others_left_beside_it() {
        use std::os::unix::fs::{PermissionsExt, symlink};

        let folder = tempfile::tempdir().unwrap();
        let [path, beside, theirs] =
            ["file", "file.new", "theirs"].map(|name| folder.path().join(name));
        let write = |path: &Path| {
            let _ = fs::remove_file(path);
            create(path, b"first").unwrap();
            replace(path, b"second").unwrap();
            assert_eq!(fs::read(path).unwrap(), b"second");
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        };
        fs::write(&theirs, "theirs").unwrap();
        symlink(&theirs, &beside).unwrap();
        write(&path);
        assert_eq!(fs::read(&theirs).unwrap(), b"theirs");
        fs::remove_file(&beside).unwrap();
        fs::write(&beside, "left").unwrap();
        fs::set_permissions(&beside, fs::Permissions::from_mode(0o644)).unwrap();
        write(&path);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 3);
    }

    #[cfg(unix)]
    #[test]
    fn folders_are_for_us_alone() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("a/b");
        create_folder(&inner).unwrap();
        create_folder(&inner).unwrap();
        for path in [inner.as_path(), inner.parent().unwrap()] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o700);
        }
    }
}
