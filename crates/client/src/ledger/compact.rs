//! Keeps a ledger's file from growing without bound.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use mde_forensics_core::Now;
use mde_forensics_core::ledger::{Line, QuotaLine};

use crate::place;

/// Whether enough quota lines have expired to make rewriting the file worthwhile.
pub(super) fn is_due(lines: &[QuotaLine], now: Now) -> bool {
    lines.iter().filter(|line| !line.counts(now)).count() > MOST
}

/// Rewrites the file without expired quota lines and without an incomplete last line. All other
/// lines keep their bytes and order. At any time, even after a crash, the name leads to the
/// complete old file or to the complete new one.
///
/// The caller holds the lock and reopens the file afterwards, even if this fails.
pub(super) fn compact(path: &Path, now: Now) -> io::Result<()> {
    // The file may be elsewhere, behind a link.
    let path = path.canonicalize()?;
    let file = File::open(&path)?;
    let metadata = file.metadata()?;
    if !is_ours(&metadata) {
        return Ok(());
    }
    let live = live(file, now)?;
    place::sweep_new(&path)?;
    place::replace_alike(&path, &live, &metadata)?;
    path.parent().map_or(Ok(()), place::sync_folder)
}

fn live(file: File, now: Now) -> io::Result<Vec<u8>> {
    let mut reader = BufReader::new(file);
    let (mut kept, mut line) = (Vec::new(), Vec::new());
    loop {
        line.clear();
        reader.read_until(b'\n', &mut line)?;
        if line.last() != Some(&b'\n') {
            return Ok(kept);
        }
        match serde_json::from_slice(&line)? {
            Line::Quota(quota) if !quota.counts(now) => {}
            _ => kept.extend_from_slice(&line),
        }
    }
}

/// The rewritten file belongs to the writer: another user could no longer write to a file that was
/// theirs.
#[cfg(unix)]
fn is_ours(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    metadata.uid() == rustix::process::geteuid().as_raw()
}

/// Write access is inherited from the folder.
#[cfg(not(unix))]
fn is_ours(_metadata: &fs::Metadata) -> bool {
    true
}

/// About five hundred calls. Reading them takes a few milliseconds.
const MOST: usize = 1_000;

#[cfg(test)]
mod tests;
