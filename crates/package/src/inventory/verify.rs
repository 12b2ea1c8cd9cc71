use std::ops::Range;

use super::{
    Inventory,
    inflate::{Inflater, Step},
    magic::archive_format,
    sums::Sums,
};
use crate::{
    Budgets, Digests, Error, Kind, Member, Method, Password, Source, Verdict,
    finding::Log,
    zip::cipher::{Opened, Unlocked, unlock},
};

/// Inflates every member in the order in which they lie, and sets what that gave.
pub(super) fn verify(
    inventory: &mut Inventory,
    source: &dyn Source,
    budgets: &Budgets,
    digests: Digests,
    progress: &mut dyn FnMut(u64),
) -> Result<(), Error> {
    let findings = std::mem::take(&mut inventory.findings);
    let counts = std::mem::take(&mut inventory.counts);
    let mut log = Log::resume(findings, counts, budgets.findings_per_kind);
    let mut pass = Pass {
        source,
        budgets,
        digests,
        progress,
        log: &mut log,
        inflater: Inflater::new(source, AHEAD),
        output: vec![0; OUTPUT],
        total: 0,
        is_spent: false,
        password: inventory.password.as_ref(),
        refused: None,
        is_unlocked: false,
    };
    let mut order: Vec<_> = inventory.members.iter_mut().collect();
    order.sort_by_key(|member| member.header_offset);
    for member in order {
        pass.check(member)?;
    }
    if let Some(name) = pass.refused.filter(|_| !pass.is_unlocked) {
        return Err(Error::WrongPassword { name });
    }
    progress(inventory.length);
    (inventory.findings, inventory.counts) = log.into_parts();
    Ok(())
}

/// One pass over all members.
struct Pass<'a> {
    source: &'a dyn Source,
    budgets: &'a Budgets,
    digests: Digests,
    progress: &'a mut dyn FnMut(u64),
    log: &'a mut Log,
    inflater: Inflater<'a>,
    output: Vec<u8>,
    /// How many bytes all members have inflated to.
    total: u64,
    /// Whether a budget of the whole package ran out.
    is_spent: bool,
    password: Option<&'a Password>,
    /// The first member that the password does not open.
    refused: Option<String>,
    /// Whether the password is that of any member.
    is_unlocked: bool,
}

/// How a member's bytes ended.
enum Outcome {
    Bad,
    /// A budget ran out.
    Cut,
    End {
        left: u64,
    },
    Forged,
    Short,
}

impl Pass<'_> {
    fn check(&mut self, member: &mut Member) -> Result<(), Error> {
        let Some(data) = member.data(self.source.len()) else { return Ok(()) };
        if member.is_locked() && self.password.is_none() {
            member.verdict = Verdict::Encrypted;
            return Ok(());
        }
        if let Method::Other(number) = member.compression() {
            member.verdict = Verdict::Unsupported(number);
            return Ok(());
        }
        if self.is_spent {
            member.verdict = Verdict::OverBudget;
            return Ok(());
        }
        let Some(opened) = self.unlock(member, &data)? else { return Ok(()) };
        let is_locked = opened.cipher.is_some();
        self.inflater.start(member.compression(), opened);
        let mut sums = Sums::new(self.digests);
        let outcome = self.inflate(member, &data, &mut sums)?;
        member.actual_size = Some(sums.size);
        if matches!(outcome, Outcome::End { .. }) {
            let (crc32, sha256) = sums.finish();
            member.actual_crc32 = Some(crc32);
            member.sha256 = sha256;
        }
        member.verdict = self.judge(member, &outcome);
        // What is only not told yet is told by the bytes: the traditional encryption's own test is weak.
        self.is_unlocked |=
            is_locked && matches!(member.verdict, Verdict::Good | Verdict::OverBudget);
        Ok(())
    }

    /// Where a member's own bytes lie and what decrypts them; `None` where they cannot be had.
    fn unlock(&mut self, member: &mut Member, data: &Range<u64>) -> Result<Option<Opened>, Error> {
        let Some(password) = self.password.filter(|_| member.is_locked()) else {
            return Ok(Some(Opened { cipher: None, data: data.clone() }));
        };
        member.verdict = match unlock(self.source, member, data.clone(), password)? {
            Unlocked::Opened(opened) => return Ok(Some(opened)),
            Unlocked::Other => {
                self.log.member(Kind::Encrypted, member.index, member.data_offset, || {
                    format!("`{}` is encrypted in a way that is not read", member.label())
                });
                Verdict::Encrypted
            }
            Unlocked::Short => self.damage(member, Kind::Truncated, "stops before its bytes begin"),
            Unlocked::Wrong => {
                self.refused.get_or_insert_with(|| member.label());
                self.log.member(Kind::WrongPassword, member.index, member.data_offset, || {
                    format!("`{}` is encrypted with another password", member.label())
                });
                Verdict::WrongPassword
            }
        };
        Ok(None)
    }

    fn inflate(
        &mut self,
        member: &Member,
        data: &Range<u64>,
        sums: &mut Sums,
    ) -> Result<Outcome, Error> {
        loop {
            let bytes = match self.inflater.step(&mut self.output)? {
                Step::Bytes(count) => self.output.get(..count).unwrap_or_default(),
                Step::End { left } => return Ok(Outcome::End { left }),
                Step::Bad => return Ok(Outcome::Bad),
                Step::Forged => return Ok(Outcome::Forged),
                Step::Short => return Ok(Outcome::Short),
            };
            if sums.size == 0
                && let Some(format) = archive_format(bytes)
            {
                self.log.member(Kind::NestedArchive, member.index, member.data_offset, || {
                    format!("`{}` is a {format} archive", member.label())
                });
            }
            sums.add(bytes);
            self.total = self.total.saturating_add(bytes.len() as u64);
            (self.progress)(data.end.saturating_sub(self.inflater.left()));
            if !self.is_within_budgets(member, data.end - data.start, sums.size) {
                return Ok(Outcome::Cut);
            }
        }
    }

    fn is_within_budgets(&mut self, member: &Member, compressed: u64, size: u64) -> bool {
        let (budgets, total) = (self.budgets, self.total);
        if !budgets.allow_member(compressed, size) {
            self.log.member(Kind::RatioBomb, member.index, member.data_offset, || {
                format!(
                    "`{}` inflates to more than {} times its {compressed} bytes",
                    member.label(),
                    budgets.ratio
                )
            });
            return false;
        }
        if !budgets.allow_package(self.source.len(), total) {
            self.log.member(Kind::RatioBomb, member.index, member.data_offset, || {
                format!(
                    "the package inflates to more than {} times its {} bytes",
                    budgets.ratio,
                    self.source.len()
                )
            });
            self.is_spent = true;
        }
        if total > budgets.total_bytes {
            self.log.member(Kind::OverBudget, member.index, member.data_offset, || {
                let limit = budgets.total_bytes;
                format!("the budget of {limit} inflated bytes ran out at `{}`", member.label())
            });
            self.is_spent = true;
        }
        !self.is_spent
    }

    /// The verdict on a member whose bytes have been seen, with a finding unless it is good.
    fn judge(&mut self, member: &Member, outcome: &Outcome) -> Verdict {
        let left = match outcome {
            Outcome::Cut => return Verdict::OverBudget,
            Outcome::Bad => {
                return self.damage(member, Kind::BadData, "has bytes that are no deflate stream");
            }
            Outcome::Forged => {
                let what = "was changed after it was encrypted";
                return self.damage(member, Kind::NotAuthentic, what);
            }
            Outcome::Short => {
                return self.damage(member, Kind::Truncated, "stops before its stream ends");
            }
            // Found by the structure, and noted there.
            Outcome::End { .. } if member.verdict == Verdict::Truncated => return member.verdict,
            Outcome::End { left } => *left,
        };
        let actual = member.actual_size.unwrap_or_default();
        if actual != member.size {
            let what = format!("has {actual} bytes and declares {}", member.size);
            return self.damage(member, Kind::SizeMismatch, &what);
        }
        if left > 0 {
            let what = format!("ends {left} bytes before its compressed bytes do");
            return self.damage(member, Kind::SizeMismatch, &what);
        }
        let crc32 = member.actual_crc32.unwrap_or_default();
        if member.has_crc32() && crc32 != member.crc32 {
            let what = format!("has the CRC-32 {crc32:08x} and declares {:08x}", member.crc32);
            return self.damage(member, Kind::CrcMismatch, &what);
        }
        if member.is_directory() && actual == 0 { Verdict::Directory } else { Verdict::Good }
    }

    fn damage(&mut self, member: &Member, kind: Kind, what: &str) -> Verdict {
        self.log.member(kind, member.index, member.data_offset, || {
            format!("`{}` {what}", member.label())
        });
        match kind {
            Kind::BadData => Verdict::BadData,
            Kind::CrcMismatch => Verdict::CrcMismatch,
            Kind::NotAuthentic => Verdict::NotAuthentic,
            Kind::SizeMismatch => Verdict::SizeMismatch,
            _ => Verdict::Truncated,
        }
    }
}

/// How many inflated bytes are held at once: they stay in a processor's cache until they are hashed.
const OUTPUT: usize = 256 << 10;
/// How many of the package's bytes are read at once.
const AHEAD: usize = 128 << 10;
