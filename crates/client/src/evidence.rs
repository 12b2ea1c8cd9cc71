//! Packages on disk: zips, and folders with extracted packages.

mod folder;
mod packages;
mod parts;
mod source;
mod tables;

use std::error;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mde_forensics_package::{Budgets, FolderFile, LeftOut, Package, Password, Source};

pub use self::folder::OutputFolder;
pub use self::packages::{Packages, packages};
pub use self::parts::{Part, Parts};
pub use self::source::FileSource;
pub use self::tables::TableFolder;
pub use crate::place::create_folder;

/// Opens one package: a zip, an extracted folder, or a folder that contains exactly one of these.
/// Links in a folder are not followed.
///
/// Fails if the file or folder cannot be read, if the folder has no files or [several
/// packages](packages()), and as [`Package::open`] and [`Package::open_folder`] do.
pub fn open<S: Source + From<FileSource>>(
    path: &Path,
    budgets: &Budgets,
) -> Result<Package<S>, OpenError> {
    open_with(path, budgets, None)
}

/// Like [`open`], with the password of an archive that evidence was repacked into.
///
/// Fails as [`open`] does, and as [`Package::open_with`] does.
pub fn open_with<S: Source + From<FileSource>>(
    path: &Path,
    budgets: &Budgets,
    password: Option<&Password>,
) -> Result<Package<S>, OpenError> {
    let kind = fs::metadata(path).map_err(|error| unreadable(path, error))?.file_type();
    if kind.is_dir() {
        let one = place(path)?;
        if one != path {
            return open_with(&one, budgets, password);
        }
        let (files, left_out) = files(path, budgets)?;
        if files.is_empty() && left_out.is_empty() {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "the folder has no files");
            return Err(unreadable(path, error));
        }
        let mut package = Package::open_folder_with(files, budgets, password)?;
        package.leave_out(&left_out);
        return Ok(package);
    }
    if !kind.is_file() {
        // Opening a pipe blocks until someone writes to it.
        let error =
            io::Error::new(io::ErrorKind::InvalidInput, "it is neither a file nor a folder");
        return Err(unreadable(path, error));
    }
    let source = FileSource::open(path).map_err(|error| unreadable(path, error))?;
    Ok(Package::open_with(source.into(), budgets, password)?)
}

/// The path of the package that [`open`] opens: the path itself, or the only zip or extracted
/// folder inside it.
///
/// Fails if the folder cannot be read or has [several packages](packages()).
pub fn place(path: &Path) -> Result<PathBuf, OpenError> {
    if path.is_dir() { packages::one(path) } else { Ok(path.to_owned()) }
}

/// Why a package on disk could not be opened.
#[derive(Debug)]
#[non_exhaustive]
pub enum OpenError {
    /// It is not a package.
    Package(mde_forensics_package::Error),
    /// A file or folder cannot be read.
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The system's error.
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

/// The files below a folder, and the entries that are left out; links are not followed.
fn files<S: From<FileSource>>(
    root: &Path,
    budgets: &Budgets,
) -> Result<(Vec<FolderFile<S>>, Vec<LeftOut>), OpenError> {
    let (mut found, mut left_out) = (Vec::new(), Vec::new());
    let mut folders = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| unreadable(&folder, error))? {
            let entry = entry.map_err(|error| unreadable(&folder, error))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| unreadable(&path, error))?;
            let below = path.strip_prefix(root).unwrap_or(&path);
            let name = below.to_string_lossy().replace('\\', "/");
            let mut leave_out = |why| left_out.push(LeftOut { name: name.clone(), why });
            if kind.is_file() {
                let source = FileSource::later(&path).map_err(|error| unreadable(&path, error))?;
                found.push(FolderFile::new(name, source.into()));
            } else if !kind.is_dir() {
                leave_out(if kind.is_symlink() { "a link" } else { "no plain file" });
            } else if depth < DEEPEST {
                folders.push((path, depth + 1));
            } else {
                leave_out("a folder that lies too deep");
            }
            // One more than the budget, so that the package can report that there are more.
            if found.len() > budgets.entries as usize {
                break;
            }
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    left_out.sort_by(|one, other| one.name.cmp(&other.name));
    Ok((found, left_out))
}

fn unreadable(path: &Path, source: io::Error) -> OpenError {
    OpenError::Unreadable { path: path.to_owned(), source }
}

/// The maximum depth of the search; a package has two levels.
const DEEPEST: u32 = 16;

#[cfg(all(test, unix))]
mod tests {
    use mde_forensics_package::IssueKind;

    use super::*;

    #[test]
    fn what_is_left_out_of_a_folder_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let deep = (0..=DEEPEST).fold(folder.path().to_owned(), |at, _| at.join("deep"));
        fs::create_dir_all(&deep).unwrap();
        fs::write(deep.join("hidden.csv"), "Name\r\n").unwrap();
        std::os::unix::fs::symlink("/etc/hostname", folder.path().join("linked.txt")).unwrap();
        fs::write(folder.path().join("read.txt"), "text").unwrap();

        let package: Package<FileSource> = open(folder.path(), &Budgets::default()).unwrap();
        let issues = package.issues().iter();
        let told: Vec<_> = issues
            .filter(|issue| issue.kind == IssueKind::LeftOut)
            .map(|issue| issue.message.as_str())
            .collect();
        let deep = ["deep"; DEEPEST as usize + 1].join("/");
        let too_deep = format!("`{deep}` is a folder that lies too deep, and was not read");
        assert_eq!(told, [too_deep.as_str(), "`linked.txt` is a link, and was not read"]);
    }
}
