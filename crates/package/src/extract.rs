//! Members' bytes by their hash, for who wants the files themselves.

use serde::Serialize;

use crate::{
    Error, Package, Sha256, Source, Work,
    package::{Bytes, Entry},
};

/// One member that can be extracted.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Extract {
    /// A name that is safe on every system: the SHA-256 of the bytes, and nothing of the member's name.
    pub file: String,
    /// The member's name as safe text.
    pub member: String,
    /// How many bytes it has.
    pub size: u64,
    /// The SHA-256 of its bytes.
    pub sha256: Sha256,
}

/// One member that cannot be extracted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct NotExtracted {
    /// The member's name as safe text.
    pub member: String,
    /// Why, as [`Verdict::name`](crate::Verdict::name) has it.
    pub why: &'static str,
}

impl<S: Source> Package<S> {
    /// The members whose bytes are whole, those of inner archives included where they were kept.
    pub fn extracts(&self) -> impl Iterator<Item = Extract> {
        let readable = self.entries().iter().filter(|entry| self.input(entry).is_ok());
        readable.filter_map(extract)
    }

    /// The members that cannot be extracted whole: damaged, encrypted, or cut by a budget.
    pub fn not_extracts(&self) -> impl Iterator<Item = NotExtracted> {
        self.entries()
            .iter()
            .filter(|entry| entry.sha256.is_none())
            .map(|entry| NotExtracted { member: entry.path.clone(), why: entry.verdict.name() })
    }

    /// Gives a member's bytes in pieces to `sink`, by the name that [`extracts`](Self::extracts) gave.
    ///
    /// Fails with [`Error::Unreadable`] where there is no such member or it is damaged, with
    /// [`Error::ReadFailed`], and with what `sink` fails with.
    pub fn extract(
        &self,
        member: &str,
        sink: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let entry = self.entries().iter().find(|entry| entry.path == member);
        let entry = entry.ok_or_else(|| Error::Unreadable {
            name: crate::name::shorten(member),
            reason: "the package has no such member".to_owned(),
        })?;
        self.take_up(Work::Extract, entry)?;
        let copied = self.input(entry).and_then(|input| copy(input.bytes, sink));
        self.put_down();
        copied
    }
}

fn copy(
    mut bytes: Bytes<'_>,
    sink: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let mut block = vec![0; BLOCK];
    loop {
        let count = bytes.read(&mut block)?;
        if count == 0 {
            return Ok(());
        }
        sink(block.get(..count).unwrap_or_default())?;
    }
}

fn extract(entry: &Entry) -> Option<Extract> {
    let sha256 = entry.sha256?;
    Some(Extract {
        file: format!("{sha256}.bin"),
        member: entry.path.clone(),
        size: entry.size,
        sha256,
    })
}

/// Bytes that are given at once.
const BLOCK: usize = 256 << 10;
