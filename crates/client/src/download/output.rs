//! What went wrong on the disk, in words that help.

use std::fmt;
use std::io::{self, ErrorKind};
use std::path::Path;

use mde_forensics_core::{Code, Error};

/// The error for a file or folder that could not be written or read.
pub(crate) fn failed(path: &Path, error: &io::Error) -> Error {
    let failed = refused(path, error);
    match hint(error.kind()) {
        Some(hint) => failed.with_hint(hint),
        None => failed,
    }
}

/// What to do about it, where that is known.
pub(crate) fn hint(kind: ErrorKind) -> Option<&'static str> {
    match kind {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            Some("the disk is full; make room and run again, what was received is kept")
        }
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            Some("the folder cannot be written; give another one or the right to write there")
        }
        ErrorKind::FileTooLarge => {
            Some("the file system does not take files of this size; give a folder on another one")
        }
        _ => None,
    }
}

/// The error for output that is refused for this reason.
pub(crate) fn refused(path: &Path, why: impl fmt::Display) -> Error {
    Error::new(Code::OutputFailed, format!("`{}`: {why}", path.display()))
}
