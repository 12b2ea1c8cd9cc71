//! What went wrong on the disk, in words that help.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;

use mde_forensics_core::{Code, Error};

/// The error for a file or folder that could not be written or read.
pub(crate) fn failed(path: &Path, error: &io::Error) -> Error {
    let failed = refused(path, error);
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            failed.with_hint("the disk is full; make room and run again, what was received is kept")
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => failed.with_hint(
            "the folder cannot be written; give another one or the right to write there",
        ),
        ErrorKind::FileTooLarge => failed.with_hint(
            "the file system does not take files of this size; give a folder on another one",
        ),
        _ => failed,
    }
}

/// The error for output that is refused for this reason.
pub(crate) fn refused(path: &Path, why: impl fmt::Display) -> Error {
    Error::new(Code::OutputFailed, format!("`{}`: {why}", path.display()))
}
