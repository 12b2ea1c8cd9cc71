//! The names of the files that belong to one package.

use crate::engine::is_windows_device;
use crate::{Code, Error};

/// Makes sure that a package's name is one plain file name, on every system, that ends in `.zip`.
///
/// Fails with `output_failed`.
pub fn check_name(name: &str) -> Result<(), Error> {
    let is_plain = name.len() <= MAX_NAME
        && name.strip_suffix(".zip").is_some_and(|stem| !stem.is_empty())
        && !name.starts_with(['.', ' '])
        && !is_windows_device(name)
        && !name.chars().any(|c| c.is_control() || r#"/\:*?"<>|"#.contains(c));
    if is_plain {
        return Ok(());
    }
    let text = format!("`{name}` cannot be the name of a package");
    Err(Error::new(Code::OutputFailed, text))
}

/// Leaves room for the longest ending under the 255 bytes that file systems allow.
const MAX_NAME: usize = 200;
