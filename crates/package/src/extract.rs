//! Extracts the bytes of members, named by their hash.

use std::{collections::BTreeMap, io};

use serde::Serialize;
use serde_json::{Value, json};
use sha2::Digest;

use crate::{
    Error, Package, Sha256, Source, Work,
    package::{Bytes, Entry, Place},
};

/// A member that can be extracted.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Extract {
    /// Its position in the table `members`, counted from 0. Several members may share a name.
    pub index: usize,
    /// A file name that is safe on every system: the SHA-256 of the bytes, without any part of the
    /// member's name.
    pub file: String,
    /// The member's name as safe text.
    pub member: String,
    /// Its size in bytes.
    pub size: u64,
    /// The SHA-256 of its bytes.
    #[cfg_attr(feature = "typescript", ts(as = "String"))]
    pub sha256: Sha256,
}

/// A member that cannot be extracted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotExtracted {
    /// The member's name as safe text.
    pub member: String,
    /// The reason: a [`Verdict::name`](crate::Verdict::name); or `not_kept` if the member lies in
    /// an archive that has to be extracted instead; or `unreadable` if its bytes were good but can
    /// no longer be read.
    pub why: &'static str,
}

impl NotExtracted {
    /// Describes a member that could be read before but no longer can.
    #[must_use]
    pub fn unreadable(member: &Extract) -> Self {
        Self { member: member.member.clone(), why: "unreadable" }
    }
}

impl<S: Source> Package<S> {
    /// The members whose bytes are whole, including those of inner archives that were kept.
    pub fn extracts(&self) -> impl Iterator<Item = Extract> {
        let entries = self.entries().iter().enumerate();
        let readable = entries.filter(|(_, entry)| self.is_extractable(entry));
        readable.filter_map(|(index, entry)| extract(index, entry))
    }

    /// All other members: damaged, encrypted, or cut short by a budget.
    pub fn not_extracts(&self) -> impl Iterator<Item = NotExtracted> {
        self.entries().iter().filter(|entry| !self.is_extractable(entry)).map(|entry| {
            NotExtracted {
                member: entry.path.clone(),
                why: match entry.place {
                    _ if !entry.verdict.is_usable() => entry.verdict.name(),
                    Place::Inner(..) => "not_kept",
                    _ => "unreadable",
                },
            }
        })
    }

    fn is_extractable(&self, entry: &Entry) -> bool {
        entry.verdict.is_usable() && entry.sha256.is_some() && self.input(entry).is_ok()
    }

    /// The position in the table `members` of the member with this name or SHA-256.
    ///
    /// Fails with [`Error::Unreadable`] if there is none, or if several members have this name but
    /// different bytes.
    pub fn locate(&self, member: &str) -> Result<usize, Error> {
        let fail =
            |reason: String| Err(Error::Unreadable { name: crate::name::shorten(member), reason });
        let places = |is: &dyn Fn(&Entry) -> bool| -> Vec<(usize, Option<Sha256>)> {
            let own = self.entries().iter().enumerate().filter(|(_, entry)| is(entry));
            own.map(|(index, entry)| (index, entry.sha256)).collect()
        };
        let named = places(&|entry| entry.path == member);
        let Some((first, sha256)) = named.first() else {
            let sum = member.to_ascii_lowercase();
            let of_sum = places(&|entry| entry.sha256.is_some_and(|own| own.to_string() == sum));
            let Some((index, _)) = of_sum.first() else {
                return fail("the package has no such member".to_owned());
            };
            return Ok(*index);
        };
        if named.len() > 1 && (sha256.is_none() || named.iter().any(|(_, own)| own != sha256)) {
            return fail(format!(
                "{} members have that name and not the same bytes: name one by its SHA-256, which the table \
                 `members` has",
                named.len()
            ));
        }
        Ok(*first)
    }

    /// Passes a member's bytes to `sink` piece by piece and hashes them. `index` is a position that
    /// [`extracts`](Self::extracts) or [`locate`](Self::locate) returned.
    ///
    /// Fails with [`Error::Unreadable`] if there is no such member, if it is damaged, or, after the
    /// last piece, if its SHA-256 is no longer the one it had when the package was opened. Also
    /// fails with [`Error::ReadFailed`], or with the error that `sink` returns.
    pub fn extract(
        &self,
        index: usize,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let entry = self.entries().get(index).ok_or_else(|| Error::Unreadable {
            name: format!("number {index}"),
            reason: "the package has no such member".to_owned(),
        })?;
        self.take_up(Work::Extract, entry)?;
        let copied = self.input(entry).and_then(|input| copy(input.bytes, sink));
        self.put_down();
        let sum = copied?;
        match entry.sha256 {
            Some(known) if known != sum => Err(Error::Unreadable {
                name: crate::name::shorten(&entry.path),
                reason: format!(
                    "its SHA-256 was {known} when the package was opened and is {sum} now: the evidence was \
                     changed meanwhile"
                ),
            }),
            _ => Ok(()),
        }
    }

    /// Creates the text of `members.json`, the list that is stored beside extracted members and
    /// says which file is which.
    ///
    /// `there` is the existing list, if any: its entries for other packages, and for members of
    /// this package that were extracted before, are kept. Fails with [`Error::Write`] if it is not
    /// such a list.
    pub fn list_extracts(
        &self,
        extracted: &[Extract],
        there: Option<&[u8]>,
    ) -> Result<String, Error> {
        let mut packages = there.map_or_else(|| Some(Vec::new()), listed).ok_or_else(|| {
            Error::Write(io::Error::new(
                io::ErrorKind::InvalidData,
                "the `members.json` that is there is no list of extracted members: name another folder, or move \
                 it away",
            ))
        })?;
        let at = packages.iter().position(|package| package.id == self.id());
        let at = at.unwrap_or_else(|| {
            packages.push(Listed { id: self.id().to_owned(), members: BTreeMap::new() });
            packages.len() - 1
        });
        if let Some(own) = packages.get_mut(at) {
            own.members
                .extend(extracted.iter().map(|member| (order(&json!(member)), json!(member))));
        }
        let packages = packages.into_iter().map(|package| {
            let members: Vec<_> = package.members.into_values().collect();
            json!({ "package_id": package.id, "members": members })
        });
        Ok(format!("{:#}\n", json!({ "packages": packages.collect::<Vec<_>>() })))
    }
}

/// What a list has of one package, by what tells its members apart.
struct Listed {
    id: String,
    members: BTreeMap<(String, u64, String), Value>,
}

fn listed(text: &[u8]) -> Option<Vec<Listed>> {
    let list: Value = serde_json::from_slice(text).ok()?;
    let package = |package: &Value| {
        let members = package.get("members")?.as_array()?;
        let is_one = |member: &Value| {
            ["member", "file", "sha256"]
                .iter()
                .all(|field| member.get(field).is_some_and(Value::is_string))
        };
        let members =
            members.iter().map(|member| is_one(member).then(|| (order(member), member.clone())));
        Some(Listed {
            id: package.get("package_id")?.as_str()?.to_owned(),
            members: members.collect::<Option<_>>()?,
        })
    };
    list.get("packages")?.as_array()?.iter().map(package).collect()
}

fn order(member: &Value) -> (String, u64, String) {
    let text =
        |field: &str| member.get(field).and_then(Value::as_str).unwrap_or_default().to_owned();
    let index = member.get("index").and_then(Value::as_u64).unwrap_or_default();
    (text("member"), index, text("sha256"))
}

fn copy(
    mut bytes: Bytes<'_>,
    sink: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
) -> Result<Sha256, Error> {
    let mut block = vec![0; BLOCK];
    let mut sum = sha2::Sha256::new();
    loop {
        let count = bytes.read(&mut block)?;
        if count == 0 {
            return Ok(Sha256::finish(sum));
        }
        let part = block.get(..count).unwrap_or_default();
        sum.update(part);
        sink(part)?;
    }
}

fn extract(index: usize, entry: &Entry) -> Option<Extract> {
    let sha256 = entry.sha256?;
    Some(Extract {
        index,
        file: format!("{sha256}.bin"),
        member: entry.path.clone(),
        size: entry.size,
        sha256,
    })
}

/// Bytes that are given at once.
const BLOCK: usize = 256 << 10;
