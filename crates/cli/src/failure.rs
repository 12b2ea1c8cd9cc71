//! Why a command failed.

use std::fmt;
use std::path::Path;

use serde_json::{Value, json};

use crate::core::Error;
use crate::exit::Exit;
use crate::terminal::safe;

/// Why a command failed, and its exit code.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
    hint: Option<String>,
    error: Option<Error>,
    /// The stable code of an error from the package reader.
    code: Option<&'static str>,
}

impl Failure {
    /// A failure of the command itself; `message` is lower case and may contain untrusted text.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None, error: None, code: None }
    }

    /// An invalid command line or input.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    /// A package could not be read, or its content could not be written.
    #[expect(clippy::needless_pass_by_value, reason = "callers are done with the error")]
    pub(crate) fn from_package(path: &Path, error: mde_forensics_package::Error) -> Self {
        use mde_forensics_package::Error;

        let exit = match error {
            Error::Write(_) => Exit::Output,
            Error::NoPlace { .. } | Error::SeveralPackages { .. } | Error::UnknownTable { .. } => {
                Exit::Usage
            }
            Error::ReadFailed { .. } => Exit::Incomplete,
            _ => Exit::Altered,
        };
        let source = std::error::Error::source(&error).filter(|_| exit == Exit::Incomplete);
        let source = source.map(|source| format!(": {source}")).unwrap_or_default();
        let mut failure = Self::new(exit, format!("`{}`: {error}{source}", path.display()));
        failure.code = Some(error.code());
        failure.with_hint(error.hint())
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The failure as JSON.
    pub(crate) fn to_json(&self) -> Value {
        let error = match &self.error {
            Some(error) => json!(error),
            None => json!({ "code": self.code, "message": self.message, "hint": self.hint }),
        };
        json!({ "exit": self.exit.number(), "error": error })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&safe(&self.message))?;
        for cause in self.error.iter().flat_map(Error::causes) {
            if !self.message.contains(cause) {
                write!(f, "\n  caused by: {}", safe(cause))?;
            }
        }
        match &self.hint {
            Some(hint) => hint.lines().try_for_each(|line| write!(f, "\n  {}", safe(line))),
            None => Ok(()),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let hint = error.hint();
        Self {
            exit: Exit::of(error.code()),
            message: error.to_string(),
            hint: (!hint.is_empty()).then(|| hint.to_owned()),
            error: Some(error),
            code: None,
        }
    }
}

impl From<mde_forensics_emulator::Error> for Failure {
    fn from(error: mde_forensics_emulator::Error) -> Self {
        let exit = match error {
            mde_forensics_emulator::Error::CaFile { .. } => Exit::Output,
            mde_forensics_emulator::Error::Invalid(_) => Exit::Usage,
            _ => Exit::Incomplete,
        };
        let source = std::error::Error::source(&error).map(|source| format!(": {source}"));
        Self::new(exit, format!("{error}{}", source.unwrap_or_default()))
    }
}
