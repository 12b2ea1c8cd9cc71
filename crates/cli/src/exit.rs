//! Exit codes.

use std::process::ExitCode;

use crate::core::{Code, Fault};

/// With what the command ends. The numbers are promised in `--help`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Exit {
    /// 0: all that was asked for was done; `collect`: every device was collected.
    Success,
    /// 1: not all of it was done.
    Incomplete,
    /// 2: the command cannot be carried out as it was given.
    Usage,
    /// 3: the sign-in or the permissions do not suffice, and nothing was done.
    NotAuthorised,
    /// 4: the evidence is damaged, could not be verified, or is not what its manifest says.
    Altered,
    /// 5: the output folder cannot be used.
    Output,
    /// 130: interrupted (SIGINT); everything can be resumed.
    Interrupted,
    /// 143: terminated (SIGTERM); everything can be resumed.
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

    /// What one error alone makes the command end with.
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

/// The promise, for `--help`.
pub(crate) const HELP: &str = "\
Exit codes:
    0  all that was asked for was done; for `collect` and `resume`: every device was collected
    1  not all of it was done, or a package needs a look; the report says which and why
    2  the command cannot be carried out as it was given
    3  not authorised: no sign-in, no token, or a permission is missing; nothing was collected
    4  the evidence is damaged, could not be verified, or is not what its manifest says
    5  the output folder or a file in it cannot be used
  130  interrupted (Ctrl-C); everything can be resumed
  143  terminated (SIGTERM); everything can be resumed

3, 4 and 5 stand for the whole run: when some devices were collected and others were not, it is 1.";
