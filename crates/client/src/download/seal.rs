//! Turns a finished download into evidence.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::sync::Arc;

use mde_forensics_core::download::{Judgement, Manifest, PackageEntry};
use mde_forensics_core::engine::{Custody, Sealed, Verdict};
use mde_forensics_core::{Code, Error};
use serde_json::Value;

use super::judge::judge;
use super::manifest;
use super::output;
use super::part;
use super::paths::Paths;
use crate::place;

/// One finished download, and what its manifest will say.
pub(super) struct Seal {
    pub(super) paths: Paths,
    pub(super) custody: Custody,
    pub(super) options: Arc<Value>,
    pub(super) size: u64,
    pub(super) sha256: String,
    pub(super) keep_damaged: bool,
}

impl Seal {
    /// Syncs, verifies, writes the manifest, renames, and syncs the folder; in this order, so that a crash at any
    /// point leaves either a download that can be continued or a package with its manifest.
    pub(super) fn run(self) -> Sealed {
        self.try_run().unwrap_or_else(Sealed::Failed)
    }

    fn try_run(self) -> Result<Sealed, Error> {
        let file = part::lock(&self.paths)?;
        self.check(&file)?;
        let judgement = judge(&file, &self.paths.part)?;
        let why = judgement.why.clone().unwrap_or_default();
        if judgement.verdict == Verdict::Damaged {
            return self.damaged(judgement, &why);
        }
        let (members, findings) = (judgement.members.len() as u64, judgement.notable);
        let verdict = judgement.verdict;
        self.put(&self.paths, &self.manifest(&self.paths, judgement))?;
        Ok(match verdict {
            Verdict::Whole => Sealed::Whole { members, findings },
            _ => Sealed::Unverified { members, findings, why },
        })
    }

    /// Makes sure that what was received is what lies there and that nothing is in its way.
    fn check(&self, file: &File) -> Result<(), Error> {
        let at = |e| output::failed(&self.paths.part, &e);
        file.sync_all().map_err(at)?;
        let length = file.metadata().map_err(at)?.len();
        if length != self.size {
            let text = format!(
                "`{}` has {length} bytes, and {} were received",
                self.paths.part.display(),
                self.size
            );
            return Err(Error::new(Code::SizeMismatch, text));
        }
        is_free(&self.paths)
    }

    fn damaged(&self, judgement: Judgement, why: &str) -> Result<Sealed, Error> {
        let error = |kept: &str| {
            Error::new(Code::PackageDamaged, format!("the package is damaged: {why}{kept}"))
        };
        if !self.keep_damaged {
            self.forget().map_err(|e| output::failed(&self.paths.part, &e))?;
            return Ok(Sealed::Damaged(error("")));
        }
        let paths = self.paths.damaged();
        is_free(&paths)?;
        let damaged = error(&format!("; it is kept as `{}`", paths.package.display()));
        self.put(&paths, &self.manifest(&paths, judgement))?;
        Ok(Sealed::Damaged(damaged))
    }

    fn manifest(&self, paths: &Paths, judgement: Judgement) -> Manifest {
        let package =
            PackageEntry { name: paths.name.clone(), size: self.size, sha256: self.sha256.clone() };
        let options = Value::clone(&self.options);
        Manifest::new(self.custody.clone(), options, package, judgement)
    }

    /// Writes the manifest, then moves the download to where the manifest says that it is.
    fn put(&self, to: &Paths, manifest: &Manifest) -> Result<(), Error> {
        manifest::write(manifest, &to.manifest)?;
        // No crash may leave the package without its record.
        place::sync_folder(&to.folder).map_err(|e| output::failed(&to.folder, &e))?;
        place::rename(&self.paths.part, &to.package).map_err(|e| match e.kind() {
            ErrorKind::AlreadyExists => exists(to),
            _ => output::failed(&to.package, &e),
        })?;
        // The package is in place; what said where its download stood is of no use any more.
        let _ = fs::remove_file(&self.paths.sidecar);
        place::sync_folder(&to.folder).map_err(|e| output::failed(&to.folder, &e))
    }

    fn forget(&self) -> std::io::Result<()> {
        let _ = fs::remove_file(&self.paths.sidecar);
        fs::remove_file(&self.paths.part)
    }
}

fn is_free(paths: &Paths) -> Result<(), Error> {
    match paths.package.try_exists() {
        Ok(false) => Ok(()),
        Ok(true) => Err(exists(paths)),
        Err(e) => Err(output::failed(&paths.package, &e)),
    }
}

fn exists(paths: &Paths) -> Error {
    Error::new(Code::FileExists, format!("`{}` exists already", paths.package.display()))
}
