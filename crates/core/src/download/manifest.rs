//! The custody record of a package.

use serde::Serialize;
use serde_json::Value;

use crate::engine::{Custody, Verdict};
use crate::json::{self, Fields, Json, Read, Wrong, deserialize};
use crate::map;
use crate::{Code, Error};

/// The custody record of a package: what was asked, by whom, when, and what was received.
#[derive(Clone, Debug, PartialEq, Serialize)]
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
    /// Bytes.
    pub size: u64,
    /// Lower-case hexadecimal SHA-256.
    pub sha256: String,
}

/// A member of a package.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
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

impl MemberEntry {
    /// What an inventory says of a member; `verdict` is its word for what checking it gave.
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
    /// A record of this format's version, written by this tool.
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

    /// Reads a manifest's file, which is called `name` in an error.
    ///
    /// Fails with `manifest_mismatch` if it is too large, of another version, or not readable.
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

    /// The file's text: the keys in order, so that the same facts are the same text.
    #[must_use]
    pub fn to_text(&self) -> String {
        let value = sorted(json::value(self));
        let mut json = json::pretty(&value);
        json.push('\n');
        json
    }

    /// Whether one that is there already may stand in this one's place: it is the record of when the same bytes first
    /// came.
    ///
    /// Fails with `file_exists` if it is another package's, or cannot be read.
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

/// What checking a package gave.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// Whether every byte of the package was checked, and is as the package itself declares.
    pub verdict: Verdict,
    /// The reason, unless it is whole.
    pub why: Option<String>,
    /// Every member of the package.
    pub members: Vec<MemberEntry>,
    /// What is remarkable about its structure, in the words of the inventory.
    pub findings: Vec<Value>,
    /// How many findings could harm or mislead a careless reader, or say what could not be checked.
    pub notable: u64,
}

impl Judgement {
    /// What is no archive at all, for this reason.
    #[must_use]
    pub fn no_archive(why: String) -> Self {
        let (members, findings) = (Vec::new(), Vec::new());
        Self { verdict: Verdict::Damaged, why: Some(why), members, findings, notable: 0 }
    }

    /// What was written to where it cannot be read again.
    #[must_use]
    pub fn not_read() -> Self {
        let why = "it was written to a stream, which cannot be read again".to_owned();
        let (members, findings) = (Vec::new(), Vec::new());
        Self { verdict: Verdict::Unverified, why: Some(why), members, findings, notable: 1 }
    }
}

/// The same value with every object's keys in order.
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
/// Room for every member that an inventory lists.
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
