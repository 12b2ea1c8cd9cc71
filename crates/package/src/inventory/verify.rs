use std::{fmt, ops::Range};

use super::{
    Inventory,
    inflate::{Inflater, Step},
    magic::archive_format,
    sums::Sums,
};
use crate::{
    Budgets, Digests, Encryption, Error, Kind, Member, Method, Password, Source, Verdict, Work,
    finding::Log,
    order::in_order,
    zip::cipher::{Opened, Unlocked},
};

/// A verification in progress: [`Inventory::verify`] in steps, for sources that may have to be read
/// again later.
///
/// Nothing is lost if the source fails: the same [`step`](Self::step) can be repeated.
pub struct Verification<'a> {
    source: &'a dyn Source,
    budgets: Budgets,
    digests: Digests,
    password: Option<Password>,
    /// `None` until the structure was read.
    pass: Option<Pass<'a>>,
}

impl<'a> Verification<'a> {
    /// Creates a verification; nothing is read yet.
    #[must_use]
    pub fn new(source: &'a dyn Source, budgets: Budgets, digests: Digests) -> Self {
        Self::with_password(source, budgets, digests, None)
    }

    /// Like [`new`](Self::new), with a password as in [`Inventory::verify_with`].
    #[must_use]
    pub fn with_password(
        source: &'a dyn Source,
        budgets: Budgets,
        digests: Digests,
        password: Option<&Password>,
    ) -> Self {
        Self { source, budgets, digests, password: password.cloned(), pass: None }
    }

    /// Reads the structure, or inflates up to 256 KiB of a member. Returns how many bytes of the
    /// package were processed so far, or `None` at the end.
    ///
    /// Fails like [`Inventory::read`], and at the end with [`Error::WrongPassword`]. After
    /// [`Error::ReadFailed`] the step can be repeated.
    pub fn step(&mut self) -> Result<Option<u64>, Error> {
        if let Some(pass) = &mut self.pass {
            return pass.step();
        }
        let inventory = Inventory::read_with(self.source, &self.budgets, self.password.as_ref())?;
        self.pass = Some(Pass::new(inventory, self.source, self.budgets, self.digests));
        Ok(Some(0))
    }

    /// Whether the structure has been read. From then on, bytes are read once and in order.
    #[must_use]
    pub fn has_structure(&self) -> bool {
        self.pass.is_some()
    }

    /// The resulting inventory; `None` if the structure was not read.
    #[must_use]
    pub fn into_inventory(self) -> Option<Inventory> {
        self.pass.map(Pass::into_inventory)
    }
}

impl fmt::Debug for Verification<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verification").field("has_structure", &self.has_structure()).finish()
    }
}

/// One pass over all members, in the order of their bytes.
struct Pass<'a> {
    source: &'a dyn Source,
    budgets: Budgets,
    digests: Digests,
    inventory: Inventory,
    log: Log,
    order: std::vec::IntoIter<usize>,
    /// The member being inflated.
    current: Option<Current>,
    inflater: Inflater<'a>,
    output: Vec<u8>,
    /// How many bytes all members inflated to so far.
    total: u64,
    /// Whether a budget for the whole package ran out.
    is_spent: bool,
    /// The first member that the password does not open.
    refused: Option<String>,
    /// Whether the password opens any member.
    is_unlocked: bool,
}

struct Current {
    at: usize,
    member: Member,
    data: Range<u64>,
    is_locked: bool,
    /// Whether its bytes begin like an archive.
    is_archive: bool,
    sums: Sums,
}

impl Current {
    /// Whether its decrypted bytes rule out a wrong password.
    fn shows_password(&self) -> bool {
        let is_long_stream =
            self.member.compression() == Method::Deflate && self.sums.size > CHANCE;
        self.is_locked && (self.is_archive || is_long_stream)
    }
}

/// How reading a member's bytes ended.
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

impl<'a> Pass<'a> {
    fn new(
        mut inventory: Inventory,
        source: &'a dyn Source,
        budgets: Budgets,
        digests: Digests,
    ) -> Self {
        let findings = std::mem::take(&mut inventory.findings);
        let counts = std::mem::take(&mut inventory.counts);
        let order =
            in_order(&inventory.members, |one, other| one.header_offset.cmp(&other.header_offset));
        Self {
            source,
            budgets,
            digests,
            log: Log::resume(findings, counts, budgets.findings_per_kind),
            order: order.into_iter(),
            current: None,
            inflater: Inflater::new(source, AHEAD),
            output: vec![0; OUTPUT],
            total: 0,
            is_spent: false,
            refused: None,
            is_unlocked: false,
            inventory,
        }
    }

    fn step(&mut self) -> Result<Option<u64>, Error> {
        let Some(mut current) = self.current.take() else {
            let Some(at) = self.order.as_slice().first().copied() else {
                return match self.refused.take().filter(|_| !self.is_unlocked) {
                    Some(name) => Err(Error::WrongPassword { name }),
                    None => Ok(None),
                };
            };
            self.current = self.begin(at)?;
            if self.current.is_none() {
                self.source.put_down();
            }
            self.order.next();
            return Ok(Some(self.inflater.position()));
        };
        let outcome = match self.inflate(&mut current) {
            Ok(outcome) => outcome,
            Err(error) => {
                self.current = Some(current);
                return Err(error);
            }
        };
        match outcome {
            None => self.current = Some(current),
            Some(outcome) => {
                self.end(current, &outcome);
                self.source.put_down();
            }
        }
        Ok(Some(self.inflater.position()))
    }

    fn into_inventory(self) -> Inventory {
        let mut inventory = self.inventory;
        (inventory.findings, inventory.counts) = self.log.into_parts();
        inventory
    }

    /// Prepares a member for inflating; if there is nothing to inflate, sets its verdict.
    fn begin(&mut self, at: usize) -> Result<Option<Current>, Error> {
        let Some(mut member) = self.inventory.members.get(at).cloned() else { return Ok(None) };
        let Some(data) = member.data(self.source.len()) else { return Ok(None) };
        let opened = if !self.source.take_up(Work::Check, &member.name) {
            let what = "made the reader fail, which is a defect of mde-forensics: please report it";
            Err(self.damage(&member, Kind::ReaderFailed, what))
        } else if member.is_locked() && self.inventory.password.is_none() {
            Err(Verdict::Encrypted)
        } else if member.is_locked() && member.encryption == Some(Encryption::Other) {
            // What its method says is not known either: it must not pass as one that is not read.
            self.unlock(&member, &data)?
        } else if let Method::Other(number) = member.compression() {
            Err(Verdict::Unsupported(number))
        } else if self.is_spent {
            Err(Verdict::OverBudget)
        } else {
            self.unlock(&member, &data)?
        };
        match opened {
            Ok(opened) => {
                let is_locked = opened.cipher.is_some();
                self.inflater.start(member.compression(), opened);
                let sums = Sums::new(self.digests);
                Ok(Some(Current { at, member, data, is_locked, is_archive: false, sums }))
            }
            Err(verdict) => {
                member.verdict = verdict;
                self.put(at, member);
                Ok(None)
            }
        }
    }

    /// Where a member's own bytes are and what decrypts them; or its verdict, if they cannot be
    /// read.
    fn unlock(
        &mut self,
        member: &Member,
        data: &Range<u64>,
    ) -> Result<Result<Opened, Verdict>, Error> {
        let Some(password) = self.inventory.password.as_ref().filter(|_| member.is_locked()) else {
            return Ok(Ok(Opened { cipher: None, data: data.clone() }));
        };
        Ok(Err(match password.unlock(self.source, member, data.clone())? {
            Unlocked::Opened(opened) => return Ok(Ok(opened)),
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
        }))
    }

    fn put(&mut self, at: usize, member: Member) {
        if let Some(place) = self.inventory.members.get_mut(at) {
            *place = member;
        }
    }

    fn end(&mut self, mut current: Current, outcome: &Outcome) {
        let member = &mut current.member;
        member.actual_size = Some(current.sums.size);
        if matches!(outcome, Outcome::End { .. }) {
            let (crc32, sha256) = current.sums.finish();
            member.actual_crc32 = Some(crc32);
            member.sha256 = sha256;
        }
        // The traditional encryption's own test lets 1 of 256 wrong passwords pass, so that the bytes have to tell.
        self.is_unlocked |= current.shows_password();
        // Told before there is a verdict: a stream of noise, too, can want more bytes than there are.
        let is_doubtful = self.is_doubtful(&current.member);
        let verdict = self.judge(&current.member, outcome);
        current.member.verdict = verdict;
        if current.is_locked {
            self.is_unlocked |= matches!(verdict, Verdict::Good | Verdict::OverBudget);
            if is_doubtful && !self.is_unlocked && !verdict.is_good() {
                self.refused.get_or_insert_with(|| current.member.label());
            }
        }
        self.put(current.at, current.member);
    }

    /// Inflates one piece of a member; `None` until its end.
    fn inflate(&mut self, current: &mut Current) -> Result<Option<Outcome>, Error> {
        let Current { member, data, sums, is_archive, .. } = current;
        let bytes = match self.inflater.step(&mut self.output)? {
            Step::Bytes(count) => self.output.get(..count).unwrap_or_default(),
            Step::End { left } => return Ok(Some(Outcome::End { left })),
            Step::Bad => return Ok(Some(Outcome::Bad)),
            Step::Forged => return Ok(Some(Outcome::Forged)),
            Step::Short => return Ok(Some(Outcome::Short)),
        };
        if sums.size == 0
            && let Some(format) = archive_format(bytes)
        {
            *is_archive = true;
            self.log.member(Kind::NestedArchive, member.index, member.data_offset, || {
                format!("`{}` is a {format} archive", member.label())
            });
        }
        sums.add(bytes);
        self.total = self.total.saturating_add(bytes.len() as u64);
        let compressed = data.end - data.start;
        Ok((!self.is_within_budgets(member, compressed, sums.size)).then_some(Outcome::Cut))
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

    /// The verdict on a member that has been read, with a finding unless it is good.
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

    /// Whether a wrong password may be the reason why a member is not as declared.
    fn is_doubtful(&self, member: &Member) -> bool {
        !self.is_unlocked
            && self.inventory.password.is_some()
            && member.encryption == Some(Encryption::ZipCrypto)
            && member.verdict != Verdict::Truncated
    }

    fn damage(&mut self, member: &Member, kind: Kind, what: &str) -> Verdict {
        let or = if self.is_doubtful(member) { ", or the password is another" } else { "" };
        self.log.member(kind, member.index, member.data_offset, || {
            format!("`{}` {what}{or}", member.label())
        });
        match kind {
            Kind::BadData => Verdict::BadData,
            Kind::CrcMismatch => Verdict::CrcMismatch,
            Kind::NotAuthentic => Verdict::NotAuthentic,
            Kind::ReaderFailed => Verdict::ReaderFailed,
            Kind::SizeMismatch => Verdict::SizeMismatch,
            _ => Verdict::Truncated,
        }
    }
}

/// The size of a piece of inflated bytes, small enough to stay in the processor's cache until
/// hashed.
const OUTPUT: usize = 256 << 10;
/// More bytes than noise inflates to: a deflate stream of noise fails long before.
const CHANCE: u64 = 64 << 10;
/// The number of bytes read from the package at once.
const AHEAD: usize = 128 << 10;
