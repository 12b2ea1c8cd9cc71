use sha2::Digest;

use crate::{Digests, Sha256};

/// The sums over one member's inflated bytes.
pub(super) struct Sums {
    pub(super) size: u64,
    crc32: crate::crc::Crc32,
    sha256: Option<sha2::Sha256>,
}

impl Sums {
    pub(super) fn new(digests: Digests) -> Self {
        let sha256 = (digests == Digests::Sha256).then(sha2::Sha256::new);
        Self { size: 0, crc32: crate::crc::Crc32::default(), sha256 }
    }

    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.size = self.size.saturating_add(bytes.len() as u64);
        self.crc32.update(bytes);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(bytes);
        }
    }

    pub(super) fn finish(&mut self) -> (u32, Option<Sha256>) {
        let crc32 = std::mem::take(&mut self.crc32).finalize();
        let sha256 = self.sha256.take().map(Sha256::finish);
        (crc32, sha256)
    }
}
