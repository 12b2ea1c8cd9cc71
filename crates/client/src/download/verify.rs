//! Compares a package with its manifest.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use mde_forensics_core::download::{Manifest, MemberEntry};
use mde_forensics_core::engine::Verdict;
use mde_forensics_core::{Error, hex};
use serde::{Serialize, Serializer};
use sha2::{Digest, Sha256};

use super::judge::judge;
use super::manifest;
use super::output;

/// What comparing a package with its manifest gave.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Verification {
    /// The package.
    #[serde(serialize_with = "shown")]
    pub package: PathBuf,
    /// Its manifest's file.
    #[serde(serialize_with = "shown")]
    pub manifest_file: PathBuf,
    /// Bytes that the file has.
    pub size: u64,
    /// Lower-case hexadecimal SHA-256 that the file has.
    pub sha256: String,
    /// What the manifest says.
    pub manifest: Manifest,
    /// Everything in which the file is not what the manifest says.
    pub differences: Vec<Difference>,
}

impl Verification {
    /// Whether every byte of the package is the one that the manifest was written for.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.differences.is_empty()
    }

    /// Whether it is intact, and was whole when it was received: structure and every CRC are right.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.is_intact() && self.manifest.verdict == Verdict::Whole
    }
}

/// One thing in which a package is not what its manifest says.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// What differs, such as `size` or ``member `Processes/Processes.csv`: sha256``.
    pub what: String,
    /// What the manifest says; absent where it knows of no such thing.
    pub manifest: Option<String>,
    /// What the file has; absent where it has no such thing.
    pub file: Option<String>,
}

/// Compares the package at this path with the manifest beside it: the file byte for byte, and everything that the
/// manifest says of what is in it with what is found there now.
///
/// Fails with `manifest_mismatch` if there is no usable manifest, and with `output_failed` if the package cannot be
/// read. That they differ is no error, but [`Verification::differences`].
pub fn verify(package: &Path) -> Result<Verification, Error> {
    let manifest_file = manifest::manifest_path(package);
    let manifest = manifest::read(&manifest_file)?;
    let kind = fs::metadata(package).map_err(|error| output::failed(package, &error))?;
    if !kind.is_file() {
        // To open a pipe is to wait for somebody who writes into it.
        let error = io::Error::new(io::ErrorKind::InvalidInput, "it is no file");
        return Err(output::failed(package, &error));
    }
    let (size, sha256) = bytes(package)?;
    let mut differences = Vec::new();
    compare(&mut differences, "size", Some(manifest.package.size), Some(size));
    compare(&mut differences, "sha256", Some(&manifest.package.sha256), Some(&sha256));
    content(&mut differences, package, &manifest)?;
    let name = package.file_name().map(|name| name.to_string_lossy().into_owned());
    compare(&mut differences, "name", Some(&manifest.package.name), name.as_ref());
    Ok(Verification {
        package: package.to_owned(),
        manifest_file,
        size,
        sha256,
        manifest,
        differences,
    })
}

/// Size and SHA-256 of the file.
fn bytes(path: &Path) -> Result<(u64, String), Error> {
    let at = |e| output::failed(path, &e);
    let mut hash = Sha256::new();
    let mut reader = BufReader::with_capacity(BUFFER, File::open(path).map_err(at)?);
    let mut size = 0;
    loop {
        let bytes = reader.fill_buf().map_err(at)?;
        let length = bytes.len();
        if length == 0 {
            return Ok((size, hex(&hash.finalize())));
        }
        hash.update(bytes);
        size += length as u64;
        reader.consume(length);
    }
}

/// Says in what the verdict and the members differ.
fn content(
    differences: &mut Vec<Difference>,
    package: &Path,
    manifest: &Manifest,
) -> Result<(), Error> {
    let file = File::open(package).map_err(|e| output::failed(package, &e))?;
    let judgement = judge(&file, package)?;
    let (was, is) = (manifest.verdict.as_str(), judgement.verdict.as_str());
    compare(differences, "verdict", Some(was), Some(is));
    let (mut were, mut are) = (by_name(&manifest.members), by_name(&judgement.members));
    let names: BTreeSet<_> = were.keys().chain(are.keys()).cloned().collect();
    for name in names {
        let (was, is) = (were.remove(&name), are.remove(&name));
        let what = |field: &str| format!("member `{}`{field}", name.0);
        match (was, is) {
            (Some(was), Some(is)) => {
                compare(differences, &what(": size"), Some(was.size), Some(is.size));
                compare(differences, &what(": crc32"), Some(&was.crc32), Some(&is.crc32));
                compare(differences, &what(": sha256"), was.sha256.as_ref(), is.sha256.as_ref());
                compare(differences, &what(": verdict"), Some(verdict(was)), Some(verdict(is)));
            }
            (was, is) => {
                let size = |member: &MemberEntry| format!("{} bytes", member.size);
                compare(differences, &what(""), was.map(size), is.map(size));
            }
        }
    }
    Ok(())
}

/// The word for it, without the quotes that JSON needs, or more if there is more to it.
fn verdict(member: &MemberEntry) -> String {
    member.verdict.as_str().map_or_else(|| member.verdict.to_string(), str::to_owned)
}

/// Members by name and occurrence, since names repeat.
fn by_name(members: &[MemberEntry]) -> BTreeMap<(String, usize), &MemberEntry> {
    let mut seen = BTreeMap::<&str, usize>::new();
    let keyed = members.iter().map(|member| {
        let nth = seen.entry(&member.name).or_default();
        *nth += 1;
        ((member.name.clone(), *nth), member)
    });
    keyed.collect()
}

fn compare<T: PartialEq + ToString>(
    differences: &mut Vec<Difference>,
    what: &str,
    manifest: Option<T>,
    file: Option<T>,
) {
    if manifest != file {
        let [manifest, file] = [manifest, file].map(|value| value.map(|value| value.to_string()));
        differences.push(Difference { what: what.to_owned(), manifest, file });
    }
}

/// A path that is no text is shown as well as can be.
fn shown<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

const BUFFER: usize = 1 << 20;
