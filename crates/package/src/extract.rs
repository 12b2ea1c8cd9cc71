//! Members' bytes by their hash, for who wants the files themselves.

use std::{collections::BTreeMap, io};

use serde::Serialize;
use serde_json::{Value, json};
use sha2::Digest;

use crate::{
    Error, Package, Sha256, Source, Work,
    package::{Bytes, Entry, Place},
};

/// One member that can be extracted.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
#[non_exhaustive]
pub struct Extract {
    /// Its place in the table `members`, counted from 0: several members may have one name.
    pub index: usize,
    /// A name that is safe on every system: the SHA-256 of the bytes, and nothing of the member's name.
    pub file: String,
    /// The member's name as safe text.
    pub member: String,
    /// How many bytes it has.
    pub size: u64,
    /// The SHA-256 of its bytes, in lower-case hexadecimal digits.
    #[cfg_attr(feature = "typescript", ts(as = "String"))]
    pub sha256: Sha256,
}

/// One member that cannot be extracted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotExtracted {
    /// The member's name as safe text.
    pub member: String,
    /// Why, as [`Verdict::name`](crate::Verdict::name) has it; `not_kept` where it lies in an archive that has to be
    /// extracted itself, `unreadable` where its bytes were good and cannot be had any more.
    pub why: &'static str,
}

impl NotExtracted {
    /// A member that could be read before, and fails now.
    #[must_use]
    pub fn unreadable(member: &Extract) -> Self {
        Self { member: member.member.clone(), why: "unreadable" }
    }
}

impl<S: Source> Package<S> {
    /// The members whose bytes are whole, those of inner archives included where they were kept.
    pub fn extracts(&self) -> impl Iterator<Item = Extract> {
        let entries = self.entries().iter().enumerate();
        let readable = entries.filter(|(_, entry)| self.is_extractable(entry));
        readable.filter_map(|(index, entry)| extract(index, entry))
    }

    /// All other members: damaged, encrypted, or cut by a budget.
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

    /// The place in the table `members` of the member that has this name or this SHA-256.
    ///
    /// Fails with [`Error::Unreadable`] where there is none, and where members of that name have not all the
    /// same bytes.
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

    /// Gives a member's bytes in pieces to `sink`, by the place that [`extracts`](Self::extracts) or
    /// [`locate`](Self::locate) gave. They are hashed on the way.
    ///
    /// Fails with [`Error::Unreadable`] where there is no such member, where it is damaged, and, after the last
    /// piece, where its SHA-256 is not the one that it had when the package was opened; with
    /// [`Error::ReadFailed`], and with what `sink` fails with.
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

    /// The text of the list `members.json` that lies beside extracted members and says which is which.
    ///
    /// `there` is what the list has already: of other packages, and of this one where other members were
    /// extracted before; nothing of it is lost. Fails with [`Error::Write`] where it is no such list.
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
