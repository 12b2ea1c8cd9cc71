use std::io;

use crate::{Error, MemberReader, Source};

/// A member's bytes, from the first to the last.
pub(crate) struct Bytes<'a>(Inner<'a>);

enum Inner<'a> {
    /// A member of a zip, inflated and checked.
    Member(Box<MemberReader<'a>>),
    /// A file in a folder.
    File { source: &'a dyn Source, at: u64 },
    /// Bytes in memory, and the error to return at their end if they are not the whole member.
    Held { rest: &'a [u8], fault: Option<Error> },
}

impl<'a> Bytes<'a> {
    pub(crate) fn of(held: &'a [u8]) -> Self {
        Self(Inner::Held { rest: held, fault: None })
    }

    /// The same bytes, with an error at their end that has this name and reason.
    pub(super) fn failing(self, name: &str, reason: &str) -> Self {
        let name = crate::name::shorten(name);
        match self.0 {
            Inner::Held { rest, .. } => {
                let fault = Error::Unreadable { name, reason: reason.to_owned() };
                Self(Inner::Held { rest, fault: Some(fault) })
            }
            inner => Self(inner),
        }
    }

    pub(crate) fn of_file(source: &'a dyn Source) -> Self {
        Self(Inner::File { source, at: 0 })
    }

    pub(crate) fn of_member(reader: MemberReader<'a>) -> Self {
        Self(Inner::Member(Box::new(reader)))
    }

    /// Fills `buf` from the front and returns how many bytes were read; 0 is the end.
    ///
    /// Fails with [`Error::Unreadable`] if the member is damaged, or with [`Error::ReadFailed`].
    pub(crate) fn read(&mut self, buf: &mut [u8]) -> Result<usize, Error> {
        match &mut self.0 {
            Inner::Member(reader) => reader.read_block(buf),
            Inner::File { source, at } => {
                let count = crate::source::fill(*source, *at, buf)?.len();
                *at = at.saturating_add(count as u64);
                Ok(count)
            }
            Inner::Held { rest, fault } => {
                let (now, later) = rest.split_at(rest.len().min(buf.len()));
                buf.iter_mut().zip(now).for_each(|(target, byte)| *target = *byte);
                *rest = later;
                match fault.take_if(|_| now.is_empty() && !buf.is_empty()) {
                    Some(fault) => Err(fault),
                    None => Ok(now.len()),
                }
            }
        }
    }

    /// All bytes. Fails with [`Error::OverBudget`] for `name` if there are more than `limit`.
    pub(crate) fn all(mut self, name: &str, limit: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let mut block = vec![0; BLOCK];
        loop {
            let count = self.read(&mut block)?;
            if count == 0 {
                return Ok(bytes);
            }
            if bytes.len() as u64 + count as u64 > limit {
                return Err(Error::OverBudget { name: crate::name::shorten(name), limit });
            }
            bytes.extend_from_slice(block.get(..count).unwrap_or_default());
        }
    }
}

impl io::Read for Bytes<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        Bytes::read(self, buf).map_err(|error| match error {
            Error::ReadFailed { source, .. } => source,
            error => io::Error::new(io::ErrorKind::InvalidData, error),
        })
    }
}

/// Bytes that are read at once.
const BLOCK: usize = 64 << 10;
