//! How to call this program again from a shell.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::path::Path;

use crate::report::in_shell;
use crate::terminal::safe;

/// The program's name if PATH leads to it, else the path that it was started by.
pub(super) fn of(program: Option<&OsStr>) -> String {
    let program = program.map_or_else(|| Path::new(NAME), Path::new);
    let is_on_path = || {
        let folders = env::var_os("PATH").unwrap_or_default();
        let file = format!("{NAME}{}", env::consts::EXE_SUFFIX);
        let mut files = env::split_paths(&folders).map(|folder| folder.join(&file));
        files.find(|file| file.is_file()).is_some_and(|found| is_same(&found, program))
    };
    // A bare name was looked up in PATH already.
    if program.parent() == Some(Path::new("")) || is_on_path() {
        return NAME.to_owned();
    }
    in_shell(&safe(&program.display().to_string()))
}

fn is_same(one: &Path, other: &Path) -> bool {
    fs::canonicalize(one)
        .ok()
        .zip(fs::canonicalize(other).ok())
        .is_some_and(|(one, other)| one == other)
}

const NAME: &str = "mde-forensics";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_outside_of_path_is_repeated() {
        assert_eq!(of(None), "mde-forensics");
        assert_eq!(of(Some(OsStr::new("mde-forensics"))), "mde-forensics");
        let started = OsStr::new("target/release/mde-forensics");
        assert_eq!(of(Some(started)), "target/release/mde-forensics");
        assert_eq!(of(Some(OsStr::new("it is/mde-forensics"))), "'it is/mde-forensics'");
    }
}
