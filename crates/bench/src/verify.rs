//! Structure and every member's CRC.

use std::fs::File;
use std::io;
use std::path::Path;

use mde_forensics_package::{Budgets, Digests, Inventory, Source};
use serde_json::{Value, json};

use crate::Result;

/// Fails unless every byte of every member was checked and found good.
pub(crate) fn run(file: &Path, sha256: bool) -> Result<Value> {
    let source = FileSource::open(file)?;
    let digests = if sha256 { Digests::Sha256 } else { Digests::None };
    let inventory = Inventory::verify(&source, &Budgets::default(), digests, |_| ())?;
    if !inventory.is_verified() {
        return Err(format!("the package is not good: {:?}", inventory.findings).into());
    }
    let inflated: u64 = inventory.members.iter().map(|member| member.size).sum();
    Ok(json!({
        "bytes": inventory.length,
        "inflated_bytes": inflated,
        "members": inventory.members.len(),
    }))
}

pub(crate) struct FileSource {
    file: File,
    length: u64,
}

impl FileSource {
    pub(crate) fn open(file: &Path) -> io::Result<Self> {
        let file = File::open(file)?;
        Ok(Self { length: file.metadata()?.len(), file })
    }
}

impl Source for FileSource {
    fn len(&self) -> u64 {
        self.length
    }

    #[cfg(unix)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(&self.file, buf, offset)
    }

    #[cfg(windows)]
    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(&self.file, buf, offset)
    }
}
