//! Which packages a folder has, and which it should have.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use crate::core::ledger::FILE_NAME;
use crate::evidence;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::handles;

/// Whether there is a package to compare.
type There = Result<(), Failure>;

/// The packages of an output folder in the order of their names: those that lie there, those that have a manifest there,
/// and those that its ledger says were collected. What is not there, or not readable, has its failure.
///
/// Fails if the folder cannot be read, or there is none of all that.
pub(super) fn packages(folder: &Path) -> Result<BTreeMap<PathBuf, There>, Failure> {
    let mut found = BTreeMap::new();
    let entries = fs::read_dir(folder).map_err(|error| evidence::unreadable(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| evidence::unreadable(folder, &error))?.path();
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if has_end(&path, "zip") {
            found.insert(path, Ok(()));
        } else if let Some(package) = name.strip_suffix(MANIFEST)
            && has_end(Path::new(package), "zip")
        {
            note_missing(&mut found, folder.join(package), "its manifest is");
        }
    }
    let ledger = folder.join(FILE_NAME);
    if ledger.exists() {
        match handles::of_folder(folder) {
            Ok(handles) => {
                let names = handles.iter().filter_map(|handle| handle.package());
                for name in names.map(|package| package.name.as_str()) {
                    // A ledger may come with the evidence, and what it says must not lead elsewhere.
                    if Path::new(name).file_name() == Some(OsStr::new(name)) {
                        note_missing(&mut found, folder.join(name), "the ledger says that it was");
                    }
                }
            }
            Err(failure) => {
                found.insert(ledger, Err(failure));
            }
        }
    }
    if found.is_empty() {
        let text = format!("`{}` is a folder without packages", folder.display());
        return Err(Failure::usage(text).with_hint(
            "name the folder that `--out` named, or packages; what was extracted from one has no manifest",
        ));
    }
    Ok(found)
}

pub(super) fn has_end(path: &Path, end: &str) -> bool {
    path.extension().is_some_and(|own| own.eq_ignore_ascii_case(end))
}

fn note_missing(found: &mut BTreeMap<PathBuf, There>, package: PathBuf, why: &str) {
    if !found.contains_key(&package) && !package.exists() {
        let text = format!(
            "`{}` is not there, and {why}: it was removed, moved or renamed",
            package.display()
        );
        found.insert(package, Err(Failure::new(Exit::Altered, text)));
    }
}

const MANIFEST: &str = ".manifest.json";
