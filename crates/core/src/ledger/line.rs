//! The lines of a ledger's file.

use serde::Serialize;

use super::QuotaLine;
use crate::engine::Record;
use crate::json::{self, Fields, Json, Read, Wrong, deserialize};
use crate::{Code, Error};

/// One line of a ledger's file.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Line {
    /// An event of a permit.
    Quota(QuotaLine),
    /// An event of a collection.
    Record(Box<Record>),
}

impl Line {
    /// The line's bytes, including the line break.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = json::text(self).into_bytes();
        bytes.push(b'\n');
        bytes
    }
}

/// The content of a ledger's file.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// The records, in the order in which they were appended.
    pub records: Vec<Record>,
    /// The events of permits.
    pub quota: Vec<QuotaLine>,
    /// The number of bytes up to the end of the last complete line.
    pub whole: usize,
    /// Whether the last line was cut off, for example by a crash; it is left out.
    pub is_torn: bool,
}

impl Lines {
    /// Reads a file; `name` is its name in error messages.
    ///
    /// Fails with `ledger_failed` if a line other than the last is damaged.
    pub fn read(bytes: &[u8], name: &str) -> Result<Self, Error> {
        let mut lines = Self::default();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            lines.push(line, name)?;
        }
        Ok(lines)
    }

    /// Reads the next line of a file, including its line break; without one it is the last line and
    /// was cut off. `name` is the file's name in error messages.
    ///
    /// Fails with `ledger_failed` if the line is damaged.
    pub fn push(&mut self, line: &[u8], name: &str) -> Result<(), Error> {
        if line.last() != Some(&b'\n') {
            self.is_torn = true;
            return Ok(());
        }
        match json::parse(line) {
            Ok(Line::Quota(quota)) => self.quota.push(quota),
            Ok(Line::Record(record)) => self.records.push(*record),
            Err(error) => {
                let number = self.records.len() + self.quota.len() + 1;
                let text =
                    format!("line {number} of `{name}` is not a record: it was damaged or edited");
                return Err(Error::new(Code::LedgerFailed, text)
                    .with_hint(HINT)
                    .with_source(error));
            }
        }
        self.whole += line.len();
        Ok(())
    }
}

impl Read for Line {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read_all(json, |fields| {
            let line = match fields.optional("quota") {
                Some(quota) => Self::Quota(quota),
                None => Self::Record(fields.take("record")?),
            };
            Ok(line)
        })
    }
}

deserialize!(Line);

const HINT: &str = "nothing was sent or changed: restore the file from a copy, or collect into another folder with the same \
    key, which finds what is running";
