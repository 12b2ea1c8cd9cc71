//! Where a package's bytes come from.

mod buffered;

use std::io;

use crate::Error;

pub(crate) use buffered::Buffered;

/// A package's bytes, readable at any place.
///
/// Implemented for byte slices and vectors; a file, a Python file object or a browser's Blob
/// implements it in a few lines. The bytes must not change while an inventory is made.
pub trait Source {
    /// How many bytes there are.
    fn len(&self) -> u64;

    /// Reads up to `buf.len()` bytes that begin at `offset`, and returns how many were read.
    ///
    /// It may read fewer than asked, but none only at the end. An error stops the inventory as
    /// [`Error::ReadFailed`], which is also how a caller cancels one.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// Whether there are no bytes at all.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Called before a member is read; return false to skip it. It then counts as one that the reader
    /// failed on.
    ///
    /// It is for a face whose reader does not outlive a panic, as in wasm: it keeps in mind what was
    /// taken up last, and begins anew without that. Of a package's sources the first is asked.
    fn take_up(&self, work: Work, member: &str) -> bool {
        let _ = (work, member);
        true
    }

    /// Called when that read has ended.
    fn put_down(&self) {}
}

/// What a member is taken up for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Work {
    /// Its bytes are inflated and hashed.
    Check,
    /// Its raw bytes are wanted.
    Extract,
    /// It is an archive whose members are read.
    Open,
    /// Rows are made of it.
    Read,
    /// It may tell something of the package as a whole, or how its text is encoded.
    Survey,
}

impl Work {
    /// Its name, in `snake_case`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Extract => "extract",
            Self::Open => "open",
            Self::Read => "read",
            Self::Survey => "survey",
        }
    }
}

impl Source for [u8] {
    fn len(&self) -> u64 {
        self.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let from = usize::try_from(offset).ok().and_then(|start| self.get(start..));
        // A slice reads from its front and never fails.
        io::Read::read(&mut from.unwrap_or_default(), buf)
    }
}

impl Source for Vec<u8> {
    fn len(&self) -> u64 {
        Source::len(self.as_slice())
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, buf)
    }
}

impl<T: Source + ?Sized> Source for &T {
    fn len(&self) -> u64 {
        (**self).len()
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        (**self).read_at(offset, buf)
    }

    fn take_up(&self, work: Work, member: &str) -> bool {
        (**self).take_up(work, member)
    }

    fn put_down(&self) {
        (**self).put_down();
    }
}

/// Fills `buf` from `offset`, up to the end of the source, and returns the part that was filled.
///
/// Fails with [`Error::ReadFailed`] where the source fails or gives less than its own length.
pub(crate) fn fill<'a>(
    source: &dyn Source,
    offset: u64,
    buf: &'a mut [u8],
) -> Result<&'a mut [u8], Error> {
    let there = source.len().saturating_sub(offset);
    let wanted = usize::try_from(there).unwrap_or(usize::MAX).min(buf.len());
    let (target, _) = buf.split_at_mut_checked(wanted).unwrap_or_default();
    let mut filled = 0;
    while let Some(rest) = target.get_mut(filled..).filter(|rest| !rest.is_empty()) {
        let at = offset.saturating_add(filled as u64);
        let room = rest.len();
        match source.read_at(at, rest) {
            Ok(count) if (1..=room).contains(&count) => filled += count,
            Ok(_) => return Err(Error::read_failed(at, io::ErrorKind::UnexpectedEof.into())),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::read_failed(at, error)),
        }
    }
    Ok(target)
}
