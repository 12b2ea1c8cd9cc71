//! Packages on a disk: zips, folders that somebody extracted, and folders full of zips.

use std::fs;
use std::path::{Path, PathBuf};

use mde_forensics::evidence::{self, FileSource, OpenError};
use mde_forensics_package::{Error, Package};

use crate::args::evidence::Access;
use crate::exit::Exit;
use crate::failure::Failure;

/// Opens one package: a zip, or a folder that somebody extracted.
pub(crate) fn open(path: &Path, access: &Access) -> Result<Package<FileSource>, Failure> {
    let Access { budgets, password } = access;
    evidence::open_with(path, budgets, password.as_ref()).map_err(|error| match error {
        OpenError::Package(error @ Error::WrongPassword { .. }) => {
            Failure::from_package(path, error).with_hint(PASSWORDS)
        }
        OpenError::Package(error) => Failure::from_package(path, error),
        other => Failure::new(Exit::Usage, other.to_string()),
    })
}

/// The packages that a path stands for: itself, or every zip in it, by their names, where it is a folder
/// that has any.
pub(crate) fn packages(path: &Path) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut zips = Vec::new();
    for entry in fs::read_dir(path).map_err(|error| unreadable(path, &error))? {
        let entry = entry.map_err(|error| unreadable(path, &error))?.path();
        let is_zip = entry.extension().is_some_and(|end| end.eq_ignore_ascii_case("zip"));
        if is_zip && entry.is_file() {
            zips.push(entry);
        }
    }
    zips.sort();
    Ok(if zips.is_empty() { vec![path.to_owned()] } else { zips })
}

pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Usage, format!("cannot read `{}`: {error}", path.display()))
}

const PASSWORDS: &str = "\
it is what `--password-file`, MDE_EVIDENCE_PASSWORD or `--password` says, byte for byte; old tools made a password with
other letters than English ones of their own code page: write those bytes into a file";
