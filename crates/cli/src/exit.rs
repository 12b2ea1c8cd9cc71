//! Exit codes.

use std::process::ExitCode;

use crate::core::{Code, Fault};

/// The exit code of a command, as documented in `--help`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Exit {
    /// 0: success; for `collect` and `resume`, every device got as far as requested.
    Success,
    /// 1: incomplete, or a package needs a look.
    Incomplete,
    /// 2: invalid command line, or an input is missing, unreadable or not a package.
    Usage,
    /// 3: not authorised: the sign-in failed, or a permission is missing.
    NotAuthorised,
    /// 4: a package is damaged or not a zip, cannot be verified, or does not match its manifest.
    Altered,
    /// 5: the output folder, its ledger or stdout cannot be used, or another run holds the folder.
    Output,
    /// 130: interrupted (Ctrl-C); `resume` continues a collection.
    Interrupted,
    /// 143: terminated (SIGTERM, or Ctrl-Break on Windows); `resume` continues a collection.
    Terminated,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Incomplete => 1,
            Self::Usage => 2,
            Self::NotAuthorised => 3,
            Self::Altered => 4,
            Self::Output => 5,
            Self::Interrupted => 130,
            Self::Terminated => 143,
        }
    }

    /// The exit code for a single error.
    pub(crate) fn of(code: Code) -> Self {
        match code {
            Code::AuthorizationDeclined
            | Code::AuthorizationPending
            | Code::CredentialFailed
            | Code::DeviceCodeExpired
            | Code::Forbidden
            | Code::InvalidCredential
            | Code::MissingPermission
            | Code::TokenRefused
            | Code::Unauthorized
            | Code::WrongAudience => Self::NotAuthorised,
            Code::FileExists | Code::LedgerFailed | Code::OutputFailed => Self::Output,
            Code::ManifestMismatch
            | Code::ManifestMissing
            | Code::NotAPackage
            | Code::PackageDamaged => Self::Altered,
            _ if code.fault() == Fault::Build => Self::Usage,
            _ => Self::Incomplete,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        exit.number().into()
    }
}

/// The exit codes as `--help` documents them.
pub(crate) const HELP: &str = "\
Exit codes:
    0  success; for `collect` and `resume`, every device got as far as requested
    1  incomplete, or a package needs a look; the output says what and why
    2  invalid command line, or an input is missing, unreadable or not a package
    3  not authorised: the sign-in failed, or a permission is missing
    4  a package is damaged or not a zip, cannot be verified, or does not match its manifest
    5  the output folder, its ledger or stdout cannot be used, or another run holds the folder
  130  interrupted (Ctrl-C); `resume` continues a collection
  143  terminated (SIGTERM, or Ctrl-Break on Windows); `resume` continues a collection

For `collect` and `resume`, 3, 4 and 5 mean that every device ended that way; if devices ended
differently, the code is 1. Where a command reads several packages, 4 outranks 1.";

#[cfg(test)]
mod tests {
    use super::*;

    const README: &str = include_str!("../../../README.md");

    /// All of them; one more does not compile here before it has its place.
    fn all() -> impl Iterator<Item = Exit> {
        std::iter::successors(Some(Exit::Success), |exit| match exit {
            Exit::Success => Some(Exit::Incomplete),
            Exit::Incomplete => Some(Exit::Usage),
            Exit::Usage => Some(Exit::NotAuthorised),
            Exit::NotAuthorised => Some(Exit::Altered),
            Exit::Altered => Some(Exit::Output),
            Exit::Output => Some(Exit::Interrupted),
            Exit::Interrupted => Some(Exit::Terminated),
            Exit::Terminated => None,
        })
    }

    #[test]
    fn help_and_readme_promise_the_numbers_that_there_are() {
        let numbers: Vec<_> = all().map(|exit| exit.number().to_string()).collect();
        let listed = HELP.lines().skip(1).take_while(|line| !line.is_empty());
        let listed: Vec<_> = listed.map(|line| line.trim().split_once("  ").unwrap()).collect();
        assert_eq!(listed.iter().map(|(number, _)| *number).collect::<Vec<_>>(), numbers);

        let (_, table) = README.split_once("| exit code | meaning |\n|---|---|\n").unwrap();
        let rows = table.lines().map_while(|row| row.strip_prefix("| ")?.strip_suffix(" |"));
        let rows: Vec<_> = rows.map(|row| row.split_once(" | ").unwrap()).collect();
        let cells = rows.iter().flat_map(|(cell, _)| cell.split(", "));
        assert_eq!(cells.collect::<Vec<_>>(), numbers);
        for row in rows.iter().filter(|(cell, _)| !cell.contains(", ")) {
            assert!(listed.contains(row), "{row:?} is not what `--help` says");
        }
    }
}
