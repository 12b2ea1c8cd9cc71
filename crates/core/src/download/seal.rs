//! Turns a finished download into evidence.

use serde_json::Value;

use super::files::{Files, Found};
use super::{Judgement, Manifest, PackageEntry};
use crate::engine::{Custody, Sealed, Verdict};
use crate::work::Effects;
use crate::{Code, Error};

/// A finished download and the content of its manifest.
#[derive(Clone, Debug)]
pub struct Seal {
    /// The output folder's name in error messages.
    pub folder: String,
    /// The package's file name.
    pub name: String,
    /// The manifest's record of the package's origin.
    pub custody: Custody,
    /// The settings of the run.
    pub options: Value,
    /// The number of bytes received.
    pub size: u64,
    /// Their lower-case hexadecimal SHA-256.
    pub sha256: String,
    /// Whether to keep a damaged package under another name.
    pub keep_damaged: bool,
}

/// Syncs, verifies, writes the manifest, renames, and syncs the folder, in this order: a crash at
/// any point leaves either a download that can be continued or a package with its manifest.
pub async fn seal(effects: Effects, seal: Seal) -> Sealed {
    if let Err(error) = super::check_name(&seal.name) {
        return Sealed::Failed(error);
    }
    let files = Files::new(effects, &seal.folder, &seal.name);
    if let Err(error) = files.lock().await {
        return Sealed::Failed(error);
    }
    let sealed = seal.run(&files).await.unwrap_or_else(Sealed::Failed);
    files.unlock().await;
    sealed
}

impl Seal {
    async fn run(self, files: &Files) -> Result<Sealed, Error> {
        let part = files.part();
        files.sync(Some(&part)).await?;
        let length = match files.look(&part).await? {
            Found::File(length) => length,
            _ => 0,
        };
        if length != self.size {
            let part = files.shown(&part);
            let text = format!("`{part}` has {length} bytes, and {} were received", self.size);
            return Err(Error::new(Code::SizeMismatch, text));
        }
        is_free(files).await?;
        let judgement = files.judge(&part, self.size).await?;
        let why = judgement.why.clone().unwrap_or_default();
        if judgement.verdict == Verdict::Damaged {
            return self.damaged(files, judgement, &why).await;
        }
        let (members, findings) = (judgement.members.len() as u64, judgement.notable);
        let verdict = judgement.verdict;
        self.put(files, files, judgement).await?;
        Ok(match verdict {
            Verdict::Whole => Sealed::Whole { members, findings },
            _ => Sealed::Unverified { members, findings, why },
        })
    }

    async fn damaged(
        self,
        files: &Files,
        judgement: Judgement,
        why: &str,
    ) -> Result<Sealed, Error> {
        let error = |kept: &str| {
            Error::new(Code::PackageDamaged, format!("the package is damaged: {why}{kept}"))
        };
        if !self.keep_damaged {
            let _ = files.remove(&files.sidecar_name()).await;
            files.remove(&files.part()).await?;
            return Ok(Sealed::Damaged(error("")));
        }
        let to = files.damaged();
        is_free(&to).await?;
        let damaged = error(&format!("; it is kept as `{}`", to.shown(&to.package)));
        self.put(files, &to, judgement).await?;
        Ok(Sealed::Damaged(damaged))
    }

    /// Writes the manifest, then moves the download to its final name.
    async fn put(self, files: &Files, to: &Files, judgement: Judgement) -> Result<(), Error> {
        let package =
            PackageEntry { name: to.package.clone(), size: self.size, sha256: self.sha256 };
        let manifest = Manifest::new(self.custody, self.options, package, judgement);
        let name = to.manifest_name();
        if !to.create(&name, manifest.to_text()).await? {
            manifest.stands(&to.manifest().await, &to.shown(&name))?;
        }
        // A crash must never leave the package without its manifest.
        to.sync(None).await?;
        if !files.rename(&files.part(), &to.package).await? {
            return Err(exists(to));
        }
        // The package is in place; its sidecar is no longer needed.
        let _ = files.remove(&files.sidecar_name()).await;
        to.sync(None).await
    }
}

async fn is_free(files: &Files) -> Result<(), Error> {
    match files.look(&files.package).await? {
        Found::Nothing => Ok(()),
        _ => Err(exists(files)),
    }
}

fn exists(files: &Files) -> Error {
    Error::new(Code::FileExists, format!("`{}` exists already", files.shown(&files.package)))
}
