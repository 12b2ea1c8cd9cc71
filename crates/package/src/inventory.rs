//! The inventory of a package: its members, and the result of checking them.

mod inflate;
mod magic;
mod names;
mod reader;
mod sums;
mod verify;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    Budgets, Digests, Error, Finding, Kind, Member, Password, Severity, Source,
    finding::{self, Log},
    source::Buffered,
    zip::{central, check_layout, end, local},
};

pub use reader::MemberReader;
pub use verify::Verification;

/// The inventory of a package: its members and findings, and whether it is whole.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Inventory {
    /// The length of the package in bytes.
    pub length: u64,
    /// How many bytes precede the archive and are not counted in its offsets.
    pub base: u64,
    /// Whether it has zip64 end records.
    pub is_zip64: bool,
    /// How many members its end record declares.
    pub declared_members: u64,
    /// The members in the order of the central directory, including duplicates.
    pub members: Vec<Member>,
    /// The findings; a limited number of each kind is kept.
    pub findings: Vec<Finding>,
    /// How many findings there are of each kind, including those that were not kept.
    pub counts: BTreeMap<Kind, u64>,
    /// What opens members that are encrypted.
    #[serde(skip)]
    pub(crate) password: Option<Password>,
}

impl Inventory {
    /// Reads the structure of a package: its end records, its central directory and every local
    /// header.
    ///
    /// No member is inflated, so every verdict is [`NotChecked`](crate::Verdict::NotChecked) unless
    /// the structure already decides it. `budgets` bounds the memory.
    ///
    /// Fails with [`Error::NotAZip`], with [`Error::Truncated`] if there is no end record, or with
    /// [`Error::ReadFailed`]. Any other problem is a finding.
    pub fn read(source: &dyn Source, budgets: &Budgets) -> Result<Self, Error> {
        Self::read_with(source, budgets, None)
    }

    pub(super) fn read_with(
        source: &dyn Source,
        budgets: &Budgets,
        password: Option<&Password>,
    ) -> Result<Self, Error> {
        let mut log = Log::new(budgets.findings_per_kind);
        let end = end::find(source, &mut log)?;
        let mut members = central::walk(source, &end, budgets, password.is_some(), &mut log)?;
        let mut spans = Vec::with_capacity(members.len() + 2);
        let mut input = Buffered::new(source, local::AHEAD);
        for member in &mut members {
            spans.extend(local::check(&mut input, member, &mut log)?);
        }
        check_layout(source, &end, spans, &members, &mut log)?;
        names::check(&members, &mut log);
        let (findings, counts) = log.into_parts();
        Ok(Self {
            length: source.len(),
            base: end.base,
            is_zip64: end.is_zip64,
            declared_members: end.entries,
            members,
            findings,
            counts,
            password: password.cloned(),
        })
    }

    /// Reads the structure, then inflates every member and checks its size and CRC-32; depending on
    /// `digests`, it also computes the SHA-256.
    ///
    /// Memory does not grow with the members' sizes. `progress` receives the number of bytes of the
    /// package processed so far, at least once per 256 KiB of output.
    ///
    /// Fails like [`read`](Self::read). A damaged member is a verdict and a finding, not an error.
    pub fn verify(
        source: &dyn Source,
        budgets: &Budgets,
        digests: Digests,
        progress: impl FnMut(u64),
    ) -> Result<Self, Error> {
        Self::verify_with(source, budgets, digests, None, progress)
    }

    /// Like [`verify`](Self::verify), with the password of an archive into which somebody repacked
    /// the evidence. The inventory keeps it, so that [`reader`](Self::reader) and
    /// [`bytes`](Self::bytes) can decrypt as well. It is not used if nothing is encrypted.
    ///
    /// Members may have different passwords: those that this one does not open are findings.
    ///
    /// Fails like [`verify`](Self::verify), or with [`Error::WrongPassword`] if members are
    /// encrypted and the password opens none of them.
    pub fn verify_with(
        source: &dyn Source,
        budgets: &Budgets,
        digests: Digests,
        password: Option<&Password>,
        mut progress: impl FnMut(u64),
    ) -> Result<Self, Error> {
        let mut verification = Verification::with_password(source, *budgets, digests, password);
        while let Some(seen) = verification.step()? {
            progress(seen);
        }
        progress(source.len());
        // Its last step was taken, so it has one.
        verification.into_inventory().map_or_else(|| Self::read_with(source, budgets, password), Ok)
    }

    /// Whether nothing is known to be missing, changed or contradictory.
    ///
    /// After [`read`](Self::read) this covers only the structure, after [`verify`](Self::verify)
    /// the bytes as well. It ignores hazards, such as a name that leads out of its folder, and
    /// bytes that could not be checked; see [`unread`](Self::unread).
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.damage().next().is_none()
    }

    /// Whether it is whole and every byte of every member was checked.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        self.is_whole()
            && self.unread().next().is_none()
            && self.members.iter().all(|member| member.verdict.is_good())
    }

    /// The findings because of which it is not whole.
    pub fn damage(&self) -> impl Iterator<Item = &Finding> {
        self.of(Severity::Damage)
    }

    /// The findings about what could not be checked: encrypted members, unsupported methods,
    /// exceeded budgets.
    pub fn unread(&self) -> impl Iterator<Item = &Finding> {
        self.of(Severity::Unread)
    }

    /// Streams one member's inflated bytes, and checks the CRC-32 and the size at the end.
    ///
    /// Fails with [`Error::Unreadable`] if the member cannot be inflated, or with
    /// [`Error::WrongPassword`].
    pub fn reader<'a>(
        &self,
        source: &'a dyn Source,
        member: &Member,
        budgets: &Budgets,
    ) -> Result<MemberReader<'a>, Error> {
        MemberReader::open(source, member, budgets, self.password.as_ref())
    }

    /// Reads one member's inflated bytes into memory and checks them.
    ///
    /// Fails with [`Error::OverBudget`] if there are more than `budgets.held_bytes`, or with
    /// [`Error::Unreadable`], [`Error::WrongPassword`] or [`Error::ReadFailed`].
    pub fn bytes(
        &self,
        source: &dyn Source,
        member: &Member,
        budgets: &Budgets,
    ) -> Result<Vec<u8>, Error> {
        self.reader(source, member, budgets)?.into_bytes(budgets.held_bytes)
    }

    /// Why it is not [verified](Self::is_verified): the message of the first finding, and how many
    /// more there are.
    #[must_use]
    pub fn why_not(&self) -> Option<String> {
        if self.is_verified() {
            return None;
        }
        let (severity, otherwise) = if self.is_whole() {
            (Severity::Unread, "some of its bytes could not be checked")
        } else {
            (Severity::Damage, "its structure is wrong")
        };
        let mut findings = self.of(severity).map(|finding| finding.message.as_str());
        let first = findings.next().unwrap_or(otherwise);
        Some(finding::and_more(first, findings.count() as u64))
    }

    /// The number of findings that could harm or mislead a careless reader, or that say what could
    /// not be checked.
    #[must_use]
    pub fn notable(&self) -> u64 {
        let notable = self.counts.iter().filter(|(kind, _)| kind.severity() > Severity::Notice);
        notable.map(|(_, count)| count).sum()
    }

    fn of(&self, severity: Severity) -> impl Iterator<Item = &Finding> {
        self.findings.iter().filter(move |finding| finding.severity() == severity)
    }
}
