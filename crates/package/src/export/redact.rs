use std::{
    collections::{BTreeMap, BTreeSet},
    net::{Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

use arrow_array::{ArrayRef, RecordBatch, StringArray, cast::AsArray};

use crate::{Error, Package, Source, table::View};

/// Replaces the names of users and hosts, and addresses, in every text of a table by a name that
/// stands for them: `user-1`, `host-1`, `sid-1`, `address-1`; the same everywhere.
///
/// What is written another way is not found: names inside of binary registry data, or in parts.
#[derive(Clone, Debug, Default)]
pub struct Redaction {
    /// Words in lower case, the longest first, and what stands for each.
    words: Vec<(String, String)>,
    addresses: BTreeMap<String, String>,
}

impl Redaction {
    /// Finds the names that a package knows of: its device, its domain, its users and their SIDs.
    ///
    /// Fails with [`Error::ReadFailed`].
    pub fn of<S: Source>(package: &Package<S>) -> Result<Self, Error> {
        let mut hosts = Vec::from_iter(package.device().map(str::to_owned));
        let mut users = Vec::new();
        let mut sids = Vec::new();
        let columns: &[(&str, &str, u8)] = &[
            ("processes", "host", 0),
            ("services", "host", 0),
            ("scheduled_tasks", "host", 0),
            ("group_members", "domain", 0),
            ("group_members", "name", 1),
            ("sessions", "user", 1),
            ("temp_files", "user", 1),
            ("registry_keys", "user_sid", 2),
            ("programs", "user_sid", 2),
        ];
        for (table, column, kind) in columns {
            let place = match kind {
                0 => &mut hosts,
                1 => &mut users,
                _ => &mut sids,
            };
            package.stream(table, &mut |batch| {
                let view = View(&batch);
                let texts = (0..batch.num_rows()).filter_map(|row| view.text(column, row));
                for text in texts {
                    let is_new = place.last().is_none_or(|last: &String| last != text);
                    if is_new && place.len() < MOST {
                        place.push(text.to_owned());
                    }
                }
                Ok(())
            })?;
        }
        // The first two settings of the whole host are its name and its domain, in every language.
        package.stream("net_settings", &mut |batch| {
            let view = View(&batch);
            let of_host = (0..batch.num_rows()).filter(|row| view.text("adapter", *row).is_none());
            hosts.extend(
                of_host.take(2).filter_map(|row| view.text("value", row)).map(str::to_owned),
            );
            Ok(())
        })?;
        let mut words = Vec::new();
        for (kind, found) in [("host", hosts), ("user", users), ("sid", sids)] {
            // In the order in which they were found, so that the device itself is the first host.
            let mut seen = BTreeSet::new();
            let found = found
                .into_iter()
                .map(|word| word.to_lowercase())
                .filter(|word| word.chars().count() > 1 && !COMMON.contains(&word.as_str()))
                .filter(|word| seen.insert(word.clone()))
                .take(MOST_WORDS);
            let named = found.enumerate();
            words.extend(named.map(|(index, word)| (word, format!("{kind}-{}", index + 1))));
        }
        words.sort_by_key(|(word, _)| std::cmp::Reverse(word.len()));
        words.dedup_by(|one, other| one.0 == other.0);
        Ok(Self { words, addresses: BTreeMap::new() })
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
        let mut redacted = text.to_owned();
        for (word, name) in &self.words {
            redacted = replace(redacted, word, name);
        }
        self.addresses(&redacted)
    }

    fn addresses(&mut self, text: &str) -> String {
        let mut redacted = String::with_capacity(text.len());
        let mut rest = text;
        while !rest.is_empty() {
            let is_part = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':');
            let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
            redacted.push_str(&self.word(word));
            let next = after.find(is_part).unwrap_or(after.len());
            let (plain, after) = after.split_at_checked(next).unwrap_or((after, ""));
            redacted.push_str(plain);
            rest = after;
        }
        redacted
    }

    fn word(&mut self, word: &str) -> String {
        let trimmed = word.trim_end_matches(['.', ':']);
        let (address, port) = match trimmed.parse::<Ipv4Addr>() {
            Ok(_) => (trimmed, ""),
            Err(_) => match trimmed.split_once(':') {
                Some((address, port)) if address.parse::<Ipv4Addr>().is_ok() => (address, port),
                _ => (trimmed, ""),
            },
        };
        let is_v4 = address.parse::<Ipv4Addr>().is_ok_and(|address| !address.is_unspecified());
        let is_v6 = address.len() > 5
            && address.contains("::")
            && address.parse::<Ipv6Addr>().is_ok_and(|address| !address.is_loopback());
        if !(is_v4 || is_v6) {
            return word.to_owned();
        }
        let count = self.addresses.len() + 1;
        let name = self
            .addresses
            .entry(address.to_owned())
            .or_insert_with(|| format!("address-{count}"))
            .clone();
        let tail = word.get(trimmed.len()..).unwrap_or_default();
        if port.is_empty() { format!("{name}{tail}") } else { format!("{name}:{port}{tail}") }
    }
}

/// Replaces a word in lower case wherever it stands by itself.
fn replace(text: String, word: &str, name: &str) -> String {
    let lower = text.to_lowercase();
    // Lower case may have other lengths; then places do not fit, and the text is replaced as it is.
    let (hay, text) = if lower.len() == text.len() { (lower, text) } else { (text.clone(), text) };
    if !hay.contains(word) {
        return text;
    }
    let is_word = |c: char| c.is_alphanumeric();
    let mut replaced = String::with_capacity(text.len());
    let mut at = 0;
    for (place, _) in hay.match_indices(word) {
        let end = place + word.len();
        let before = hay.get(..place).and_then(|before| before.chars().next_back());
        let after = hay.get(end..).and_then(|after| after.chars().next());
        if place < at || before.is_some_and(is_word) || after.is_some_and(is_word) {
            continue;
        }
        replaced.push_str(text.get(at..place).unwrap_or_default());
        replaced.push_str(name);
        at = end;
    }
    replaced.push_str(text.get(at..).unwrap_or_default());
    replaced
}

/// Names that are looked at of each kind.
const MOST: usize = 1_000_000;
/// Names that are replaced of each kind: each costs a look at every text.
const MOST_WORDS: usize = 2_000;
/// Names that every host has, and which name nobody.
const COMMON: &[&str] = &[
    "administrator",
    "defaultaccount",
    "guest",
    "nt authority",
    "authenticated users",
    "interactive",
    "domain users",
    "domain admins",
    "system",
    "wdagutilityaccount",
    "local service",
    "network service",
    "builtin",
];

#[cfg(test)]
mod tests {
    use super::Redaction;

    #[test]
    fn names_are_whole_words_and_addresses_are_addresses() {
        let mut redaction = Redaction {
            words: vec![("ws-04".into(), "host-1".into()), ("admin".into(), "user-1".into())],
            ..Redaction::default()
        };
        assert_eq!(
            redaction.text(r"WS-04\Admin, Administrators, C:\Users\ADMIN\x 10.0.0.1:80 at 1.2.3"),
            r"host-1\user-1, Administrators, C:\Users\user-1\x address-1:80 at 1.2.3"
        );
        assert_eq!(
            redaction.text("10.0.0.1, fe80::1%4 and 12:30:45"),
            "address-1, address-2%4 and 12:30:45"
        );
    }
}
