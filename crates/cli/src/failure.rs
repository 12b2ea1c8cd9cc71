//! Why a command could not be carried out.

use std::fmt;

use serde_json::{Value, json};

use crate::core::Error;
use crate::exit::Exit;
use crate::terminal::safe;

/// Why a command could not be carried out, and with what it ends.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) exit: Exit,
    message: String,
    hint: Option<String>,
    error: Option<Error>,
}

impl Failure {
    /// A failure of the command itself; `message` is lower case and may hold text of others.
    pub(crate) fn new(exit: Exit, message: impl Into<String>) -> Self {
        Self { exit, message: message.into(), hint: None, error: None }
    }

    /// The command cannot be carried out as it was given.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::new(Exit::Usage, message)
    }

    pub(crate) fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The failure for machines.
    pub(crate) fn to_json(&self) -> Value {
        let error = match &self.error {
            Some(error) => json!(error),
            None => json!({ "code": null, "message": self.message, "hint": self.hint }),
        };
        json!({ "exit": self.exit.number(), "error": error })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&safe(&self.message))?;
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
