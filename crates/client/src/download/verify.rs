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

/// The result of comparing a package with its manifest.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Verification {
    /// The path of the package.
    #[serde(serialize_with = "shown")]
    pub package: PathBuf,
    /// The path of its manifest.
    #[serde(serialize_with = "shown")]
    pub manifest_file: PathBuf,
    /// The file's size in bytes.
    pub size: u64,
    /// The file's SHA-256 in lower-case hexadecimal.
    pub sha256: String,
    /// The manifest's content.
    pub manifest: Manifest,
    /// Every difference between the file and its manifest.
    pub differences: Vec<Difference>,
}

impl Verification {
    /// Whether there is no difference: every byte is unchanged since the manifest was written.
    #[must_use]
    pub fn is_intact(&self) -> bool {
        self.differences.is_empty()
    }

    /// Whether the package is intact and was whole when received: its structure and every CRC were
    /// right.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.is_intact() && self.manifest.verdict == Verdict::Whole
    }
}

/// One difference between a package and its manifest.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Difference {
    /// What differs, such as `size` or ``member `Processes/Processes.csv`: sha256``.
    pub what: String,
    /// The manifest's value, if it has one.
    pub manifest: Option<String>,
    /// The file's value, if it has one.
    pub file: Option<String>,
}

/// Compares the package at this path with the manifest beside it: its name, size and SHA-256,
/// its verdict, and every member.
///
/// Fails with `manifest_missing` if there is no manifest, with `manifest_mismatch` if it is
/// unusable, and with `output_failed` if the package cannot be read. A difference is not an error;
/// see [`Verification::differences`].
pub fn verify(package: &Path) -> Result<Verification, Error> {
    let manifest_file = manifest::manifest_path(package);
    let manifest = manifest::read(&manifest_file)?;
    let kind = fs::metadata(package).map_err(|error| output::failed(package, &error))?;
    if !kind.is_file() {
        // Opening a pipe blocks until someone writes to it.
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

/// The file's size and SHA-256.
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

/// Compares the verdict and the members.
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

/// The verdict as plain text if it is a JSON string, otherwise as JSON.
fn verdict(member: &MemberEntry) -> String {
    member.verdict.as_str().map_or_else(|| member.verdict.to_string(), str::to_owned)
}

/// Keys members by name and occurrence, since names can repeat.
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

/// Serializes a path as text, lossily if it is not Unicode.
fn shown<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

const BUFFER: usize = 1 << 20;
