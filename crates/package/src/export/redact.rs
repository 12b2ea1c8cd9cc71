mod found;
mod scan;
mod words;

use std::{collections::BTreeMap, sync::Arc};

use arrow_array::{ArrayRef, RecordBatch, StringArray, cast::AsArray};

use self::{
    found::Found,
    scan::{address, sid},
    words::Words,
};
use crate::{Error, Package, Source};

/// Replaces the names of users and hosts, their SIDs, and addresses, in every text of a table by a name
/// that stands for them: `user-1`, `host-1`, `sid-1`, `address-1`; the same everywhere.
///
/// Addresses are those of IPv4, IPv6 and network adapters. Names are those that the package itself knows
/// of: its device and domain, accounts, sessions, owners, folders below `\Users`, and who is named in
/// the security log. What is written another way is not found: names inside of binary data, names of one
/// letter, parts of names. Names that every Windows has, such as `Administrator`, stay.
#[derive(Clone, Debug, Default)]
pub struct Redaction {
    found: Found,
    words: Words,
    addresses: BTreeMap<String, String>,
    sids: BTreeMap<String, String>,
}

impl Redaction {
    /// Finds the names that a package knows of.
    ///
    /// Fails with [`Error::ReadFailed`], and with [`Error::TooManyNames`] if some would not be replaced.
    pub fn of<S: Source>(package: &Package<S>) -> Result<Self, Error> {
        let mut redaction = Self::default();
        redaction.learn(package)?;
        Ok(redaction)
    }

    /// Finds the names of one package more, so that in several packages that are written together
    /// every name has one that stands for it, and no two have the same.
    ///
    /// Fails as [`of`](Self::of) does.
    pub fn learn<S: Source>(&mut self, package: &Package<S>) -> Result<(), Error> {
        self.found.begin(package.device().unwrap_or_default());
        package.read_all(&mut |table, batch| {
            self.found.see(table.name, &batch);
            Ok(())
        })?;
        self.words = Words::new(self.found.names()?)?;
        Ok(())
    }

    /// The same batch with names replaced.
    ///
    /// Fails with [`Error::Write`].
    pub fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Error> {
        let columns = batch
            .columns()
            .iter()
            .map(|column| match column.as_string_opt::<i32>() {
                Some(texts) => {
                    let redacted: StringArray =
                        texts.iter().map(|text| text.map(|text| self.text(text))).collect();
                    Arc::new(redacted) as ArrayRef
                }
                None => Arc::clone(column),
            })
            .collect();
        RecordBatch::try_new(batch.schema(), columns).map_err(super::failed)
    }

    /// A text with names replaced.
    #[must_use]
    pub fn text(&mut self, text: &str) -> String {
        let text = self.words.replace(text);
        let text = scan::replace(&text, sid, &mut named("sid", &mut self.sids));
        scan::replace(&text, address, &mut named("address", &mut self.addresses))
    }
}

/// Numbers what it is given, each thing once.
fn named<'a>(
    kind: &'static str,
    known: &'a mut BTreeMap<String, String>,
) -> impl FnMut(&str) -> String + 'a {
    move |text| {
        let count = known.len() + 1;
        known.entry(text.to_lowercase()).or_insert_with(|| format!("{kind}-{count}")).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::{Redaction, Words};

    fn redaction() -> Redaction {
        let words = [("ws-04", "host-1"), ("bo larsen", "user-1"), ("admin", "user-2")];
        let words = words.map(|(word, name)| (word.to_owned(), name.to_owned()));
        Redaction { words: Words::new(words.into()).unwrap(), ..Redaction::default() }
    }

    /// From each of its marks the rest of a word would be looked at again: hours for a cell of one MiB.
    #[test]
    fn a_long_word_is_looked_at_in_time_that_grows_with_it() {
        for part in ["1-", "1:", "11-1-", "11-11-11-11-11-1-", "11:1:", "1.1."] {
            let length = if part == "1-" { 1 << 20 } else { 1 << 14 };
            let text = part.repeat(length / part.len());
            let redacted = redaction().text(&format!("{text} {text}10.0.0.1"));
            assert!(redacted.starts_with(part), "{part}");
            assert!(!redacted.ends_with("10.0.0.1"), "{part}");
        }
        let many = redaction().text(&"10.0.0.1-".repeat(1000));
        assert_eq!(many, "address-1-".repeat(1000));
        let pairs = redaction().text(&format!("{}00", "00-".repeat(999)));
        assert!(!pairs.contains("00-"), "{pairs}");
    }

    #[test]
    fn names_are_whole_words_and_addresses_are_addresses() {
        for (text, expected) in [
            (
                r"WS-04\Admin, Administrators, C:\Users\ADMIN\x 10.0.0.1:80 at 1.2.3",
                r"host-1\user-2, Administrators, C:\Users\user-2\x address-1:80 at 1.2.3",
            ),
            ("10.0.0.1, fe80::1%4 and 12:30:45", "address-1, address-2%4 and 12:30:45"),
            ("[fe80:1:2:3:4:5:6:7]:80", "[address-1]:80"),
            (
                "00-50-56-fe-D6-6b on 2025-08-07, v1-10.0.0.9.",
                "address-1 on 2025-08-07, v1-address-2.",
            ),
            ("\u{130} WS-04", "\u{130} host-1"),
            ("BO LARSEN2 bo larsen_x ws-042", "BO LARSEN2 user-1_x ws-042"),
            ("S-1-5-21-1-2-3-1001_Classes, S-1-5-18", "sid-1_Classes, S-1-5-18"),
            ("0.0.0.0:0 [::]:0 127.0.0.1 ::1", "0.0.0.0:0 [::]:0 127.0.0.1 ::1"),
        ] {
            assert_eq!(redaction().text(text), expected);
        }
    }
}
