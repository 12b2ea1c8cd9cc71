//! Turns a finished download into evidence.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::sync::Arc;

use mde_forensics_core::engine::{Custody, Sealed};
use mde_forensics_core::{Code, Error};
use mde_forensics_package::{Budgets, Digests, Inventory, Kind, Severity};
use serde_json::Value;

use super::manifest::{Manifest, PackageEntry};
use super::output;
use super::part;
use super::paths::Paths;
use super::source::FileSource;
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
        let inventory = match inventory(&file, &self.paths)? {
            Ok(inventory) if inventory.is_whole() => inventory,
            Ok(inventory) => {
                let damage = damage(&inventory);
                return self.damaged(Some(&inventory), damage);
            }
            Err(why) => return self.damaged(None, why),
        };
        let package = self.entry(&self.paths);
        let members = inventory.members.len() as u64;
        let is_notable = |kind: &&Kind| kind.severity() > Severity::Notice;
        let notable = inventory.counts.iter().filter(|(kind, _)| is_notable(kind));
        let findings = notable.map(|(_, count)| count).sum();
        let options = Value::clone(&self.options);
        let manifest = Manifest::whole(self.custody.clone(), options, package, &inventory);
        self.put(&self.paths, &manifest)?;
        Ok(Sealed::Whole { members, findings })
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

    fn damaged(&self, inventory: Option<&Inventory>, why: String) -> Result<Sealed, Error> {
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
        let options = Value::clone(&self.options);
        let manifest =
            Manifest::damaged(self.custody.clone(), options, self.entry(&paths), inventory, why);
        self.put(&paths, &manifest)?;
        Ok(Sealed::Damaged(damaged))
    }

    /// Writes the manifest, then moves the download to where the manifest says that it is.
    fn put(&self, to: &Paths, manifest: &Manifest) -> Result<(), Error> {
        manifest.write(&to.manifest)?;
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

    fn entry(&self, paths: &Paths) -> PackageEntry {
        PackageEntry { name: paths.name.clone(), size: self.size, sha256: self.sha256.clone() }
    }
}

/// The inventory of the file; inside, why there is none because of its bytes.
pub(super) fn inventory(file: &File, paths: &Paths) -> Result<Result<Inventory, String>, Error> {
    let at = |e| output::failed(&paths.part, &e);
    let source = FileSource::new(file).map_err(at)?;
    match Inventory::verify(&source, &Budgets::default(), Digests::Sha256, |_| ()) {
        Ok(inventory) => Ok(Ok(inventory)),
        Err(mde_forensics_package::Error::ReadFailed { source, .. }) => Err(at(source)),
        Err(e) => Ok(Err(e.to_string())),
    }
}

/// Why the package is not whole, in the words of the inventory.
fn damage(inventory: &Inventory) -> String {
    let mut damage = inventory.damage().map(|finding| finding.message.as_str());
    match (damage.next(), damage.count()) {
        (Some(first), 0) => first.to_owned(),
        (Some(first), more) => format!("{first}, and {more} findings more"),
        (None, _) => "its structure is wrong".to_owned(),
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
