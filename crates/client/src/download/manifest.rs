//! The file of a package's custody record.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mde_forensics_core::download::Manifest;
use mde_forensics_core::{Code, Error};

/// Where the manifest of the package at this path lies.
#[must_use]
pub fn manifest_path(package: &Path) -> PathBuf {
    let mut name = package.as_os_str().to_owned();
    name.push(".manifest.json");
    name.into()
}

/// Reads the manifest beside the package at this path; the package itself is not looked at.
///
/// Fails with `manifest_mismatch` if it is absent, too large, of another version, or not readable.
pub fn manifest_beside(package: &Path) -> Result<Manifest, Error> {
    read(&manifest_path(package))
}

/// Reads a manifest. Fails as [`manifest_beside`] does.
pub(super) fn read(path: &Path) -> Result<Manifest, Error> {
    let name = path.display().to_string();
    let unusable = |e: io::Error| Manifest::unusable(&name, &e.to_string());
    let length = match fs::metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let text = format!("there is no manifest `{name}`, so nothing is known of the package");
            let hint = "look where it was collected to; without it there is nothing to compare the package with";
            return Err(Error::new(Code::ManifestMismatch, text).with_hint(hint));
        }
        found => found.map_err(unusable)?.len(),
    };
    if length > MAX_SIZE {
        let why = format!("it has {length} bytes, more than any honest one");
        return Err(Manifest::unusable(&name, &why));
    }
    Manifest::read(&fs::read(path).map_err(unusable)?, &name)
}

/// Room for every member that an inventory lists.
const MAX_SIZE: u64 = 64 << 20;
