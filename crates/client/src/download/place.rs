//! Puts files in place: whole, durable, and over nothing that exists.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::Path;

/// Writes a file of ours anew, so that a reader sees the old one or the new one, and syncs it.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = Path::new(&name);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    let mut file = for_us_alone(&mut options).open(new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(new, path)
}

/// Evidence is not for everybody on the machine: what is created is for this user alone.
pub(super) fn for_us_alone(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Renames a file; fails with [`ErrorKind::AlreadyExists`] if `to` exists.
pub(super) fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match fs::hard_link(from, to) {
        Ok(()) => fs::remove_file(from),
        Err(e) if e.kind() == ErrorKind::AlreadyExists => Err(e),
        Err(_) => rename_unlinked(from, to),
    }
}

/// For file systems without hard links: takes the name first, then renames over what was just created.
fn rename_unlinked(from: &Path, to: &Path) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(to)?;
    fs::rename(from, to).inspect_err(|_| {
        // The name is ours and empty; the error that matters is the one of the rename.
        let _ = fs::remove_file(to);
    })
}

/// Makes the folder's entries durable.
#[cfg(unix)]
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

/// Windows makes a folder's entries durable by itself and cannot open it like a file.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the signature of the other systems")]
pub(super) fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

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
}
