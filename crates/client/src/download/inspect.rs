//! What lies in the folder under a package's name.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use mde_forensics_core::engine::{Held, Verdict};
use mde_forensics_core::{Code, Error};

use super::manifest;
use super::output;
use super::paths::Paths;
use super::sidecar;
use super::verify;

/// Says what lies there; a package counts as sealed only if every byte of it is the one of its manifest.
pub(super) fn inspect(paths: &Paths) -> Held {
    let damaged = paths.damaged();
    for name in [&paths.package, &damaged.package] {
        give_back(name, &paths.part);
    }
    match fs::symlink_metadata(&paths.package) {
        Ok(found) if found.is_file() => sealed(paths),
        Ok(_) => Held::Conflict(exists(paths, "is no plain file")),
        Err(e) if e.kind() == ErrorKind::NotFound && exists_at(&damaged.package) => {
            Held::Conflict(kept(&damaged))
        }
        Err(e) if e.kind() == ErrorKind::NotFound => partial(paths),
        Err(e) => Held::Conflict(output::failed(&paths.package, &e)),
    }
}

/// Where there are no hard links a crash in the midst of a rename leaves the new name empty beside the download.
fn give_back(name: &Path, part: &Path) {
    let length = |path: &Path| {
        let found = fs::symlink_metadata(path).ok()?;
        found.is_file().then_some(found.len())
    };
    if length(name) == Some(0) && length(part).is_some_and(|length| length > 0) {
        let _ = fs::remove_file(name);
    }
}

/// The error that the package which is kept as damaged ended with.
fn kept(damaged: &Paths) -> Error {
    let manifest = match manifest::read(&damaged.manifest) {
        Ok(manifest) => manifest,
        Err(error) => return exists(damaged, &format!("has no usable manifest: {error}")),
    };
    match verify::bytes(&damaged.package) {
        Ok((size, sha256))
            if (size, &sha256) == (manifest.package.size, &manifest.package.sha256) =>
        {
            let why = manifest.why.unwrap_or_default();
            let text = format!(
                "the package is damaged: {why}; it is kept as `{}`",
                damaged.package.display()
            );
            Error::new(Code::PackageDamaged, text)
                .with_hint("to fetch it again, move this file and its manifest elsewhere first")
        }
        Ok(_) => mismatch(damaged),
        Err(error) => error,
    }
}

fn exists_at(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok()
}

fn sealed(paths: &Paths) -> Held {
    let manifest = match manifest::read(&paths.manifest) {
        Ok(manifest) if manifest.verdict == Verdict::Damaged => {
            return Held::Conflict(exists(paths, "is a damaged package, as its manifest says"));
        }
        Ok(manifest) => manifest,
        Err(error) => {
            return Held::Conflict(exists(paths, &format!("has no usable manifest: {error}")));
        }
    };
    match verify::bytes(&paths.package) {
        Ok((size, sha256))
            if size == manifest.package.size && sha256 == manifest.package.sha256 =>
        {
            // A crash between the two halves of a rename leaves them behind.
            let _ = fs::remove_file(&paths.part);
            let _ = fs::remove_file(&paths.sidecar);
            Held::Sealed { size, sha256, verdict: manifest.verdict }
        }
        Ok(_) => Held::Conflict(mismatch(paths)),
        Err(error) => Held::Conflict(error),
    }
}

fn partial(paths: &Paths) -> Held {
    match fs::metadata(&paths.part) {
        Ok(part) if part.len() > 0 => Held::Partial(sidecar::read(paths).partial(part.len())),
        Ok(_) => Held::Nothing,
        Err(e) if e.kind() == ErrorKind::NotFound => Held::Nothing,
        Err(e) => Held::Conflict(output::failed(&paths.part, &e)),
    }
}

fn mismatch(paths: &Paths) -> Error {
    let text =
        format!("`{}` is not the package that its manifest describes", paths.package.display());
    Error::new(Code::ManifestMismatch, text)
}

fn exists(paths: &Paths, what: &str) -> Error {
    Error::new(Code::FileExists, format!("`{}` exists and {what}", paths.package.display()))
}
