//! The file names of one package.

use crate::engine::is_windows_device;
use crate::{Code, Error};

/// Checks that a package's name is a plain file name on every system and ends in `.zip`.
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

/// Leaves room for the longest suffix within the 255 bytes that file systems allow.
const MAX_NAME: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_plain_name_is_taken() {
        assert!(check_name("ws-042_20260105T100000Z_7b8c.zip").is_ok());
        let long = format!("{}.zip", "a".repeat(200));
        for name in [
            "",
            "a",
            ".zip",
            "../a.zip",
            "a/b.zip",
            r"a\b.zip",
            "c:a.zip",
            "a\n.zip",
            "aux.contoso.zip",
            &long,
        ] {
            let error = check_name(name).unwrap_err();
            assert_eq!(error.code(), Code::OutputFailed, "{name}");
        }
    }
}
