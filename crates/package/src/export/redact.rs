mod found;
mod hex;
mod names;
mod place;
mod scan;
mod vocabulary;
mod words;
mod written;

use std::{collections::BTreeMap, ops::Range, sync::Arc};

use arrow_array::{ArrayRef, RecordBatch, StringArray, cast::AsArray};
use serde_json::Value;

use self::{
    found::{FIRST, Found},
    place::{Own, Place, Shapes},
    words::Words,
};
use crate::{Error, Package, Source};

/// Replaces user names, host names, SIDs and addresses in all text of a table with stand-ins:
/// `user-1`, `host-1`, `sid-1`, `address-1`. The same name always gets the same stand-in.
///
/// Addresses are IPv4, IPv6 and hardware addresses, including the reversed form used in DNS. Names
/// are those that the package itself reveals: its device and domain, accounts, sessions, owners,
/// names in the security log, profile folders, accounts and hosts of a known domain wherever they
/// occur, and the short host names of shares and of the DNS cache. Hosts in other domains are kept,
/// because the evidence is about them. Text inside `REG_BINARY` values is searched too, and an
/// escape sequence ends a word.
///
/// Not found are: names inside Base64 or inside other words, names of one letter, addresses written
/// as one number (except as the whole host of a URL), and addresses written with dashes (except in
/// host names such as `ip-10-0-0-1` and `10-0-0-1.example`). A hardware address without separators
/// is found within a longer run of digits if it starts at a byte, as in `REG_BINARY`, but not
/// inside a hash, and not with fewer than four nonzero digits.
///
/// A version number with four parts is taken for an address, except in version columns. Names that
/// every Windows has, such as `Administrator`, are kept, and so are words that identify nobody,
/// such as `windows` and `exe`, even if an account has that name.
#[derive(Clone, Debug, Default)]
pub struct Redaction {
    found: Found,
    words: Words,
    addresses: BTreeMap<String, String>,
    sids: BTreeMap<String, String>,
    /// In how many places there is what stands for a word that may be no name.
    doubtful: BTreeMap<String, u64>,
    /// The same of the text that was read last.
    doubts: Vec<String>,
}

impl Redaction {
    /// Finds the names in a package.
    ///
    /// Fails with [`Error::ReadFailed`], or with [`Error::TooManyNames`] if some would not be
    /// replaced.
    pub fn of<S: Source>(package: &Package<S>) -> Result<Self, Error> {
        let mut redaction = Self::default();
        redaction.learn(package)?;
        Ok(redaction)
    }

    /// Adds the names in another package. Across all learned packages, each name has one stand-in
    /// and no two names share one.
    ///
    /// Fails like [`of`](Self::of).
    pub fn learn<S: Source>(&mut self, package: &Package<S>) -> Result<(), Error> {
        self.found.begin(package.device().unwrap_or_default());
        package.read_some(FIRST, &mut |table, batch| {
            self.found.see(table.name, &batch);
            Ok(())
        })?;
        self.found.restart();
        package.read_all(&mut |table, batch| {
            self.found.see(table.name, &batch);
            Ok(())
        })?;
        for digits in self.found.adapters() {
            named("address", &mut self.addresses)(digits.to_owned());
        }
        self.words = Words::new(self.found.words()?)?;
        Ok(())
    }

    /// Returns the batch with its names replaced.
    ///
    /// Fails with [`Error::Write`].
    pub fn apply(&mut self, batch: &RecordBatch) -> Result<RecordBatch, Error> {
        let schema = batch.schema();
        let columns = schema
            .fields()
            .iter()
            .zip(batch.columns())
            .map(|(field, column)| match column.as_string_opt::<i32>() {
                Some(texts) if !OURS.contains(&field.name().as_str()) => {
                    let has_addresses = !field.name().ends_with("version");
                    Arc::new(self.column(texts, has_addresses)) as ArrayRef
                }
                _ => Arc::clone(column),
            })
            .collect();
        RecordBatch::try_new(schema, columns).map_err(super::failed)
    }

    /// Four numbers of a version are no address.
    fn column(&mut self, texts: &StringArray, has_addresses: bool) -> StringArray {
        // Many rows say the same as the one before.
        let mut last: Option<(&str, String)> = None;
        let redacted = texts.iter().map(|text| {
            let text = text?;
            match &last {
                Some((known, own)) if *known == text => {
                    self.count();
                    Some(own.clone())
                }
                _ => {
                    let own = self.replaced(text, has_addresses);
                    last = Some((text, own.clone()));
                    Some(own)
                }
            }
        });
        redacted.collect()
    }

    /// Returns the text with its names replaced.
    #[must_use]
    pub fn text(&mut self, text: &str) -> String {
        self.replaced(text, true)
    }

    /// Replaces the names in every text of a JSON document, except in hashes, package identifiers
    /// and parse statuses.
    pub fn document(&mut self, document: &mut Value) {
        match document {
            Value::String(text) => *text = self.text(text),
            Value::Array(values) => values.iter_mut().for_each(|value| self.document(value)),
            Value::Object(fields) => fields
                .iter_mut()
                .filter(|(name, _)| !OURS.contains(&name.as_str()))
                .for_each(|(_, value)| self.document(value)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    fn replaced(&mut self, text: &str, has_addresses: bool) -> String {
        self.doubts.clear();
        let places = self.places(text, has_addresses);
        // What stands for a name is no text to look into.
        let text = joined(text, &places, &mut |text| {
            hex::replace(text, &mut |text| {
                let places = self.places(text, has_addresses);
                joined(text, &places, &mut str::to_owned)
            })
        });
        self.count();
        text
    }

    /// Counts what is doubtful in a text.
    fn count(&mut self) {
        for name in &self.doubts {
            *self.doubtful.entry(name.clone()).or_default() += 1;
        }
    }

    /// What of a text is replaced, in its order, and by what.
    fn places(&mut self, text: &str, has_addresses: bool) -> Vec<(Range<usize>, String)> {
        let mut shapes = scan::each(text, has_addresses);
        hex::adapters(text, &mut |digits, at| {
            if self.found.knows_adapter(digits) {
                shapes.push(Place { at, own: Own::Address(digits.to_owned()) });
            }
        });
        let shapes = Shapes::new(shapes);
        let words = self.words.places(text, &shapes);
        let names = shapes.with(words).into_iter().filter_map(|Place { at, own }| {
            let name = match own {
                Own::Address(own) => named("address", &mut self.addresses)(own),
                Own::Sid(own) => named("sid", &mut self.sids)(own),
                Own::Host(host) => self.found.name_of(&host),
                Own::Word(index) => {
                    let word = self.words.get(index)?;
                    if word.is_doubtful {
                        self.doubts.push(word.name.clone());
                    }
                    word.name.clone()
                }
            };
            Some((at, name))
        });
        names.collect()
    }

    /// The stand-ins that replaced, in more than a thousand places, words that may not be names;
    /// with the number of places. They were taken for names because of a path, a command line or a
    /// failed logon, which anybody can make up.
    pub fn doubtful(&self) -> impl Iterator<Item = (&str, u64)> {
        let places = self.doubtful.iter().map(|(name, places)| (name.as_str(), *places));
        places.filter(|(_, places)| *places > MANY)
    }
}

/// A text with these places replaced, and what stands between them as `change` gives it.
fn joined(
    text: &str,
    places: &[(Range<usize>, String)],
    change: &mut dyn FnMut(&str) -> String,
) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut end = 0;
    for (at, name) in places {
        joined.push_str(&change(text.get(end..at.start).unwrap_or_default()));
        joined.push_str(name);
        end = at.end;
    }
    joined.push_str(&change(text.get(end..).unwrap_or_default()));
    joined
}

/// Numbers what it is given, each thing once.
fn named<'a>(
    kind: &'static str,
    known: &'a mut BTreeMap<String, String>,
) -> impl FnMut(String) -> String + 'a {
    move |own| {
        let count = known.len() + 1;
        known.entry(own).or_insert_with(|| format!("{kind}-{count}")).clone()
    }
}

/// Columns and fields in which all that is written is ours.
const OURS: &[&str] = &["member_sha256", "package_id", "parse_status", "sha256"];
/// Places in which a name of somebody stands seldom.
const MANY: u64 = 1_000;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{Redaction, Words, found::Word};

    fn redaction() -> Redaction {
        let words = [("ws-04", "host-1"), ("bo larsen", "user-1"), ("admin", "user-2")];
        let words = words.map(|(word, name)| Word {
            text: word.to_owned(),
            name: name.to_owned(),
            is_domain: false,
            is_doubtful: false,
        });
        Redaction { words: Words::new(words.into()).unwrap(), ..Redaction::default() }
    }

    /// From each of its marks the rest of a word would be looked at again: hours for a cell of one MiB.
    #[test]
    fn a_long_word_is_looked_at_in_time_that_grows_with_it() {
        for part in ["1-", "1:", "11-1-", "11-11-11-11-11-1-", "11:1:", "1.1."] {
            let length = if part == "1-" { 1 << 18 } else { 1 << 14 };
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

    /// The same of what only is a place of names: none is made up of it, and what stands behind is found.
    #[test]
    fn a_text_is_learned_from_in_time_that_grows_with_it() {
        const KNOWN: [&str; 5] = ["a.b.example", "b.example", "berta", "dc", "dc.b.example"];
        for (part, made_up) in [
            ("/u:", None),
            ("/user:\"", None),
            ("c:\\users\\", None),
            ("\\\\x", None),
            ("a\\", None),
            ("a@b.example", Some("b.examplea")),
            (".b.example", Some("example.b.example")),
            ("users/", None),
        ] {
            let mut redaction = redaction();
            redaction.found.begin("a.b.example");
            let text = part.repeat((1 << 20) / part.len());
            let text = format!("{text} /user:berta at dc.b.example");
            super::written::learn(&mut redaction.found, &text);
            let words = redaction.found.words().unwrap();
            let found: BTreeSet<_> = words.iter().map(|word| word.text.as_str()).collect();
            assert_eq!(found, KNOWN.into_iter().chain(made_up).collect(), "{part}");
        }
    }

    /// Each of all places that overlap would be kept.
    #[test]
    fn names_that_lie_in_each_other_are_replaced_in_time_that_grows_with_the_text() {
        let words = (1..128).map(|length| format!("a{}", "-a".repeat(length)));
        let words = words.map(|text| Word {
            text,
            name: "user-1".to_owned(),
            is_domain: false,
            is_doubtful: false,
        });
        let words = Words::new(words.collect()).unwrap();
        let mut redaction = Redaction { words, ..Redaction::default() };
        let redacted = redaction.text(&"a-".repeat(1 << 15));
        assert_eq!(redacted, "user-1-".repeat(1 << 8));
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
            (
                r"10.0.0.1 ::ffff:10.0.0.1 010.000.000.001 ip-10-0-0-1.x %2F10.0.0.1 a\010.0.0.1",
                r"address-1 address-1 address-1 ip-address-1.x %2Faddress-1 a\0address-1",
            ),
            (
                "1.0.0.10.in-addr.arpa 10.0.0.1 1.0.0.10.in-addr.example 10.0.0.1.e.example 1.2.3x",
                "address-1.in-addr.arpa address-1 address-2.in-addr.example address-1.e.example 1.2.3x",
            ),
            (
                "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa 2001-db8--1s4.ipv6-literal.net 2001:DB8:0::1",
                "address-1.ip6.arpa address-1s4.ipv6-literal.net address-1",
            ),
            (
                "0050.56FE.d66b. 00-50-56-fe-d6-6b 1234.5678.9012 2025.0807.145a.1",
                "address-1. address-1 1234.5678.9012 2025.0807.145a.1",
            ),
            (r"\0S-1-5-21-1-2-3\0ws-04", r"\0sid-1\0host-1"),
            ("0.0.0.0:0 [::]:0 127.0.0.1 ::1", "0.0.0.0:0 [::]:0 127.0.0.1 ::1"),
            ("[Face]::Add(1) Cafe::Bed ::a1", "[Face]::Add(1) Cafe::Bed address-1"),
        ] {
            assert_eq!(redaction().text(text), expected);
        }
    }
}
