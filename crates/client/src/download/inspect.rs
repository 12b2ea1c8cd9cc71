//! What lies in the folder under a package's name.

use std::fs;
use std::io::ErrorKind;

use mde_forensics_core::engine::Held;
use mde_forensics_core::{Code, Error};

use super::manifest::{Manifest, Verdict};
use super::output;
use super::paths::Paths;
use super::sidecar::Sidecar;
use super::verify;

/// Says what lies there; a package counts as sealed only if every byte of it is the one of its manifest.
pub(super) fn inspect(paths: &Paths) -> Held {
    match fs::symlink_metadata(&paths.package) {
        Ok(found) if found.is_file() => sealed(paths),
        Ok(_) => Held::Conflict(exists(paths, "is no plain file")),
        Err(e) if e.kind() == ErrorKind::NotFound => partial(paths),
        Err(e) => Held::Conflict(output::failed(&paths.package, &e)),
    }
}

fn sealed(paths: &Paths) -> Held {
    let manifest = match Manifest::read(&paths.manifest) {
        Ok(manifest) if manifest.verdict == Verdict::Whole => manifest,
        Ok(_) => {
            return Held::Conflict(exists(paths, "is a damaged package, as its manifest says"));
        }
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
            Held::Sealed { size, sha256 }
        }
        Ok(_) => {
            let text = format!(
                "`{}` is not the package that its manifest describes",
                paths.package.display()
            );
            Held::Conflict(Error::new(Code::ManifestMismatch, text))
        }
        Err(error) => Held::Conflict(error),
    }
}

fn partial(paths: &Paths) -> Held {
    match fs::metadata(&paths.part) {
        Ok(part) if part.len() > 0 => Held::Partial(Sidecar::read(paths).partial(part.len())),
        Ok(_) => Held::Nothing,
        Err(e) if e.kind() == ErrorKind::NotFound => Held::Nothing,
        Err(e) => Held::Conflict(output::failed(&paths.part, &e)),
    }
}

fn exists(paths: &Paths, what: &str) -> Error {
    Error::new(Code::FileExists, format!("`{}` exists and {what}", paths.package.display()))
}
