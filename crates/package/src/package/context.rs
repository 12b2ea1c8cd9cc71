use std::{cell::Cell, ops::RangeInclusive, rc::Rc};

use super::{Collected, Entry};
use crate::{
    Budgets, TextEncoding,
    clock::Clock,
    text::{CodePage, Told},
};

/// What is known about a package as a whole before its tables are read.
#[derive(Clone, Debug)]
pub(crate) struct Context {
    /// The collection's GUID, or a digest of the members if it is not known.
    pub(crate) package_id: String,
    /// The host's name, as the package gives it.
    pub(crate) device: Option<String>,
    /// The host's locale, such as `en-gb`.
    pub(crate) locale: Option<String>,
    pub(crate) oem: CodePage,
    pub(crate) clock: Clock,
    /// Which of the named lines of `systeminfo` are times.
    pub(crate) host_times: RangeInclusive<u32>,
    pub(crate) collected: Collected,
    pub(crate) budgets: Budgets,
    /// How many more bytes may be inflated, after the members and the archives among them.
    pub(crate) inflatable: u64,
}

/// A member that an artifact is read from.
pub(crate) struct Input<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) bytes: super::Bytes<'a>,
    pub(crate) oem: CodePage,
    pub(crate) budgets: &'a Budgets,
    /// Where to report how its lines were decoded and what ended them, if that is wanted.
    pub(crate) told: Option<Rc<Cell<Option<Told>>>>,
}

impl<'a> Input<'a> {
    /// Its lines as text.
    pub(crate) fn lines(self) -> Result<crate::text::Lines<'a>, crate::Error> {
        let lines = crate::text::Lines::new(self.bytes, self.oem, self.budgets.line_bytes)?;
        Ok(match self.told {
            Some(told) => lines.telling(told),
            None => lines,
        })
    }

    /// How it is decoded, determined at its last line unless it is not text.
    pub(super) fn encoding(self) -> Result<TextEncoding, crate::Error> {
        let mut lines = self.lines()?;
        while lines.encoding() != TextEncoding::Binary && lines.next()?.is_some() {}
        Ok(lines.encoding())
    }

    /// Its records as CSV.
    pub(crate) fn records(self) -> Result<crate::text::Records<'a>, crate::Error> {
        Ok(crate::text::Records::new(self.lines()?))
    }

    /// All its bytes, up to the smaller of `limit` and the budget for held bytes.
    pub(crate) fn held(self, limit: u64) -> Result<Vec<u8>, crate::Error> {
        self.bytes.all(&self.entry.path, limit.min(self.budgets.held_bytes))
    }
}
