use std::collections::{BTreeMap, BTreeSet};

use arrow_array::{Array as _, RecordBatch, cast::AsArray};

use super::words::lower;
use crate::{Error, table::View};

/// Names that a package knows of, in the order in which they are found: what Windows says of itself comes
/// before what others could write into a log.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    hosts: Names,
    users: Names,
    /// How many settings of the whole host were seen, of the package that is read.
    settings: usize,
}

#[derive(Clone, Debug, Default)]
struct Names {
    seen: BTreeSet<String>,
    /// Each with its number.
    order: Vec<(String, usize)>,
    last: usize,
    /// By the name of a host alone its number, and whether its full name is known.
    by_label: BTreeMap<String, (usize, bool)>,
    has_more: bool,
}

impl Found {
    /// Begins with a package of this device.
    pub(super) fn begin(&mut self, device: &str) {
        self.settings = 0;
        self.host(device);
    }

    fn host(&mut self, name: &str) {
        // A full name is that of a host in a domain, and each may stand alone.
        if name.parse::<std::net::IpAddr>().is_ok() {
            return;
        }
        self.hosts.add_host(name.trim_start_matches('\\'));
        if let Some((host, domain)) = name.split_once('.') {
            self.hosts.add_host(host);
            self.hosts.add_host(domain);
        }
    }

    /// A name as `HOST\user`, `user@domain` or by itself.
    fn account(&mut self, name: &str) {
        match (name.split_once('\\'), name.split_once('@')) {
            (Some((host, user)), _) | (None, Some((user, host))) => {
                if COMMON.contains(&lower(host).as_str()) {
                    return;
                }
                self.host(host);
                self.user(user);
            }
            (None, None) => self.user(name),
        }
    }

    fn user(&mut self, name: &str) {
        let name = lower(name.trim());
        let is_of_windows = ["dwm-", "umfd-"].iter().any(|begin| name.starts_with(begin));
        // The account of a computer is that of a host.
        match name.strip_suffix('$') {
            Some(host) => self.host(host),
            None if is_of_windows => {}
            None => self.users.add(&name),
        }
    }

    pub(super) fn see(&mut self, table: &str, batch: &RecordBatch) {
        let view = View(batch);
        let rows = batch.num_rows();
        let column = |name: &'static str| (0..rows).filter_map(move |row| view.text(name, row));
        match table {
            "processes" | "services" => column("host").for_each(|name| self.host(name)),
            "scheduled_tasks" => {
                column("host").for_each(|name| self.host(name));
                let accounts = column("run_as_user").chain(column("author"));
                accounts.filter(|name| name.contains('\\')).for_each(|name| self.account(name));
            }
            "group_members" => {
                for row in 0..rows {
                    match (view.text("domain", row), view.text("name", row)) {
                        (Some(domain), Some(name)) => self.account(&format!("{domain}\\{name}")),
                        (None, Some(name)) => self.user(name),
                        _ => {}
                    }
                }
            }
            "sessions" => column("user").for_each(|name| self.user(name)),
            "temp_files" | "temp_folders" => {
                column("user").for_each(|name| self.user(name));
                column("owner").for_each(|name| self.account(name));
            }
            // The first two settings of the whole host are its name and its domain, in every language.
            "net_settings" => {
                for row in (0..rows).filter(|row| view.text("adapter", *row).is_none()) {
                    if self.settings < 2 {
                        self.host(view.text("value", row).unwrap_or_default());
                    }
                    self.settings += 1;
                }
            }
            "security_events" => {
                for (domain, name) in [
                    ("target_domain_name", "target_user_name"),
                    ("subject_domain_name", "subject_user_name"),
                ] {
                    for row in 0..rows {
                        let domain = view.text(domain, row).unwrap_or_default();
                        if let Some(name) = view.text(name, row) {
                            self.account(&format!("{domain}\\{name}"));
                        }
                    }
                }
                column("workstation_name")
                    .chain(column("computer"))
                    .for_each(|name| self.host(name));
            }
            "other_events" => column("computer").for_each(|name| self.host(name)),
            _ => {}
        }
        self.profiles(batch);
    }

    /// The names of folders below `\Users`, wherever they are written.
    fn profiles(&mut self, batch: &RecordBatch) {
        for column in batch.columns() {
            let Some(texts) = column.as_string_opt::<i32>() else { continue };
            for text in
                (0..texts.len()).filter(|row| texts.is_valid(*row)).map(|row| texts.value(row))
            {
                if !text.contains(['\\', '/']) {
                    continue;
                }
                let hay = lower(text);
                for (place, found) in hay.match_indices("users") {
                    let is_folder =
                        hay.get(..place).is_some_and(|text| text.ends_with(['\\', '/']));
                    let rest = hay.get(place + found.len()..).unwrap_or_default();
                    if !is_folder || !rest.starts_with(['\\', '/']) {
                        continue;
                    }
                    // In JSON a backslash is written twice.
                    let rest = rest.trim_start_matches(['\\', '/']);
                    let end = rest
                        .find(['\\', '/', '"', '\'', '<', '>', '|', ',', ';', '\n', '\r', '\t']);
                    // Only a folder: the last part may be followed by anything.
                    if let Some(name) = end.and_then(|end| rest.get(..end)) {
                        self.user(name);
                    }
                }
            }
        }
    }

    /// The names, and what stands for each.
    ///
    /// Fails with [`Error::TooManyNames`].
    pub(super) fn names(&self) -> Result<Vec<(String, String)>, Error> {
        if self.hosts.has_more || self.users.has_more {
            return Err(too_many());
        }
        let named = |kind: &'static str, names: &Names| -> Vec<_> {
            let named = names.order.iter();
            named.map(|(word, number)| (word.clone(), format!("{kind}-{number}"))).collect()
        };
        // Who is called as a host is that host.
        let mut users = named("user", &self.users);
        users.retain(|(word, _)| !self.hosts.seen.contains(word));
        Ok([named("host", &self.hosts), users].concat())
    }
}

impl Names {
    fn add(&mut self, name: &str) {
        self.add_as(name, None);
    }

    /// Adds the name of a host: its short and its full name are one. Of several full names that begin with one short
    /// name, which stay several, it is that of the first.
    fn add_host(&mut self, name: &str) {
        let name = lower(name.trim());
        let label = name.split('.').next().unwrap_or_default();
        let is_full = label.len() < name.len();
        let known = self.by_label.get(label).copied();
        let shared = known.filter(|(_, has_full)| !is_full || !has_full).map(|(number, _)| number);
        if let Some(number) = self.add_as(&name, shared)
            && (known.is_none() || shared.is_some())
        {
            let has_full = is_full || known.is_some_and(|(_, has_full)| has_full);
            self.by_label.insert(label.to_owned(), (number, has_full));
        }
    }

    /// Adds a name by a number that it shares with another, or by one of its own, and gives the number of one that is
    /// new.
    fn add_as(&mut self, name: &str, shared: Option<usize>) -> Option<usize> {
        let name = lower(name.trim());
        let is_name = (2..=LONGEST).contains(&name.chars().count())
            && name.chars().any(char::is_alphanumeric)
            && !COMMON.contains(&name.as_str());
        if !is_name || self.seen.contains(&name) {
            return None;
        }
        if self.order.len() == MOST {
            self.has_more = true;
            return None;
        }
        let number = shared.unwrap_or_else(|| {
            self.last += 1;
            self.last
        });
        self.seen.insert(name.clone());
        self.order.push((name, number));
        Some(number)
    }
}

pub(super) fn too_many() -> Error {
    Error::TooManyNames { limit: MOST }
}

/// Names that are replaced of each kind; no host has as many, but a log of guesses may. What searches for them then
/// takes some hundred MiB.
const MOST: usize = 200_000;
/// Characters of a name; a DNS name has at most 253.
const LONGEST: usize = 256;
/// Names that every host has, and which name nobody.
const COMMON: &[&str] = &[
    "administrator",
    "administrators",
    "all users",
    "anonymous logon",
    "authenticated users",
    "builtin",
    "default",
    "default user",
    "default.migrated",
    "defaultaccount",
    "defaultuser0",
    "domain admins",
    "domain users",
    "everyone",
    "font driver host",
    "guest",
    "interactive",
    "local",
    "local service",
    "localdomain",
    "localhost",
    "localservice",
    "localsystem",
    "n/a",
    "network service",
    "networkservice",
    "nt authority",
    "nt service",
    "nt virtual machine",
    "public",
    "service",
    "system",
    "trustedinstaller",
    "users",
    "wdagutilityaccount",
    "window manager",
    "workgroup",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_short_and_the_full_name_of_a_host_are_one() {
        let mut found = Found::default();
        for name in
            ["WS-042", "ws-042.corp.example", "dc.corp.example", "ws-042.other.example", "dc"]
        {
            found.host(name);
        }
        let names: BTreeMap<_, _> = found.names().unwrap().into_iter().collect();
        let of = |name: &str| names[name].as_str();
        assert_eq!(of("ws-042"), "host-1");
        assert_eq!(of("ws-042.corp.example"), "host-1");
        assert_eq!(of("dc"), of("dc.corp.example"));
        assert_ne!(of("ws-042.other.example"), "host-1", "two hosts stay two");
        let own: BTreeSet<_> = names.values().collect();
        assert_eq!(own.len(), 5, "{names:?}");
    }

    #[test]
    fn names_that_would_stay_are_no_redaction() {
        let mut found = Found::default();
        for number in 0..MOST {
            found.user(&format!("u{number}"));
        }
        assert_eq!(found.names().unwrap().len(), MOST);
        found.user("U0");
        assert!(found.names().is_ok(), "a name that is known already is none more");
        found.user("one more");
        assert!(matches!(found.names(), Err(Error::TooManyNames { limit: MOST })));
    }
}
