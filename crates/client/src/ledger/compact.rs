//! Keeps a ledger's file from growing for ever.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use mde_forensics_core::Now;
use mde_forensics_core::ledger::{Line, QuotaLine};

use crate::place;

/// Whether so many of the quota's lines count no more that the file is worth to be written anew.
pub(super) fn is_due(lines: &[QuotaLine], now: Now) -> bool {
    lines.iter().filter(|line| !line.counts(now)).count() > MOST
}

/// Writes the file anew without the quota's lines that count no more, nor half a line at its end. All else keeps its
/// bytes and its order. Whatever happens, the name leads to the old file or to the new one, and either is whole.
///
/// The caller has the lock, and opens the file again afterwards, also where this fails.
pub(super) fn compact(path: &Path, now: Now) -> io::Result<()> {
    // It may have been put elsewhere, with a link to it.
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

/// What is written anew is the writer's: another user's would no longer be that user's to write.
#[cfg(unix)]
fn is_ours(metadata: &fs::Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    metadata.uid() == rustix::process::geteuid().as_raw()
}

/// Who may write is inherited from the folder.
#[cfg(not(unix))]
fn is_ours(_metadata: &fs::Metadata) -> bool {
    true
}

/// Some five hundred calls. To read them takes some milliseconds.
const MOST: usize = 1_000;

#[cfg(test)]
mod tests;
