//! Packages on disk: zips, extracted folders, and folders of both.

use std::io;
use std::path::{Path, PathBuf};

use mde_forensics::evidence::{self, FileSource, OpenError, Packages};
use mde_forensics_package::{Error, Package};

use crate::args::evidence::Access;
use crate::exit::Exit;
use crate::failure::Failure;

/// Opens one package: a zip, or a folder with an extracted one.
pub(crate) fn open(path: &Path, access: &Access) -> Result<Package<FileSource>, Failure> {
    let Access { budgets, password } = access;
    evidence::open_with(path, budgets, password.as_ref()).map_err(|error| match error {
        OpenError::Package(error @ Error::WrongPassword { .. }) => {
            Failure::from_package(path, error).with_hint(PASSWORDS)
        }
        OpenError::Package(error @ Error::SeveralPackages { .. }) => {
            Failure::from_package(path, error)
                .with_hint("`tables` and `search` accept a folder of several packages")
        }
        OpenError::Package(error) => Failure::from_package(path, error),
        other => Failure::new(Exit::Usage, other.to_string()),
    })
}

/// Finds the packages at all these paths, and what was not looked into.
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

/// Why something next to packages was not looked into.
pub(crate) const LEFT_OUT: &str = "it is a link or special file, or is nested too deeply";
/// Why something next to packages is not a package.
pub(crate) const PASSED_OVER: &str = "skipped: written by `tables` or `extract`";
const PASSWORDS: &str = "\
the password from `--password-file`, `--password` or `MDE_EVIDENCE_PASSWORD` is used byte for byte; old tools encode
non-ASCII passwords in their own code page: write those bytes to a file and pass it with `--password-file`";
