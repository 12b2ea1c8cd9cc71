use sha2::Digest;

use super::{
    Inventory,
    inflate::{Inflater, Step},
};
use crate::{Budgets, Digests, Error, Kind, Member, Method, Sha256, Source, Verdict, finding::Log};

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
        inflater: Inflater::new(),
        output: vec![0; OUTPUT],
        total: 0,
    };
    let mut order: Vec<_> = inventory.members.iter_mut().collect();
    order.sort_by_key(|member| member.header_offset);
    for member in order {
        pass.check(member)?;
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
    inflater: Inflater,
    output: Vec<u8>,
    /// How many bytes all members have inflated to.
    total: u64,
}

/// How a member's bytes ended.
enum Outcome {
    Bad,
    /// A budget ran out.
    Cut,
    End {
        left: u64,
    },
    Short,
}

impl Pass<'_> {
    fn check(&mut self, member: &mut Member) -> Result<(), Error> {
        let Some(data) = member.data_offset else { return Ok(()) };
        if member.is_encrypted() {
            member.verdict = Verdict::Encrypted;
            return Ok(());
        }
        if let Method::Other(number) = member.method {
            member.verdict = Verdict::Unsupported(number);
            return Ok(());
        }
        let end = data.saturating_add(member.compressed_size).min(self.source.len());
        self.inflater.start(member.method, data.min(end)..end);
        let mut sums = Sums::new(self.digests);
        let outcome = self.inflate(member, end, &mut sums)?;
        member.actual_size = Some(sums.size);
        if matches!(outcome, Outcome::End { .. }) {
            let (crc32, sha256) = sums.finish();
            member.actual_crc32 = Some(crc32);
            member.sha256 = sha256;
        }
        member.verdict = self.judge(member, &outcome);
        Ok(())
    }

    fn inflate(&mut self, member: &Member, end: u64, sums: &mut Sums) -> Result<Outcome, Error> {
        loop {
            let bytes = match self.inflater.step(self.source, &mut self.output)? {
                Step::Bytes(count) => self.output.get(..count).unwrap_or_default(),
                Step::End { left } => return Ok(Outcome::End { left }),
                Step::Bad => return Ok(Outcome::Bad),
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
            (self.progress)(end.saturating_sub(self.inflater.left()));
            if !self.is_within_budgets(member, sums.size) {
                return Ok(Outcome::Cut);
            }
        }
    }

    fn is_within_budgets(&mut self, member: &Member, size: u64) -> bool {
        let (budgets, total) = (self.budgets, self.total);
        if !budgets.allows_ratio(member.compressed_size, size) {
            self.log.member(Kind::RatioBomb, member.index, member.data_offset, || {
                format!(
                    "`{}` inflates to more than {} times its {} bytes",
                    member.label(),
                    budgets.ratio,
                    member.compressed_size
                )
            });
            return false;
        }
        if !budgets.allows_ratio(self.source.len(), total) {
            self.log.member(Kind::RatioBomb, member.index, member.data_offset, || {
                format!(
                    "the package inflates to more than {} times its {} bytes",
                    budgets.ratio,
                    self.source.len()
                )
            });
            return false;
        }
        if total > budgets.total_bytes {
            self.log.member(Kind::OverBudget, member.index, member.data_offset, || {
                let limit = budgets.total_bytes;
                format!("the budget of {limit} inflated bytes ran out at `{}`", member.label())
            });
            return false;
        }
        true
    }

    /// The verdict on a member whose bytes have been seen, with a finding unless it is good.
    fn judge(&mut self, member: &Member, outcome: &Outcome) -> Verdict {
        let left = match outcome {
            Outcome::Cut => return Verdict::OverBudget,
            Outcome::Bad => {
                return self.damage(member, Kind::BadData, "has bytes that are no deflate stream");
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
        if crc32 != member.crc32 {
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
            Kind::SizeMismatch => Verdict::SizeMismatch,
            _ => Verdict::Truncated,
        }
    }
}

/// The sums over one member's inflated bytes.
struct Sums {
    size: u64,
    crc32: crc32fast::Hasher,
    sha256: Option<sha2::Sha256>,
}

impl Sums {
    fn new(digests: Digests) -> Self {
        let sha256 = (digests == Digests::Sha256).then(sha2::Sha256::new);
        Self { size: 0, crc32: crc32fast::Hasher::new(), sha256 }
    }

    fn add(&mut self, bytes: &[u8]) {
        self.size = self.size.saturating_add(bytes.len() as u64);
        self.crc32.update(bytes);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
    }

    fn finish(&mut self) -> (u32, Option<Sha256>) {
        let crc32 = std::mem::take(&mut self.crc32).finalize();
        let sha256 = self.sha256.take().map(|sha256| {
            let bytes: [u8; 32] = sha256.finalize().into();
            Sha256::from(bytes)
        });
        (crc32, sha256)
    }
}

/// The archive format that bytes begin as.
fn archive_format(bytes: &[u8]) -> Option<&'static str> {
    [
        (b"PK\x03\x04".as_slice(), "zip"),
        (b"PK\x05\x06", "zip"),
        (b"MSCF\0\0\0\0", "cab"),
        (b"7z\xbc\xaf\x27\x1c", "7z"),
        (b"Rar!\x1a\x07", "rar"),
    ]
    .into_iter()
    .find_map(|(magic, format)| bytes.starts_with(magic).then_some(format))
}

/// How many inflated bytes are held at once: they stay in a processor's cache until they are hashed.
const OUTPUT: usize = 256 << 10;
