//! Input other than packages: a file, or standard input for `-`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Reads at most `most` bytes, since either may be endless.
pub(crate) fn begin(from: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    if is_standard(from) {
        io::stdin().lock().take(most).read_to_end(&mut bytes)?;
    } else {
        File::open(from)?.take(most).read_to_end(&mut bytes)?;
    }
    Ok(bytes)
}

pub(crate) fn is_standard(from: &Path) -> bool {
    from.as_os_str() == "-"
}
