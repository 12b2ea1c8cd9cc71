//! Disk errors with helpful hints.

use std::io::{self, ErrorKind};
use std::path::Path;

use mde_forensics_core::download::disk_hint;
use mde_forensics_core::{Code, Error};

/// The error for a file or folder that could not be read or written.
pub(crate) fn failed(path: &Path, error: &io::Error) -> Error {
    let failed = Error::new(Code::OutputFailed, format!("`{}`: {error}", path.display()));
    match hint(error.kind()) {
        Some(hint) => failed.with_hint(hint),
        None => failed,
    }
}

/// The hint for this kind of error, if there is one.
pub(crate) fn hint(kind: ErrorKind) -> Option<&'static str> {
    disk_hint(match kind {
        ErrorKind::StorageFull => "ENOSPC",
        ErrorKind::QuotaExceeded => "EDQUOT",
        ErrorKind::PermissionDenied => "EACCES",
        ErrorKind::ReadOnlyFilesystem => "EROFS",
        ErrorKind::FileTooLarge => "EFBIG",
        _ => return None,
    })
}
