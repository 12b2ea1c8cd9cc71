//! Packages on a disk: zips, folders that somebody extracted, and folders full of both.

use std::io;
use std::path::{Path, PathBuf};

use mde_forensics::evidence::{self, FileSource, OpenError, Packages};
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
        OpenError::Package(error @ Error::SeveralPackages { .. }) => {
            Failure::from_package(path, error)
                .with_hint("`tables` and `search` take them all, each by itself")
        }
        OpenError::Package(error) => Failure::from_package(path, error),
        other => Failure::new(Exit::Usage, other.to_string()),
    })
}

/// The packages that all these paths stand for, and what beside them was not looked into.
pub(crate) fn packages(paths: &[PathBuf]) -> Result<Packages, Failure> {
    let mut all = Packages::default();
    for path in paths {
        let found = evidence::packages(path)
            .map_err(|error| Failure::new(Exit::Usage, error.to_string()))?;
        all.paths.extend(found.paths);
        all.left_out.extend(found.left_out);
        all.passed_over.extend(found.passed_over);
    }
    Ok(all)
}

pub(crate) fn unreadable(path: &Path, error: &io::Error) -> Failure {
    Failure::new(Exit::Usage, format!("cannot read `{}`: {error}", path.display()))
}

/// Why something beside packages was not looked into.
pub(crate) const LEFT_OUT: &str = "it is a link, or lies too deep";
/// Why something beside packages is none.
pub(crate) const PASSED_OVER: &str = "passed over, since `tables` or `extract` wrote it";
const PASSWORDS: &str = "\
it is what `--password-file`, MDE_EVIDENCE_PASSWORD or `--password` says, byte for byte; old tools made a password with
other letters than English ones of their own code page: write those bytes into a file";
