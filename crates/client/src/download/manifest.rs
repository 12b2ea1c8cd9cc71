//! The custody record of a package.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use mde_forensics_core::engine::{Custody, Verdict};
use mde_forensics_core::{Code, Error};
use mde_forensics_package::{Inventory, Member};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::judge::Judgement;
use super::output;
use super::paths::Paths;
use crate::place;

/// The custody record of a package: what was asked, by whom, when, and what was received.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Manifest {
    /// The version of this format, 1.
    pub version: u32,
    /// What wrote it.
    pub tool: Tool,
    /// How the run was set up.
    pub options: Value,
    /// What was asked, of which device, by whom and when, and which action it came to.
    pub custody: Custody,
    /// The package as a file.
    pub package: PackageEntry,
    /// Whether every byte of the package was checked, and is as the package itself declares.
    pub verdict: Verdict,
    /// What is wrong with a damaged package, or what of an unverified one could not be checked.
    pub why: Option<String>,
    /// Every member of the package.
    pub members: Vec<MemberEntry>,
    /// What is remarkable about its structure, in the words of the inventory.
    pub findings: Vec<Value>,
}

/// What wrote a manifest.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Tool {
    /// `mde-forensics`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A package as a file.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PackageEntry {
    /// Its file name, without a folder.
    pub name: String,
    /// Bytes.
    pub size: u64,
    /// Lower-case hexadecimal SHA-256.
    pub sha256: String,
}

/// A member of a package.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct MemberEntry {
    /// Its name as safe text.
    pub name: String,
    /// Bytes that it inflates to, as declared.
    pub size: u64,
    /// The CRC-32 that is declared, as eight hexadecimal digits.
    pub crc32: String,
    /// Lower-case hexadecimal SHA-256 of its inflated bytes, if all of them could be had.
    pub sha256: Option<String>,
    /// What checking it gave, in the word of the inventory.
    pub verdict: Value,
}

impl Manifest {
    /// The record of a package; `inventory` is none if its bytes are not even an archive.
    pub(super) fn new(
        custody: Custody,
        options: Value,
        package: PackageEntry,
        judgement: Judgement,
        inventory: Option<&Inventory>,
    ) -> Self {
        let (members, findings) = inventory.map_or_else(Default::default, |inventory| {
            let members = inventory.members.iter().map(MemberEntry::from).collect();
            (members, inventory.findings.iter().map(to_value).collect())
        });
        let Judgement { verdict, why } = judgement;
        Self {
            version: VERSION,
            tool: Tool::this(),
            options,
            custody,
            package,
            verdict,
            why,
            members,
            findings,
        }
    }

    /// Where the manifest of the package at this path lies.
    #[must_use]
    pub fn path(package: &Path) -> PathBuf {
        Paths::manifest_of(package)
    }

    /// Reads the manifest beside the package at this path; the package itself is not looked at.
    ///
    /// Fails with `manifest_mismatch` if it is absent, too large, of another version, or not readable.
    pub fn beside(package: &Path) -> Result<Self, Error> {
        Self::read(&Paths::manifest_of(package))
    }

    /// Reads a manifest.
    ///
    /// Fails with `manifest_mismatch` if it is absent, too large, of another version, or not readable.
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        let unusable = |why: String| {
            let text = format!("the manifest `{}` cannot be used: {why}", path.display());
            Error::new(Code::ManifestMismatch, text)
        };
        let length = fs::metadata(path).map_err(|e| unusable(e.to_string()))?.len();
        if length > MAX_SIZE {
            return Err(unusable(format!("it has {length} bytes, more than any honest one")));
        }
        let json = fs::read(path).map_err(|e| unusable(e.to_string()))?;
        let manifest: Self = serde_json::from_slice(&json).map_err(|e| unusable(e.to_string()))?;
        match manifest.version {
            VERSION => Ok(manifest),
            other => {
                Err(unusable(format!("it is of version {other}, and this is version {VERSION}")))
            }
        }
    }

    /// Writes and syncs it. One that is there already and says the same of the same package stands: it is the record
    /// of when these bytes first came.
    ///
    /// Fails with `file_exists` if another record is there, which is kept, and with `output_failed`.
    pub(super) fn write(&self, path: &Path) -> Result<(), Error> {
        let at = |e| output::failed(path, &e);
        let json = self.to_json().map_err(at)?;
        match place::create(path, &json) {
            Err(e) if e.kind() == io::ErrorKind::AlreadyExists => self.stands_in(path),
            created => created.map_err(at),
        }
    }

    fn to_json(&self) -> io::Result<Vec<u8>> {
        let mut json = serde_json::to_vec_pretty(&sorted(serde_json::to_value(self)?))?;
        json.push(b'\n');
        Ok(json)
    }

    fn stands_in(&self, path: &Path) -> Result<(), Error> {
        let what = match Self::read(path) {
            Ok(there) if self.is_of_the_same_package(&there) => return Ok(()),
            Ok(there) => format!(
                "is the record of another package, of {} bytes with SHA-256 {}",
                there.package.size, there.package.sha256
            ),
            Err(error) => format!("is there and cannot be read: {error}"),
        };
        let text = format!("`{}` {what}; it is kept", path.display());
        Err(Error::new(Code::FileExists, text).with_hint(
            "move the record to where its package went, then run again; what was downloaded is kept",
        ))
    }

    fn is_of_the_same_package(&self, there: &Self) -> bool {
        let (ours, theirs) = (&self.custody, &there.custody);
        self.package == there.package
            && self.verdict == there.verdict
            && ours.machine == theirs.machine
            && ours.action == theirs.action
    }
}

impl Tool {
    fn this() -> Self {
        Self { name: "mde-forensics".to_owned(), version: env!("CARGO_PKG_VERSION").to_owned() }
    }
}

impl From<&Member> for MemberEntry {
    fn from(member: &Member) -> Self {
        Self {
            name: member.name.clone(),
            size: member.size,
            crc32: format!("{:08x}", member.crc32),
            sha256: member.sha256.map(|sha256| sha256.to_string()),
            verdict: to_value(&member.verdict),
        }
    }
}

fn to_value(value: &impl Serialize) -> Value {
    serde_json::to_value(value).unwrap_or_default()
}

/// The same value with every object's keys in order, so that the same facts are the same bytes.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Object(fields) => {
            let mut fields: Vec<_> =
                fields.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            fields.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(fields.into_iter().collect())
        }
        plain => plain,
    }
}

const VERSION: u32 = 1;
/// Room for every member that an inventory lists.
const MAX_SIZE: u64 = 64 << 20;
