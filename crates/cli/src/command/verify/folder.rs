//! Finds the packages that a folder has, and those that it should have.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::core::engine::{Fact, Stored};
use crate::core::ledger::FILE_NAME;
use crate::core::{Code, Error};
use crate::evidence;
use crate::failure::Failure;
use crate::handles;

/// Whether the package is there.
type There = Result<(), Failure>;

/// The packages of an output folder, sorted by name: those that exist, those that have a manifest, and those that the
/// ledger lists as stored. A missing package or an unreadable ledger comes with its failure.
///
/// Fails if the folder cannot be read, or contains none of these.
pub(super) fn packages(folder: &Path) -> Result<BTreeMap<PathBuf, There>, Failure> {
    let mut found = BTreeMap::new();
    let entries = fs::read_dir(folder).map_err(|error| evidence::unreadable(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| evidence::unreadable(folder, &error))?.path();
        if has_end(&path, "zip") {
            look_for(&mut found, path, "something else has its name");
        } else if has_end(&path, "json") && has_end(&path.with_extension(""), "manifest") {
            let package = path.with_extension("").with_extension("");
            if has_end(&package, "zip") {
                look_for(&mut found, package, "its manifest is there");
            }
        }
    }
    match handles::records(folder) {
        Ok(records) => {
            for record in records {
                // The ledger may be untrusted: its names must not lead out of the folder.
                if let Fact::Stored(Stored { name, .. }) = record.fact
                    && Path::new(&name).file_name() == Some(name.as_ref())
                {
                    look_for(&mut found, folder.join(name), "the ledger lists it as stored");
                }
            }
        }
        Err(_) if !is_there(&folder.join(FILE_NAME)) => {}
        Err(failure) => {
            found.insert(folder.join(FILE_NAME), Err(failure));
        }
    }
    if found.is_empty() {
        let text = format!("`{}` contains no packages", folder.display());
        return Err(Failure::usage(text).with_hint(
            "pass packages or the folder that was given to `--out`; extracted files have no manifest",
        ));
    }
    Ok(found)
}

pub(super) fn has_end(path: &Path, end: &str) -> bool {
    path.extension().is_some_and(|own| own.eq_ignore_ascii_case(end))
}

fn look_for(found: &mut BTreeMap<PathBuf, There>, package: PathBuf, why: &str) {
    if found.contains_key(&package) {
        return;
    }
    let name = package.display();
    let there = if package.is_file() {
        Ok(())
    } else if is_there(&package.with_extension("zip.part")) {
        // The manifest is written first: the run was interrupted, or is not done yet.
        let text = format!("`{name}` is unfinished: its download is next to it");
        Err(Failure::from(Error::new(Code::ManifestMismatch, text))
            .with_hint("`mde-forensics resume FOLDER` continues it"))
    } else {
        let text = format!("`{name}` is missing, but {why}: it was removed, moved or renamed");
        Err(Failure::from(Error::new(Code::ManifestMismatch, text))
            .with_hint("find out what happened, and if the package turns up, verify it before use"))
    };
    found.insert(package, there);
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
