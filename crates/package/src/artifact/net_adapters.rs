//! `IpConfig.txt`: `ipconfig /all`, a section for the host and one for each adapter.

use super::{Artifact, arp::is_physical, dns_cache::dotted};
use crate::{
    Column, ParseStatus, TableSchema,
    package::{Input, Key},
    table::{Cell, Output, Stop},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "net_adapters",
    tables: &[&NET_ADAPTERS, &NET_SETTINGS],
    takes: |key: &Key| key.file() == "ipconfig.txt",
    commands: &["IpConfig"],
    read,
};

pub(crate) static NET_ADAPTERS: TableSchema = TableSchema::new(
    "net_adapters",
    "one network adapter; addresses are found by their form, in every language",
    &[
        Column::text("adapter"),
        Column::text("physical_address"),
        Column::text("ipv4_addresses"),
        Column::text("ipv6_addresses"),
        Column::text("description"),
        Column::text("default_gateways"),
        Column::text("dns_servers"),
        Column::text("dhcp_server"),
        Column::text("dns_suffix"),
    ],
);

pub(crate) static NET_SETTINGS: TableSchema = TableSchema::new(
    "net_settings",
    "one setting of the host or of an adapter, with the label of the host's language",
    &[Column::text("adapter"), Column::text("name"), Column::text("value")],
);

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut lines = input.lines()?;
    let mut section = Section::default();
    let mut is_first = true;
    while let Some(line) = lines.next()? {
        let trimmed = line.text.trim();
        if trimmed.is_empty() {
            continue;
        }
        if !line.text.starts_with(' ') {
            // The first heading is that of the whole, and its settings are the host's.
            let name = trimmed.trim_end_matches(':').trim_end().to_owned();
            let name = if is_first { None } else { Some(name) };
            is_first = false;
            let next = Section { line: line.number, name, ..Section::default() };
            std::mem::replace(&mut section, next).finish(output)?;
        } else if let Some((label, value)) = dotted(line.text) {
            section.settings.push(Setting {
                line: line.number,
                name: label.to_owned(),
                values: vec![value.to_owned()],
                raw: line.text.to_owned(),
                is_cut: line.is_cut,
            });
        } else if let Some(setting) = section.settings.last_mut() {
            if setting.raw.len() > LONGEST {
                setting.is_cut = true;
                continue;
            }
            setting.values.push(trimmed.to_owned());
            setting.raw.push('\n');
            setting.raw.push_str(line.text);
        }
        if section.settings.len() > MOST {
            output.issue(crate::IssueKind::BadFormat, line.number, || {
                "an adapter has more settings than any has".to_owned()
            });
            section.settings.clear();
        }
    }
    section.finish(output)
}

#[derive(Default)]
struct Section {
    line: u64,
    name: Option<String>,
    settings: Vec<Setting>,
}

struct Setting {
    line: u64,
    name: String,
    values: Vec<String>,
    raw: String,
    is_cut: bool,
}

impl Section {
    fn finish(self, output: &mut Output<'_>) -> Result<(), Stop> {
        for setting in &self.settings {
            let value = setting.values.join("\n");
            let cells = [self.name.as_ref().into(), (&setting.name).into(), (&value).into()];
            let status = ParseStatus::Clean.or_partial(setting.is_cut);
            output.row(&NET_SETTINGS, setting.line, status, &setting.raw, &cells)?;
        }
        let Some(name) = &self.name else { return Ok(()) };
        let labelled = |label: &str| {
            let found = self.settings.iter().find(|setting| setting.name == label);
            found.map(|setting| setting.values.join("\n")).filter(|value| !value.is_empty())
        };
        let physical = self.all().find(|value| is_physical(value) && value.len() == 17);
        // Only addresses of the adapter itself are marked, as in `192.168.52.144(Preferred)`.
        let own = |is_wanted: fn(&str) -> bool| {
            let marked = self.all().filter_map(|value| value.split_once('('));
            let found: Vec<_> =
                marked.map(|(address, _)| address).filter(|address| is_wanted(address)).collect();
            (!found.is_empty()).then(|| found.join("\n"))
        };
        let ipv4 = own(|text| text.parse::<std::net::Ipv4Addr>().is_ok());
        let ipv6 = own(|text| {
            text.split('%').next().is_some_and(|text| text.parse::<std::net::Ipv6Addr>().is_ok())
        });
        let (description, gateways) = (labelled("Description"), labelled("Default Gateway"));
        let (dns, dhcp) = (labelled("DNS Servers"), labelled("DHCP Server"));
        let suffix = labelled("Connection-specific DNS Suffix");
        let cells: [Cell<'_>; 9] = [
            name.into(),
            physical.into(),
            ipv4.as_ref().into(),
            ipv6.as_ref().into(),
            description.as_ref().into(),
            gateways.as_ref().into(),
            dns.as_ref().into(),
            dhcp.as_ref().into(),
            suffix.as_ref().into(),
        ];
        let mut raw = name.clone();
        for setting in &self.settings {
            raw.push('\n');
            raw.push_str(&setting.raw);
        }
        let status =
            ParseStatus::Clean.or_partial(self.settings.iter().any(|setting| setting.is_cut));
        output.row(&NET_ADAPTERS, self.line, status, &raw, &cells)
    }

    fn all(&self) -> impl Iterator<Item = &str> {
        self.settings.iter().flat_map(|setting| setting.values.iter().map(String::as_str))
    }
}

/// Bytes of one setting after which no further line is added to it.
const LONGEST: usize = 64 << 10;
/// Settings that one adapter may have.
const MOST: usize = 1_000;
