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
            Code::ManifestMismatch | Code::NotAPackage | Code::PackageDamaged => Self::Altered,
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
