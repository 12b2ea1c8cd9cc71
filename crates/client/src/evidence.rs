//! Packages on a disk: zips, and folders that somebody extracted one to.

mod source;
mod tables;

use std::error;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mde_forensics_package::{Budgets, FolderFile, Package, Password, Source};

pub use self::source::FileSource;
pub use self::tables::{TableFiles, TableFormat};

/// Opens one package: a zip, or a folder that somebody extracted one to. Links in a folder are not followed.
///
/// Fails if the file or folder cannot be read, and as [`Package::open`] and [`Package::open_folder`] do.
pub fn open<S: Source + From<FileSource>>(
    path: &Path,
    budgets: &Budgets,
) -> Result<Package<S>, OpenError> {
    open_with(path, budgets, None)
}

/// The same with the password of an archive that somebody packed evidence in again.
///
/// Fails as [`open`] does, and as [`Package::open_with`] does.
pub fn open_with<S: Source + From<FileSource>>(
    path: &Path,
    budgets: &Budgets,
    password: Option<&Password>,
) -> Result<Package<S>, OpenError> {
    let kind = fs::metadata(path).map_err(|error| unreadable(path, error))?.file_type();
    if kind.is_dir() {
        return Ok(Package::open_folder_with(files(path, budgets)?, budgets, password)?);
    }
    if !kind.is_file() {
        // To open a pipe is to wait for somebody who writes into it.
        let error =
            io::Error::new(io::ErrorKind::InvalidInput, "it is neither a file nor a folder");
        return Err(unreadable(path, error));
    }
    let source = FileSource::open(path).map_err(|error| unreadable(path, error))?;
    Ok(Package::open_with(source.into(), budgets, password)?)
}

/// Why a package on a disk could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// What is there is no package.
    Package(mde_forensics_package::Error),
    /// A file or a folder cannot be read.
    Unreadable {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

impl fmt::Display for OpenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Package(error) => error.fmt(f),
            Self::Unreadable { path, source } => {
                write!(f, "cannot read `{}`: {source}", path.display())
            }
        }
    }
}

impl error::Error for OpenError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Package(error) => error.source(),
            Self::Unreadable { .. } => None,
        }
    }
}

impl From<mde_forensics_package::Error> for OpenError {
    fn from(error: mde_forensics_package::Error) -> Self {
        Self::Package(error)
    }
}

/// The files below a folder; links are not followed.
fn files<S: From<FileSource>>(
    root: &Path,
    budgets: &Budgets,
) -> Result<Vec<FolderFile<S>>, OpenError> {
    let mut found = Vec::new();
    let mut folders = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| unreadable(&folder, error))? {
            let entry = entry.map_err(|error| unreadable(&folder, error))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| unreadable(&path, error))?;
            if kind.is_dir() && depth < DEEPEST {
                folders.push((path, depth + 1));
            } else if kind.is_file() {
                let below = path.strip_prefix(root).unwrap_or(&path);
                let name = below.to_string_lossy().replace('\\', "/");
                let source = FileSource::later(&path).map_err(|error| unreadable(&path, error))?;
                found.push(FolderFile::new(name, source.into()));
            }
            // One more than the budget, so that the package can say that there are more.
            if found.len() > budgets.entries as usize {
                break;
            }
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(found)
}

fn unreadable(path: &Path, source: io::Error) -> OpenError {
    OpenError::Unreadable { path: path.to_owned(), source }
}

/// How deep folders are searched; a package has two.
const DEEPEST: u32 = 16;
