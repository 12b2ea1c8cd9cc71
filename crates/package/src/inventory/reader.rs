use std::{fmt, io};

use super::inflate::{Inflater, Step};
use crate::{
    Budgets, Error, Member, Method, Password, Source, Verdict,
    zip::cipher::{Opened, Unlocked},
};

/// A stream of one member's inflated bytes that checks the ratio, size and CRC-32 while it is read.
///
/// As an [`io::Read`] it fails with [`io::ErrorKind::InvalidData`] if the member is damaged. It
/// reports its end only after size and CRC-32 have been checked.
pub struct MemberReader<'a> {
    inflater: Inflater<'a>,
    budgets: Budgets,
    name: String,
    compressed_size: u64,
    size: u64,
    /// What its bytes must have, if anything is declared.
    crc32: Option<u32>,
    seen: u64,
    sum: crate::crc::Crc32,
}

impl<'a> MemberReader<'a> {
    pub(super) fn open(
        source: &'a dyn Source,
        member: &Member,
        budgets: &Budgets,
        password: Option<&Password>,
    ) -> Result<Self, Error> {
        let unreadable =
            |reason: &str| Error::Unreadable { name: member.label(), reason: reason.to_owned() };
        let data = member.data(source.len()).ok_or_else(|| unreadable("it has no local header"))?;
        // Else a package whose members are checked no further would be inflated for its tables.
        if member.verdict == Verdict::OverBudget && member.actual_size.is_none() {
            return Err(unreadable("the budget for all members ran out before it"));
        }
        let compressed_size = data.end - data.start;
        let opened = if member.is_locked() {
            let password = password
                .ok_or_else(|| unreadable("it is encrypted: give the password of the archive"))?;
            match password.unlock(source, member, data)? {
                Unlocked::Opened(opened) => opened,
                Unlocked::Other => {
                    return Err(unreadable("it is encrypted in a way that is not read"));
                }
                Unlocked::Short => return Err(unreadable("it stops before its bytes begin")),
                Unlocked::Wrong => return Err(Error::WrongPassword { name: member.label() }),
            }
        } else {
            Opened { cipher: None, data }
        };
        if let method @ Method::Other(_) = member.compression() {
            let reason = format!("it is compressed with {method}, which is not read");
            return Err(unreadable(&reason));
        }
        let ahead = usize::try_from(compressed_size).unwrap_or(usize::MAX).min(AHEAD);
        let mut inflater = Inflater::new(source, ahead);
        inflater.start(member.compression(), opened);
        Ok(Self {
            inflater,
            budgets: *budgets,
            name: member.label(),
            compressed_size,
            size: member.size,
            crc32: member.has_crc32().then_some(member.crc32),
            seen: 0,
            sum: crate::crc::Crc32::default(),
        })
    }

    /// Fills `buf` from the front with the next inflated bytes, and returns how many; 0 means the
    /// end of an undamaged member.
    ///
    /// Fails with [`Error::Unreadable`] if the member is damaged or inflates beyond the budgets'
    /// ratio, or with [`Error::ReadFailed`].
    pub fn read_block(&mut self, buf: &mut [u8]) -> Result<usize, Error> {
        if buf.is_empty() {
            return Ok(0);
        }
        let reason = match self.inflater.step(buf)? {
            Step::Bytes(count) => {
                self.sum.update(buf.get(..count).unwrap_or_default());
                self.seen = self.seen.saturating_add(count as u64);
                if self.budgets.allow_member(self.compressed_size, self.seen) {
                    return Ok(count);
                }
                "it inflates to more than the budget's ratio"
            }
            Step::End { left: 0 } if self.seen == self.size => {
                let crc32 = self.sum.clone().finalize();
                if self.crc32.is_none_or(|declared| declared == crc32) {
                    return Ok(0);
                }
                "its CRC-32 is not the declared one"
            }
            Step::End { .. } => "its size is not the declared one",
            Step::Forged => "it was changed after it was encrypted, or the password is another",
            Step::Bad => "its bytes are no deflate stream",
            Step::Short => "it stops before its stream ends",
        };
        Err(Error::Unreadable { name: self.name.clone(), reason: reason.to_owned() })
    }

    /// All bytes that are left, up to `limit`.
    pub(super) fn into_bytes(mut self, limit: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let mut block = vec![0; BLOCK];
        loop {
            let count = self.read_block(&mut block)?;
            if count == 0 {
                return Ok(bytes);
            }
            bytes.extend_from_slice(block.get(..count).unwrap_or_default());
            if bytes.len() as u64 > limit {
                return Err(Error::OverBudget { name: self.name, limit });
            }
        }
    }
}

impl io::Read for MemberReader<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.read_block(buf).map_err(|error| match error {
            Error::ReadFailed { source, .. } => source,
            error => io::Error::new(io::ErrorKind::InvalidData, error),
        })
    }
}

impl fmt::Debug for MemberReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemberReader")
            .field("name", &self.name)
            .field("seen", &self.seen)
            .finish_non_exhaustive()
    }
}

/// How many bytes are inflated at once into memory.
const BLOCK: usize = 64 << 10;
/// How many of the package's bytes are read at once.
const AHEAD: usize = 64 << 10;
