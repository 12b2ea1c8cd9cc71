//! Reads a device list.

use std::path::Path;

use super::encoding;
use crate::failure::Failure;
use crate::input;

/// Reads the file, or standard input for `-`, as text.
///
/// Fails if it cannot be read, is larger than 16 MiB, or is not text.
pub(super) fn read(file: &Path) -> Result<String, Failure> {
    let wrong = |why: &str| {
        Failure::usage(format!("cannot read the device list `{}`: {why}", file.display()))
    };
    let bytes = input::begin(file, MAX_BYTES + 1).map_err(|error| wrong(&error.to_string()))?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(wrong("it is larger than 16 MiB"));
    }
    encoding::decode(bytes).ok_or_else(|| wrong("it is neither UTF-8 nor UTF-16 text"))
}

const MAX_BYTES: u64 = 16 << 20;
