//! Packages on a disk: zips, folders that somebody extracted, and folders full of zips.

mod source;

use std::fs;
use std::path::{Path, PathBuf};

use mde_forensics_package::{Budgets, Error, FolderFile, Package};

pub(crate) use self::source::FileSource;
use crate::args::evidence::Access;
use crate::exit::Exit;
use crate::failure::Failure;

/// Opens one package: a zip, or a folder that somebody extracted.
pub(crate) fn open(path: &Path, access: &Access) -> Result<Package<FileSource>, Failure> {
    let failed = |error: Error| {
        let is_locked = matches!(error, Error::WrongPassword { .. });
        let failure = Failure::from_package(path, error);
        if is_locked { failure.with_hint(PASSWORDS) } else { failure }
    };
    let Access { budgets, password } = access;
    if path.is_dir() {
        let files = files(path, budgets)?;
        return Package::open_folder_with(files, budgets, password.as_ref()).map_err(failed);
    }
    let source = FileSource::open(path).map_err(|error| unreadable(path, &error))?;
    Package::open_with(source, budgets, password.as_ref()).map_err(failed)
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

/// The files below a folder; links are not followed.
fn files(root: &Path, budgets: &Budgets) -> Result<Vec<FolderFile<FileSource>>, Failure> {
    let mut found = Vec::new();
    let mut folders = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))? {
            let entry = entry.map_err(|error| unreadable(&folder, &error))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| unreadable(&path, &error))?;
            if kind.is_dir() && depth < DEEPEST {
                folders.push((path, depth + 1));
            } else if kind.is_file() {
                let below = path.strip_prefix(root).unwrap_or(&path);
                let name = below.to_string_lossy().replace('\\', "/");
                let source = FileSource::later(&path).map_err(|error| unreadable(&path, &error))?;
                found.push(FolderFile::new(name, source));
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

pub(crate) fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Exit::Usage, format!("cannot read `{}`: {error}", path.display()))
}

const PASSWORDS: &str = "\
it is what `--password-file`, MDE_EVIDENCE_PASSWORD or `--password` says, byte for byte; old tools made a password with
other letters than English ones of their own code page: write those bytes into a file";
/// How deep folders are searched; a package has two.
const DEEPEST: u32 = 16;
