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
    /// What happened to a permit.
    Quota(QuotaLine),
    /// What happened to a collection.
    Record(Box<Record>),
}

impl Line {
    /// The line's bytes, its end included.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = json::text(self).into_bytes();
        bytes.push(b'\n');
        bytes
    }
}

/// What a ledger's file holds.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// Its records, in the order in which they were appended.
    pub records: Vec<Record>,
    /// What happened to permits.
    pub quota: Vec<QuotaLine>,
    /// Bytes up to the end of the last whole line.
    pub whole: usize,
    /// Whether the last line was cut off, as by a crash; it is left out.
    pub is_torn: bool,
}

impl Lines {
    /// Reads a file. `name` is what it is called in an error.
    ///
    /// Fails with `ledger_failed` if a line other than the last is damaged.
    pub fn read(bytes: &[u8], name: &str) -> Result<Self, Error> {
        let mut lines = Self::default();
        for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            if line.last() != Some(&b'\n') {
                lines.is_torn = true;
                break;
            }
            lines.push(line, index + 1, name)?;
        }
        Ok(lines)
    }

    fn push(&mut self, line: &[u8], number: usize, name: &str) -> Result<(), Error> {
        match json::parse(line) {
            Ok(Line::Quota(quota)) => self.quota.push(quota),
            Ok(Line::Record(record)) => self.records.push(*record),
            Err(error) => {
                let text =
                    format!("line {number} of `{name}` is no record: it was damaged or edited");
                return Err(Error::new(Code::LedgerFailed, text).with_source(error));
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
