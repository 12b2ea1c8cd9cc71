//! Which packages a folder has, and which it should have.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::core::engine::{Fact, Stored};
use crate::core::ledger::FILE_NAME;
use crate::core::{Code, Error};
use crate::evidence;
use crate::failure::Failure;
use crate::handles;

/// Whether there is a package to compare.
type There = Result<(), Failure>;

/// The packages of an output folder in the order of their names: those that lie there, those that have a manifest there,
/// and those that its ledger says were stored. What is not there, or not readable, has its failure.
///
/// Fails if the folder cannot be read, or there is none of all that.
pub(super) fn packages(folder: &Path) -> Result<BTreeMap<PathBuf, There>, Failure> {
    let mut found = BTreeMap::new();
    let entries = fs::read_dir(folder).map_err(|error| evidence::unreadable(folder, &error))?;
    for entry in entries {
        let path = entry.map_err(|error| evidence::unreadable(folder, &error))?.path();
        if has_end(&path, "zip") {
            look_for(&mut found, path, "something of its name is");
        } else if has_end(&path, "json") && has_end(&path.with_extension(""), "manifest") {
            let package = path.with_extension("").with_extension("");
            if has_end(&package, "zip") {
                look_for(&mut found, package, "its manifest is");
            }
        }
    }
    match handles::records(folder) {
        Ok(records) => {
            for record in records {
                // A ledger may come with the evidence, and what it says must not lead elsewhere.
                if let Fact::Stored(Stored { name, .. }) = record.fact
                    && Path::new(&name).file_name() == Some(name.as_ref())
                {
                    look_for(&mut found, folder.join(name), "the ledger says that it was");
                }
            }
        }
        Err(_) if !is_there(&folder.join(FILE_NAME)) => {}
        Err(failure) => {
            found.insert(folder.join(FILE_NAME), Err(failure));
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

fn look_for(found: &mut BTreeMap<PathBuf, There>, package: PathBuf, why: &str) {
    if found.contains_key(&package) {
        return;
    }
    let name = package.display();
    let there = if package.is_file() {
        Ok(())
    } else if is_there(&package.with_extension("zip.part")) {
        // The manifest is written first: this is a run that was interrupted, or still is at it.
        let text = format!("`{name}` has not come to its end: its download lies beside it");
        Err(Failure::from(Error::new(Code::ManifestMismatch, text))
            .with_hint("`mde-forensics resume FOLDER` goes on with it"))
    } else {
        let text =
            format!("`{name}` is no file there, and {why}: it was removed, moved or renamed");
        Err(Failure::from(Error::new(Code::ManifestMismatch, text))
            .with_hint("find out who did that, and verify what turns up before it is used"))
    };
    found.insert(package, there);
}

fn is_there(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}
