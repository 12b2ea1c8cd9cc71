//! Names that the tables of a package know of.

use std::collections::BTreeSet;

use arrow_array::{Array as _, RecordBatch, cast::AsArray};

use super::{
    names::{Names, Said},
    scan,
    vocabulary::{is_built_in, is_of_windows, is_public},
    words::lower,
    written,
};
use crate::{Error, table::View};

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

    pub(super) fn see(&mut self, table: &str, batch: &RecordBatch) {
        let view = View(batch);
        let rows = batch.num_rows();
        let column = |name: &'static str| (0..rows).filter_map(move |row| view.text(name, row));
        let windows = Said::ByWindows;
        match table {
            "processes" => column("host").for_each(|name| self.host(name, windows)),
            "services" => {
                column("host").for_each(|name| self.host(name, windows));
                column("start_name").for_each(|name| self.service_account(name));
            }
            "scheduled_tasks" => {
                column("host").for_each(|name| self.host(name, windows));
                // Who makes a task writes its author.
                for (accounts, said) in [("run_as_user", windows), ("author", Said::ByAnybody)] {
                    let accounts = column(accounts).filter(|name| name.contains('\\'));
                    accounts.for_each(|name| self.account(name, said));
                }
            }
            "group_members" => {
                for row in 0..rows {
                    match (view.text("domain", row), view.text("name", row)) {
                        (Some(domain), Some(name)) => {
                            self.account(&format!("{domain}\\{name}"), windows);
                        }
                        (None, Some(name)) => self.user(name, windows),
                        _ => {}
                    }
                }
            }
            "sessions" => column("user").for_each(|name| self.user(name, windows)),
            "temp_files" | "temp_folders" => {
                column("user").for_each(|name| self.user(name, windows));
                column("owner").for_each(|name| self.account(name, windows));
            }
            "net_settings" => self.settings(view, rows),
            "system_info" => self.lines(view, rows),
            "arp" | "net_adapters" => column("physical_address").for_each(|own| self.adapter(own)),
            // Of a host without a suffix the cache has the name alone.
            "dns_cache" => {
                let names = column("entry").chain(column("record_name")).chain(column("data"));
                let is_alone = |name: &&str| written::is_host(name) && !name.contains('.');
                names.filter(is_alone).for_each(|name| self.host(name, Said::ByAnybody));
            }
            "security_events" => self.events(view, rows),
            "other_events" => column("computer").for_each(|name| self.host(name, windows)),
            _ => {}
        }
        self.texts(batch);
    }

    /// The first two settings of the whole host are its name and its domain, in every language.
    fn settings(&mut self, view: View<'_>, rows: usize) {
        for row in 0..rows {
            let value = view.text("value", row).unwrap_or_default();
            self.adapter(value);
            if view.text("adapter", row).is_none() {
                if self.settings < 2 {
                    self.host(value, Said::ByWindows);
                }
                self.settings += 1;
            }
        }
    }

    /// The first line of `systeminfo` is the host, the seventh its owner, in every language; and who let the user log
    /// on is the only one with backslashes.
    fn lines(&mut self, view: View<'_>, rows: usize) {
        for row in (0..rows).filter(|row| view.int("depth", *row).is_none_or(|depth| depth == 0)) {
            let value = view.text("value", row).unwrap_or_default();
            if self.lines == 0 || value.starts_with("\\\\") {
                self.host(value, Said::ByWindows);
            } else if self.lines == 6 {
                self.user(value, Said::ByWindows);
            } else if view.text("name", row).is_some_and(|name| name.starts_with("Domain")) {
                self.host(value, Said::ByWindows);
            }
            self.lines += 1;
        }
    }

    fn events(&mut self, view: View<'_>, rows: usize) {
        for row in 0..rows {
            // Who fails to log on may have any name.
            let is_failure = matches!(view.int("event_id", row), Some(4625 | 4768 | 4771 | 4776));
            let said = if is_failure { Said::ByAnybody } else { Said::ByWindows };
            for (domain, name, said) in [
                ("target_domain_name", "target_user_name", said),
                ("subject_domain_name", "subject_user_name", Said::ByWindows),
            ] {
                let domain = view.text(domain, row).unwrap_or_default();
                if let Some(name) = view.text(name, row) {
                    self.account(&format!("{domain}\\{name}"), said);
                }
            }
            self.service_account(view.text("service_account", row).unwrap_or_default());
            self.distinguished(view.text("member_name", row).unwrap_or_default());
            // A host that logs on tells its own name.
            for (column, said) in [
                ("computer", Said::ByWindows),
                ("workstation_name", Said::ByAnybody),
                ("target_server_name", Said::ByAnybody),
            ] {
                let name = view.text(column, row).unwrap_or_default();
                if column == "computer" || written::is_host(name) {
                    self.host(name, said);
                }
            }
        }
    }

    /// Who a service runs as; without a host it is one of Windows' own.
    fn service_account(&mut self, name: &str) {
        if name.contains(['\\', '@']) {
            self.account(name, Said::ByWindows);
        }
    }

    /// The common name of a distinguished one, RFC 4514: that of a person is the full one.
    fn distinguished(&mut self, name: &str) {
        let Some((kind, rest)) = name.split_once('=') else { return };
        if kind.trim().eq_ignore_ascii_case("cn") && rest.to_ascii_lowercase().contains(",dc=") {
            let mut is_escaped = false;
            let end = rest.find(|c| {
                let is_end = c == ',' && !is_escaped;
                is_escaped = c == '\\' && !is_escaped;
                is_end
            });
            let common = end.and_then(|end| rest.get(..end)).unwrap_or(rest);
            self.users.add_both(&common.replace('\\', ""), common, Said::ByWindows);
        }
    }

    fn adapter(&mut self, text: &str) {
        if let Some(digits) = scan::adapter(text.trim())
            && self.adapters.len() < MOST_ADAPTERS
        {
            self.adapters.insert(digits);
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
