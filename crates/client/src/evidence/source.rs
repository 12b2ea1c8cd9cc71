//! A file as the bytes of a package.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use mde_forensics_package::Source;

/// A file as the bytes of a package or of one of its members.
#[derive(Debug)]
pub struct FileSource {
    file: Handle,
    length: u64,
}

#[derive(Debug)]
enum Handle {
    Open(File),
    /// Opened for each read: a folder may have more files than a process may have open.
    Later(PathBuf),
}

impl FileSource {
    /// Opens the file at this path. Fails with the system's error.
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::of(File::open(path)?)
    }

    /// Wraps an open file. Fails with the system's error.
    pub fn of(file: File) -> io::Result<Self> {
        let length = file.metadata()?.len();
        Ok(Self { file: Handle::Open(file), length })
    }

    /// Refers to a file, not a link, that is opened again for each read. Fails with the system's
    /// error.
    pub fn later(path: &Path) -> io::Result<Self> {
        let length = path.symlink_metadata()?.len();
        Ok(Self { file: Handle::Later(path.to_owned()), length })
    }
}

impl Source for FileSource {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        match &self.file {
            Handle::Open(file) => read_at(file, offset, buf),
            Handle::Later(path) => read_at(&File::open(path)?, offset, buf),
        }
    }
}

#[cfg(unix)]
fn read_at(file: &File, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buf, offset)
}

#[cfg(windows)]
fn read_at(file: &File, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buf, offset)
}
