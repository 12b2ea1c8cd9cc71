//! Access to the bytes of a package.

mod buffered;

use std::io;

use crate::Error;

pub(crate) use buffered::Buffered;

/// The bytes of a package, readable at any offset.
///
/// Implemented for byte slices and vectors. A file, a Python file object or a browser's Blob needs
/// only a few lines. The bytes must not change while they are read.
pub trait Source {
    /// The number of bytes.
    fn len(&self) -> u64;

    /// Reads up to `buf.len()` bytes from `offset`, and returns how many were read.
    ///
    /// It may return fewer bytes than asked for, but zero only at the end. An error ends the
    /// reading with [`Error::ReadFailed`]; a caller can cancel that way too.
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize>;

    /// Whether there are no bytes.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Called before a member is read. If it returns false, the member is skipped and reported as
    /// one the reader failed on.
    ///
    /// It is meant for environments where a panic ends the reader, such as wasm: the caller
    /// remembers which member was being read, and starts again without it. If a package has several
    /// sources, the first one is called.
    fn take_up(&self, work: Work, member: &str) -> bool {
        let _ = (work, member);
        true
    }

    /// Called when the reading announced by [`take_up`](Self::take_up) has ended.
    fn put_down(&self) {}
}

/// Why a member is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Work {
    /// To inflate and hash it.
    Check,
    /// To extract its bytes.
    Extract,
    /// To open it as an archive.
    Open,
    /// To make table rows from it.
    Read,
    /// To learn about the package as a whole, or how the member's text is encoded.
    Survey,
}

impl Work {
    /// The name in `snake_case`.
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
