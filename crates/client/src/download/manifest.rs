//! The manifest file of a package.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use mde_forensics_core::download::Manifest;
use mde_forensics_core::{Code, Error};

/// The path of the manifest for the package at this path.
#[must_use]
pub fn manifest_path(package: &Path) -> PathBuf {
    let mut name = package.as_os_str().to_owned();
    name.push(".manifest.json");
    name.into()
}

/// Reads the manifest of the package at this path; the package itself is not read.
///
/// Fails with `manifest_missing` if there is none, and with `manifest_mismatch` if it is too large,
/// of another version, or unreadable.
pub fn manifest_beside(package: &Path) -> Result<Manifest, Error> {
    read(&manifest_path(package))
}

/// Reads a manifest. Fails as [`manifest_beside`] does.
pub(super) fn read(path: &Path) -> Result<Manifest, Error> {
    let name = path.display().to_string();
    let unusable = |e: io::Error| Manifest::unusable(&name, &e.to_string());
    let kind = match fs::metadata(path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let text = format!("there is no manifest `{name}` to compare the package with");
            return Err(Error::new(Code::ManifestMissing, text));
        }
        found => found.map_err(unusable)?,
    };
    // Opening a pipe blocks until someone writes to it.
    if !kind.is_file() {
        return Err(Manifest::unusable(&name, "it is no file"));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unusable)?;
    // The file may grow while it is read.
    file.take(MAX_SIZE + 1).read_to_end(&mut bytes).map_err(unusable)?;
    if bytes.len() as u64 > MAX_SIZE {
        let why = format!("it has more than {} MiB, more than any honest one", MAX_SIZE >> 20);
        return Err(Manifest::unusable(&name, &why));
    }
    Manifest::read(&bytes, &name)
}

/// Enough for every member that an inventory lists.
const MAX_SIZE: u64 = 64 << 20;
