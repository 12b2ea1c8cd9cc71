//! What commands read besides packages: a file, or standard input for `-`.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// The first bytes, `most` at most, for either may never end.
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
