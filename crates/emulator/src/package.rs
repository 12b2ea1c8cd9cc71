//! Generates investigation packages: invented and reproducible, with the layout and the damage of
//! real ones.
//!
//! Based on observations of a real Windows package and on publications about the formats inside. It
//! shares no code with any reader.

mod autoruns;
mod bytes;
mod content;
mod csv;
mod damage;
mod evtx;
mod firewall;
mod habit;
mod host;
mod members;
mod network;
mod prefetch;
mod processes;
mod programs;
mod region;
mod registry;
mod rng;
mod services;
mod smb;
mod spec;
mod summary;
mod support;
mod system;
mod tasks;
mod temp;
#[cfg(test)]
mod tests;
mod text;
mod users;
mod written;
mod zip;
mod zone;

use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};

pub use damage::Damage;
pub use spec::PackageSpec;
pub use written::{PrefetchFile, TempEntry, Written};

use self::content::Content;
use self::members::Members;

/// A generated package, readable at any offset and cheap to clone.
///
/// Small members are kept in memory. What makes a package large is computed while it is read, so
/// tens of gibibytes take no more memory than a small package.
#[derive(Clone, Debug)]
pub struct Package {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    content: Content,
    etag: String,
    written: Written,
}

impl Package {
    /// Generates the package for a spec; the same spec gives the same bytes.
    #[must_use]
    pub fn generate(spec: &PackageSpec) -> Self {
        let members = Members::invent(spec);
        let mut content = archive(&members, spec, 0);
        let mut filler_chunks = 0;
        let size = spec.size.unwrap_or(0);
        if content.len() < size {
            // The log is stored from its first filler chunk on, so that one tells what the rest adds.
            let one = archive(&members, spec, 1);
            let missing = size.saturating_sub(one.len()).div_ceil(evtx::CHUNK_LEN);
            content = if missing == 0 { one } else { archive(&members, spec, 1 + missing) };
            filler_chunks = 1 + missing;
        }
        let etag = format!("\"0x{:016X}\"", rng::hash(0, format!("{spec:?}").as_bytes()));
        Self { inner: Arc::new(Inner { content, etag, written: members.written(filler_chunks) }) }
    }

    /// The length in bytes.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.inner.content.len()
    }

    /// Whether it has no bytes, which no kind of damage causes.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// What the members were generated from. Damage to the package is not reflected in it.
    #[must_use]
    pub fn written(&self) -> &Written {
        &self.inner.written
    }

    /// A strong entity tag, quoted, that changes with the spec (RFC 9110, 8.8.3).
    #[must_use]
    pub fn etag(&self) -> String {
        self.inner.etag.clone()
    }

    /// Reads from `offset` until the buffer or the package ends, and returns how many bytes were
    /// read.
    #[must_use]
    pub fn read_at(&self, offset: u64, buf: &mut [u8]) -> usize {
        self.inner.content.read_at(offset, buf)
    }

    /// The SHA-256 of the package in lower-case hexadecimal digits. Reads the whole package, in
    /// constant memory.
    #[must_use]
    pub fn sha256(&self) -> String {
        let (mut hasher, mut buf, mut offset) = (Sha256::new(), vec![0; 1 << 20], 0);
        loop {
            let count = self.read_at(offset, &mut buf);
            match buf.get(..count) {
                Some(bytes) if count > 0 => hasher.update(bytes),
                _ => break,
            }
            offset += count as u64;
        }
        hasher.finalize().iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

/// The members as an archive with so many filler chunks, spoiled as the spec says.
fn archive(members: &Members, spec: &PackageSpec, filler_chunks: u64) -> Content {
    let mut entries = members.entries(filler_chunks);
    let mut rng = spec.moment().fork("damage");
    if let Some(damage) = spec.damage {
        damage.of_entries(&mut entries, &mut rng);
    }
    let archive = zip::archive(&entries, members.finished());
    match spec.damage {
        Some(damage) => damage.of_archive(archive, &mut rng),
        None => archive.content,
    }
}
