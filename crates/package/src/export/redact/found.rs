//! Names that the tables of a package know of.

mod tables;

use std::collections::BTreeSet;

use arrow_array::{Array as _, RecordBatch, cast::AsArray};

use super::{
    names::{Names, Said},
    vocabulary::{is_built_in, is_of_windows, is_public},
    words::lower,
    written,
};
use crate::Error;

/// Names that a package knows of, in the order in which they are found: what Windows says of itself comes
/// before what others could write into a log.
#[derive(Clone, Debug, Default)]
pub(super) struct Found {
    hosts: Names,
    users: Names,
    /// DNS domains of the hosts, in which every host has a name to replace.
    domains: BTreeSet<String>,
    /// Those that texts are searched for.
    sought: Vec<String>,
    /// Addresses of adapters by their digits alone.
    adapters: BTreeSet<String>,
    /// How many settings of the whole host were seen, of the package that is read.
    settings: usize,
    /// How many lines about the whole system were.
    lines: usize,
}

/// What a name stands for in the text.
#[derive(Clone, Debug)]
pub(super) struct Word {
    /// In lower case.
    pub(super) text: String,
    pub(super) name: String,
    /// Whether what stands before it with a dot is a host in it.
    pub(super) is_domain: bool,
    /// Whether anybody may have made it up.
    pub(super) is_doubtful: bool,
}

/// The tables that name the host and its domain, to be seen before all others: with them hosts and accounts are
/// known where they are only mentioned.
pub(super) const FIRST: &[&str] = &["net_settings", "system_info", "group_members", "sessions"];

impl Found {
    /// Begins with a package of this device.
    pub(super) fn begin(&mut self, device: &str) {
        self.restart();
        self.host(device, Said::ByWindows);
    }

    /// Begins to read the tables of a package, which may be done twice.
    pub(super) fn restart(&mut self) {
        (self.settings, self.lines) = (0, 0);
    }

    pub(super) fn knows_host(&self, name: &str) -> bool {
        self.hosts.has(name)
    }

    /// The domains that texts are searched for.
    pub(super) fn domains(&self) -> &[String] {
        &self.sought
    }

    pub(super) fn adapters(&self) -> impl Iterator<Item = &str> {
        self.adapters.iter().map(String::as_str)
    }

    pub(super) fn knows_adapter(&self, digits: &str) -> bool {
        self.adapters.contains(digits)
    }

    /// Adds a host by its name alone or its full one, or a domain.
    pub(super) fn host(&mut self, name: &str, said: Said) {
        // A full name is that of a host in a domain, and each may stand alone.
        let name = name.trim().trim_start_matches('\\').trim_end_matches('.');
        if name.parse::<std::net::IpAddr>().is_ok() {
            return;
        }
        let name = lower(name);
        let Some((host, domain)) = name.split_once('.') else {
            return self.hosts.add_host(&name, said);
        };
        // The host of somebody else is what the evidence is about.
        if said == Said::ByAnybody && !self.is_within(&name) {
            return;
        }
        self.hosts.add_host(&name, said);
        self.hosts.add_host(host, said);
        if said == Said::ByWindows {
            // What looks like a host may be the domain itself.
            self.domain(if is_public(domain) { &name } else { domain });
        }
    }

    /// Whether a host is in a domain that is known.
    fn is_within(&self, name: &str) -> bool {
        let ends = name.match_indices('.').filter_map(|(dot, _)| name.get(dot + 1..));
        ends.chain([name]).any(|domain| self.domains.contains(domain))
    }

    /// Adds a DNS domain and those that it lies in, up to the one that was registered: never `com` itself.
    fn domain(&mut self, name: &str) {
        let mut rest = name;
        while !is_public(rest) && self.domains.insert(rest.to_owned()) {
            if self.sought.len() < MOST_DOMAINS {
                self.sought.push(rest.to_owned());
            }
            self.hosts.add_host(rest, Said::ByWindows);
            let (label, above) = rest.split_once('.').unwrap_or_default();
            self.hosts.add_host(label, Said::ByWindows);
            rest = above;
        }
    }

    /// Adds a name as `HOST\user`, `user@domain` or by itself.
    pub(super) fn account(&mut self, name: &str, said: Said) {
        match (name.split_once('\\'), name.split_once('@')) {
            (Some((host, user)), _) if is_issuer(host) => self.account(user, said),
            (None, Some((user, domain))) if is_provider(domain) => {
                self.user(user, said);
                self.users.add(name, said);
            }
            (Some((host, user)), _) | (None, Some((user, host))) => {
                // What Windows has itself is no person. In what anybody wrote a name of two words is no host.
                let is_host = host.chars().all(written::is_part) || said == Said::ByWindows;
                if is_of_windows(&lower(host)) || !is_host {
                    return;
                }
                // A host that is in no domain has its own accounts, which are written with a dot too.
                if !is_built_in(&lower(host)) && host != "." {
                    self.host(host, said);
                }
                self.user(user, said);
            }
            (None, None) => self.user(name, said),
        }
    }

    pub(super) fn user(&mut self, name: &str, said: Said) {
        let name = lower(name.trim());
        let is_of_windows = ["dwm-", "umfd-"].iter().any(|begin| name.starts_with(begin));
        // The account of a computer is that of a host.
        match name.strip_suffix('$') {
            Some(host) => self.host(host, said),
            None if is_of_windows => {}
            None if name.contains('%') => {
                self.users.add_both(&unescaped(&name), &name, said);
            }
            None => self.users.add(&name, said),
        }
    }

    /// The names that are mentioned in whatever text.
    fn texts(&mut self, batch: &RecordBatch) {
        for column in batch.columns() {
            let Some(texts) = column.as_string_opt::<i32>() else { continue };
            let mut last = "";
            for row in (0..texts.len()).filter(|row| texts.is_valid(*row)) {
                let text = texts.value(row);
                if text != last {
                    written::learn(self, text);
                }
                last = text;
            }
        }
    }

    /// The words to replace.
    ///
    /// Fails with [`Error::TooManyNames`].
    pub(super) fn words(&self) -> Result<Vec<Word>, Error> {
        let mut words = Vec::new();
        for (kind, names) in [("host", &self.hosts), ("user", &self.users)] {
            for (word, number) in names.all()? {
                // Who is called as a host is that host.
                if kind == "user" && self.hosts.has(word) {
                    continue;
                }
                words.push(Word {
                    text: word.clone(),
                    name: format!("{kind}-{number}"),
                    is_domain: kind == "host" && self.domains.contains(word),
                    is_doubtful: names.said(word) == Some(Said::ByAnybody),
                });
            }
        }
        Ok(words)
    }

    /// What stands for a host, which is known from now on.
    pub(super) fn name_of(&mut self, host: &str) -> String {
        let host = lower(host);
        self.hosts.add_host(&host, Said::ByAnybody);
        self.hosts.number(&host).map_or_else(|| host.clone(), |number| format!("host-{number}"))
    }
}

/// A name as a URL has it, with its escapes undone.
fn unescaped(name: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = name.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        let digits = others.get(..2).and_then(|two| str::from_utf8(two).ok());
        let escaped = digits.filter(|_| *first == b'%');
        if let Some(byte) = escaped.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = others.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = others;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Where an account comes from that is no host.
fn is_issuer(host: &str) -> bool {
    ["azuread", "microsoftaccount"].iter().any(|issuer| host.eq_ignore_ascii_case(issuer))
}

/// Domains in which everybody has an address: they are not the host's own.
fn is_provider(domain: &str) -> bool {
    ["outlook.com", "hotmail.com", "live.com", "msn.com", "gmail.com", "yahoo.com", "icloud.com"]
        .iter()
        .any(|provider| domain.eq_ignore_ascii_case(provider))
}

/// Domains that texts are searched for, those found first.
const MOST_DOMAINS: usize = 8;
/// Adapters whose addresses are found in every way of writing.
const MOST_ADAPTERS: usize = 10_000;

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn names(found: &Found) -> BTreeMap<String, String> {
        found.words().unwrap().into_iter().map(|word| (word.text, word.name)).collect()
    }

    #[test]
    fn the_short_and_the_full_name_of_a_host_are_one() {
        let mut found = Found::default();
        for name in
            ["WS-042", "ws-042.corp.example", "dc.corp.example", "ws-042.other.example", "dc"]
        {
            found.host(name, Said::ByWindows);
        }
        let names = names(&found);
        let of = |name: &str| names[name].as_str();
        assert_eq!(of("ws-042"), "host-1");
        assert_eq!(of("ws-042.corp.example"), "host-1");
        assert_eq!(of("dc"), of("dc.corp.example"));
        assert_ne!(of("ws-042.other.example"), "host-1", "two hosts stay two");
    }

    #[test]
    fn a_domain_is_known_with_those_it_lies_in_and_never_is_its_end() {
        for (host, expected) in [
            ("contoso.com", &["contoso", "contoso.com"][..]),
            (
                "ws.corp.contoso.co.uk",
                &[
                    "contoso",
                    "contoso.co.uk",
                    "corp",
                    "corp.contoso.co.uk",
                    "ws",
                    "ws.corp.contoso.co.uk",
                ],
            ),
        ] {
            let mut found = Found::default();
            found.host(host, Said::ByWindows);
            assert_eq!(names(&found).into_keys().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn a_word_of_windows_is_no_name_whoever_says_so() {
        let mut found = Found::default();
        for name in ["exe", "windows", "EXE\\svchost", "com\\tcp", "AzureAD\\haruto", "x@gmail.com"]
        {
            found.account(name, Said::ByWindows);
        }
        // Whatever a domain is called, its accounts have names.
        found.account("TEST\\anna", Said::ByWindows);
        found.account("NT AUTHORITY\\bert", Said::ByWindows);
        let names = names(&found);
        assert_eq!(names.into_keys().collect::<Vec<_>>(), ["anna", "haruto", "x@gmail.com"]);
    }

    #[test]
    fn accounts_of_a_host_in_no_domain_of_services_and_of_a_directory_are_known() {
        let mut found = Found::default();
        for owner in ["WORKGROUP\\zorba", "R&D\\anna", "NT SERVICE\\mssql", "IIS APPPOOL\\shop"] {
            found.account(owner, Said::ByWindows);
        }
        for name in [".\\backup-svc", "LocalSystem", "NT AUTHORITY\\LocalService"] {
            found.service_account(name);
        }
        for name in [
            "CN=Haruto Tanaka,OU=Staff,DC=corp,DC=example",
            "CN=Larsen\\, Bo,OU=Staff,DC=corp,DC=example",
            "CN=Administrator,CN=Users,DC=corp,DC=example",
            "-",
            "cn=of no directory",
        ] {
            found.distinguished(name);
        }
        let names = names(&found);
        let users: Vec<_> =
            names.iter().filter(|(_, own)| own.starts_with("user")).map(|(name, _)| name).collect();
        let expected =
            ["anna", "backup-svc", "haruto tanaka", "larsen, bo", "larsen\\, bo", "zorba"];
        assert_eq!(users, expected);
        assert_eq!(names["larsen, bo"], names["larsen\\, bo"]);
    }
}
