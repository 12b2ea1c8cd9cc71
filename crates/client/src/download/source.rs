//! A file as a package's bytes.

use std::fs::File;
use std::io;

use mde_forensics_package::Source;

/// A file as a package's bytes.
pub(super) struct FileSource<'a> {
    file: &'a File,
    length: u64,
}

impl<'a> FileSource<'a> {
    pub(super) fn new(file: &'a File) -> io::Result<Self> {
        Ok(Self { file, length: file.metadata()?.len() })
    }
}

impl Source for FileSource<'_> {
    fn len(&self) -> u64 {
        self.length
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self.file, buf, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self.file, buf, offset)
    }
}
