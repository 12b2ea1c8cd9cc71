//! What each table says of names.

use arrow_array::RecordBatch;

use super::{Found, MOST_ADAPTERS};
use crate::{
    export::redact::{names::Said, scan, written},
    table::View,
};

impl Found {
    /// Learns from the rows of a table, and from all texts in them.
    pub(in crate::export::redact) fn see(&mut self, table: &str, batch: &RecordBatch) {
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
    pub(super) fn service_account(&mut self, name: &str) {
        if name.contains(['\\', '@']) {
            self.account(name, Said::ByWindows);
        }
    }

    /// The common name of a distinguished one, RFC 4514: that of a person is the full one.
    pub(super) fn distinguished(&mut self, name: &str) {
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
}
