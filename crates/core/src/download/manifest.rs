//! The custody record of a package.

use serde::Serialize;
use serde_json::Value;

use crate::engine::{Custody, Verdict};
use crate::json::{self, Fields, Json, Read, Wrong, deserialize};
use crate::map;
use crate::{Code, Error};

/// The custody record of a package: what was requested, by whom, when, and what was received.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Manifest {
    /// The version of this format: 1.
    pub version: u32,
    /// The tool that wrote it.
    pub tool: Tool,
    /// The settings of the run.
    pub options: Value,
    /// What was requested from which device, by whom and when, and the resulting action.
    pub custody: Custody,
    /// The package as a file.
    pub package: PackageEntry,
    /// Whether every byte of the package was checked and is as the package itself declares.
    pub verdict: Verdict,
    /// What is wrong with a damaged package, or which part of an unverified one could not be
    /// checked.
    pub why: Option<String>,
    /// Every member of the package.
    pub members: Vec<MemberEntry>,
    /// Findings about the package's structure, in the inventory's terms.
    pub findings: Vec<Value>,
}

/// The tool that wrote a manifest.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Tool {
    /// `mde-forensics`.
    pub name: String,
    /// Its version.
    pub version: String,
}

/// A package as a file.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct PackageEntry {
    /// Its file name, without a folder.
    pub name: String,
    /// The size in bytes.
    pub size: u64,
    /// The SHA-256 in lower-case hexadecimal.
    pub sha256: String,
}

/// A member of a package.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct MemberEntry {
    /// The name as safe text.
    pub name: String,
    /// The declared uncompressed size in bytes.
    pub size: u64,
    /// The declared CRC-32 as eight hexadecimal digits.
    pub crc32: String,
    /// The SHA-256 of the uncompressed bytes in lower-case hexadecimal, if all of them could be
    /// read.
    pub sha256: Option<String>,
    /// The result of checking the member, in the inventory's terms.
    pub verdict: Value,
}

impl MemberEntry {
    /// Creates the entry of a member; `verdict` is the inventory's result of checking it.
    #[must_use]
    pub fn new(
        name: &str,
        size: u64,
        crc32: u32,
        sha256: Option<String>,
        verdict: &impl Serialize,
    ) -> Self {
        let crc32 = format!("{crc32:08x}");
        let verdict = json::value(verdict);
        Self { name: name.to_owned(), size, crc32, sha256, verdict }
    }
}

impl Manifest {
    /// Creates a manifest of the current format version, written by this tool.
    #[must_use]
    pub fn new(
        custody: Custody,
        options: Value,
        package: PackageEntry,
        judgement: Judgement,
    ) -> Self {
        let Judgement { verdict, why, members, findings, .. } = judgement;
        let tool = Tool {
            name: "mde-forensics".to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        Self { version: VERSION, tool, options, custody, package, verdict, why, members, findings }
    }

    /// Parses a manifest; `name` is its file name in error messages.
    ///
    /// Fails with `manifest_mismatch` if it is too large, of another version, or unreadable.
    pub fn read(json: &[u8], name: &str) -> Result<Self, Error> {
        let unusable = |why: String| Self::unusable(name, &why);
        if json.len() as u64 > MAX_SIZE {
            let length = json.len();
            return Err(unusable(format!("it has {length} bytes, more than any honest one")));
        }
        let manifest: Self = json::parse(json).map_err(|e| unusable(e.to_string()))?;
        match manifest.version {
            VERSION => Ok(manifest),
            other => {
                Err(unusable(format!("it is of version {other}, and this is version {VERSION}")))
            }
        }
    }

    /// The error `manifest_mismatch` for a manifest that cannot be used.
    #[must_use]
    pub fn unusable(name: &str, why: &str) -> Error {
        let text = format!("the manifest `{name}` cannot be used: {why}");
        Error::new(Code::ManifestMismatch, text)
    }

    /// The file's text, with sorted keys, so that the same facts give the same text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let value = sorted(json::value(self));
        let mut json = json::pretty(&value);
        json.push('\n');
        json
    }

    /// Checks whether an existing manifest may stay in place of this one: it records when the same
    /// bytes first arrived.
    ///
    /// Fails with `file_exists` if it belongs to another package or cannot be read.
    pub fn stands(&self, there: &Result<Self, Error>, name: &str) -> Result<(), Error> {
        let what = match there {
            Ok(there) if self.is_of_the_same_package(there) => return Ok(()),
            Ok(there) => format!(
                "is the record of another package, of {} bytes with SHA-256 {}",
                there.package.size, there.package.sha256
            ),
            Err(error) => format!("is there and cannot be read: {error}"),
        };
        let text = format!("`{name}` {what}; it is kept");
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

/// The result of checking a package.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// Whether every byte of the package was checked and is as the package itself declares.
    pub verdict: Verdict,
    /// The reason, unless the package is whole.
    pub why: Option<String>,
    /// Every member of the package.
    pub members: Vec<MemberEntry>,
    /// Findings about the package's structure, in the inventory's terms.
    pub findings: Vec<Value>,
    /// The number of findings that could harm or mislead a careless reader, or that name what could
    /// not be checked.
    pub notable: u64,
}

impl Judgement {
    /// The result for a file that is not an archive.
    #[must_use]
    pub fn no_archive(why: String) -> Self {
        let (members, findings) = (Vec::new(), Vec::new());
        Self { verdict: Verdict::Damaged, why: Some(why), members, findings, notable: 0 }
    }

    /// The result for a package that was written to a stream, which cannot be read back.
    #[must_use]
    pub fn not_read() -> Self {
        let why = "it was written to a stream, which cannot be read again".to_owned();
        let (members, findings) = (Vec::new(), Vec::new());
        Self { verdict: Verdict::Unverified, why: Some(why), members, findings, notable: 1 }
    }
}

/// Sorts the keys of every object.
fn sorted(value: Value) -> Value {
    match value {
        Value::Array(items) => items.into_iter().map(sorted).collect(),
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(key, value)| (key, sorted(value))).collect();
            let mut object = serde_json::Map::new();
            for (key, value) in
                map::sorted(fields, |(one, _): &(String, _), (other, _)| one.cmp(other))
            {
                object.insert(key, value);
            }
            Value::Object(object)
        }
        plain => plain,
    }
}

const VERSION: u32 = 1;
/// Enough for every member that an inventory lists.
pub(super) const MAX_SIZE: u64 = 64 << 20;

impl Read for Manifest {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                version: fields.take("version")?,
                tool: fields.take("tool")?,
                options: fields.take("options")?,
                custody: fields.take("custody")?,
                package: fields.take("package")?,
                verdict: fields.take("verdict")?,
                why: fields.optional("why"),
                members: fields.take("members")?,
                findings: fields.take("findings")?,
            })
        })
    }
}

impl Read for Tool {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self { name: fields.take("name")?, version: fields.take("version")? })
        })
    }
}

impl Read for PackageEntry {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                name: fields.take("name")?,
                size: fields.take("size")?,
                sha256: fields.take("sha256")?,
            })
        })
    }
}

impl Read for MemberEntry {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                name: fields.take("name")?,
                size: fields.take("size")?,
                crc32: fields.take("crc32")?,
                sha256: fields.optional("sha256"),
                verdict: fields.take("verdict")?,
            })
        })
    }
}

impl Read for Judgement {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            Ok(Self {
                verdict: fields.take("verdict")?,
                why: fields.optional("why"),
                members: fields.take("members")?,
                findings: fields.take("findings")?,
                notable: fields.take("notable")?,
            })
        })
    }
}

deserialize!(Manifest, Tool, PackageEntry, MemberEntry, Judgement);
