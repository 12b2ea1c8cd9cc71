//! Finds what the output folder has under a package's name.

use sha2::{Digest, Sha256};

use super::files::{Files, Found};
use crate::engine::{Held, Verdict};
use crate::work::Effects;
use crate::{Code, Error, hex};

/// Reports what exists under this name. A package counts as sealed only if its size and SHA-256
/// match its manifest.
pub async fn inspect(effects: Effects, folder: String, name: String) -> Held {
    if let Err(error) = super::check_name(&name) {
        return Held::Conflict(error);
    }
    let files = Files::new(effects, &folder, &name);
    look(&files).await.unwrap_or_else(Held::Conflict)
}

async fn look(files: &Files) -> Result<Held, Error> {
    let damaged = files.damaged();
    for name in [&files.package, &damaged.package] {
        give_back(files, name).await;
    }
    Ok(match files.look(&files.package).await? {
        Found::File(_) => sealed(files).await?,
        Found::Other => Held::Conflict(exists(files, "is no plain file")),
        Found::Nothing if files.look(&damaged.package).await? != Found::Nothing => {
            Held::Conflict(kept(files, &damaged).await?)
        }
        Found::Nothing => match files.look(&files.part()).await? {
            Found::File(length) if length > 0 => {
                Held::Partial(files.sidecar().await.partial(length))
            }
            _ => Held::Nothing,
        },
    })
}

/// Removes the empty file that a crash in the middle of a rename leaves beside the download on
/// systems without hard links.
async fn give_back(files: &Files, name: &str) {
    if matches!(files.look(name).await, Ok(Found::File(0)))
        && matches!(files.look(&files.part()).await, Ok(Found::File(1..)))
    {
        let _ = files.remove(name).await;
    }
}

async fn sealed(files: &Files) -> Result<Held, Error> {
    let manifest = match files.manifest().await {
        Ok(manifest) if manifest.verdict == Verdict::Damaged => {
            let what = "is a damaged package, as its manifest says";
            return Ok(Held::Conflict(exists(files, what)));
        }
        Ok(manifest) => manifest,
        Err(error) => {
            let what = format!("has no usable manifest: {error}");
            return Ok(Held::Conflict(exists(files, &what)));
        }
    };
    let (size, sha256) = sum(files, &files.package).await?;
    if (size, &sha256) != (manifest.package.size, &manifest.package.sha256) {
        return Ok(Held::Conflict(mismatch(files)));
    }
    remove_download(files).await;
    Ok(Held::Sealed { size, sha256, verdict: manifest.verdict })
}

/// The error with which a kept damaged package ended.
async fn kept(files: &Files, damaged: &Files) -> Result<Error, Error> {
    let manifest = match damaged.manifest().await {
        Ok(manifest) => manifest,
        Err(error) => return Ok(exists(damaged, &format!("has no usable manifest: {error}"))),
    };
    let (size, sha256) = sum(damaged, &damaged.package).await?;
    if (size, &sha256) != (manifest.package.size, &manifest.package.sha256) {
        return Ok(mismatch(damaged));
    }
    remove_download(files).await;
    let text = format!(
        "the package is damaged: {}; it is kept as `{}`",
        manifest.why.unwrap_or_default(),
        damaged.shown(&damaged.package)
    );
    Ok(Error::new(Code::PackageDamaged, text)
        .with_hint("to fetch it again, move this file and its manifest elsewhere first"))
}

/// Removes what a crash in the middle of a rename left: a second name for the same file, through
/// which a later download would overwrite the package.
async fn remove_download(files: &Files) {
    let _ = files.remove(&files.part()).await;
    let _ = files.remove(&files.sidecar_name()).await;
}

async fn sum(files: &Files, name: &str) -> Result<(u64, String), Error> {
    let mut hash = Sha256::new();
    let size = files.read_all(name, &mut |bytes| hash.update(bytes)).await?;
    Ok((size, hex(&hash.finalize())))
}

fn mismatch(files: &Files) -> Error {
    let package = files.shown(&files.package);
    let text = format!("`{package}` is not the package that its manifest describes");
    Error::new(Code::ManifestMismatch, text)
}

pub(super) fn exists(files: &Files, what: &str) -> Error {
    let text = format!("`{}` exists and {what}", files.shown(&files.package));
    Error::new(Code::FileExists, text)
}
