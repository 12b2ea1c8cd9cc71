//! `IpConfig.txt`: output of `ipconfig /all`, one section for the host and one for each adapter.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{
    Artifact,
    arp::is_physical,
    dns_cache::{FURTHER, dotted},
};
use crate::{
    Column, IssueKind, ParseStatus, TableSchema,
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
    "one network adapter; fields are recognised by the form and order of the addresses, so any display language works",
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
        } else if line.text.starts_with(FURTHER)
            && let Some(setting) = section.settings.last_mut()
        {
            if setting.raw.len() > LONGEST {
                setting.is_cut = true;
                continue;
            }
            setting.values.push(trimmed.to_owned());
            setting.raw.push('\n');
            setting.raw.push_str(line.text);
        } else {
            output.issue(IssueKind::PartialRow, line.number, || {
                "a line that is no setting".to_owned()
            });
            let cells = [section.name.as_ref().into(), Cell::Null, Cell::Null];
            output.row(&NET_SETTINGS, line.number, ParseStatus::Partial, line.text, &cells)?;
        }
        section.bytes += line.text.len();
        if section.settings.len() > MOST || section.bytes > MOST_BYTES {
            section.overflow(output)?;
        }
    }
    section.finish(output)
}

#[derive(Default)]
struct Section {
    line: u64,
    name: Option<String>,
    settings: Vec<Setting>,
    /// The size of the lines whose settings are held.
    bytes: usize,
    /// Whether settings were output before all of them were known.
    is_flooded: bool,
}

struct Setting {
    line: u64,
    name: String,
    values: Vec<String>,
    raw: String,
    is_cut: bool,
}

impl Section {
    /// Outputs the settings so far, because no more can be held for one adapter.
    fn overflow(&mut self, output: &mut Output<'_>) -> Result<(), Stop> {
        if !std::mem::replace(&mut self.is_flooded, true) {
            output.issue(IssueKind::PartialRow, self.line, || {
                "an adapter has more settings than any has, and its row none of them".to_owned()
            });
        }
        self.give(output)?;
        self.settings.clear();
        self.bytes = 0;
        Ok(())
    }

    fn give(&self, output: &mut Output<'_>) -> Result<(), Stop> {
        for setting in &self.settings {
            let value = setting.values.join("\n");
            let cells = [self.name.as_ref().into(), (&setting.name).into(), (&value).into()];
            let status = ParseStatus::Clean.or_partial(setting.is_cut);
            output.row(&NET_SETTINGS, setting.line, status, &setting.raw, &cells)?;
        }
        Ok(())
    }

    fn finish(self, output: &mut Output<'_>) -> Result<(), Stop> {
        self.give(output)?;
        let Some(name) = &self.name else { return Ok(()) };
        if self.is_flooded {
            let mut cells = [const { Cell::Null }; 9];
            cells[0] = name.into();
            return output.row(&NET_ADAPTERS, self.line, ParseStatus::Partial, name, &cells);
        }
        let told = Told::of(&self.settings);
        let cells: [Cell<'_>; 9] = [
            name.into(),
            told.physical.into(),
            told.ipv4.as_ref().into(),
            told.ipv6.as_ref().into(),
            told.description.into(),
            told.gateways.as_ref().into(),
            told.dns_servers.as_ref().into(),
            told.dhcp_server.as_ref().into(),
            told.dns_suffix.into(),
        ];
        if told.is_uncertain {
            output.issue(IssueKind::PartialRow, self.line, || {
                "an adapter in part: settings of it cannot be told apart in this language"
                    .to_owned()
            });
        }
        let mut raw = name.clone();
        for setting in &self.settings {
            raw.push('\n');
            raw.push_str(&setting.raw);
        }
        let is_cut = self.settings.iter().any(|setting| setting.is_cut);
        let status = ParseStatus::Clean.or_partial(is_cut || told.is_uncertain);
        output.row(&NET_ADAPTERS, self.line, status, &raw, &cells)
    }
}

/// What an adapter's settings say in every language: recognised by the names of protocols, which
/// are never translated, by the form of addresses, and by the order in which `ipconfig` prints.
#[derive(Default)]
struct Told<'a> {
    physical: Option<&'a str>,
    ipv4: Option<String>,
    ipv6: Option<String>,
    description: Option<&'a str>,
    gateways: Option<String>,
    dns_servers: Option<String>,
    dhcp_server: Option<String>,
    dns_suffix: Option<&'a str>,
    /// Whether something is present but cannot be interpreted.
    is_uncertain: bool,
}

impl<'a> Told<'a> {
    fn of(settings: &'a [Setting]) -> Self {
        let all = || settings.iter().flat_map(|setting| setting.values.iter().map(String::as_str));
        // Only addresses of the adapter itself are marked, as in `192.168.52.144(Preferred)`.
        let own = |is_wanted: fn(&str) -> bool| {
            let marked = all().filter_map(|value| value.split_once(['(', '（']));
            join(marked.map(|(address, _)| address).filter(|address| is_wanted(address)))
        };
        let mut told = Self {
            physical: all().find(|value| is_physical(value) && value.len() == 17),
            ipv4: own(is_ipv4),
            ipv6: own(is_ipv6),
            ..Self::default()
        };
        let mut others = Vec::new();
        let mut was_own = false;
        for setting in settings {
            let has = |word: &str| setting.name.to_ascii_uppercase().contains(word);
            let values =
                || setting.values.iter().map(String::as_str).filter(|value| !value.is_empty());
            if values().next().is_some() && values().all(|value| is_ipv4(value) || is_ipv6(value)) {
                let is_mask = was_own && values().all(is_mask);
                if has("DNS") {
                    told.dns_servers = told.dns_servers.or_else(|| join(values()));
                } else if has("DHCP") {
                    told.dhcp_server = told.dhcp_server.or_else(|| join(values()));
                } else if !is_mask && !has("WINS") {
                    others.push(join(values()));
                }
            }
            was_own = values()
                .any(|value| value.split_once(['(', '（']).is_some_and(|(own, _)| is_ipv4(own)));
        }
        // What is left is the gateway; of two nobody knows which.
        told.is_uncertain = others.len() > 1;
        told.gateways = others.pop().flatten().filter(|_| !told.is_uncertain);
        // The suffix stands before the description, whether it has a value or not.
        let suffix = settings.iter().position(|setting| {
            setting.name.to_ascii_uppercase().contains("DNS")
                && !setting.values.iter().any(|value| is_ipv4(value) || is_ipv6(value))
        });
        let first = |place: usize| {
            let value = settings.get(place).and_then(|setting| setting.values.first());
            value.map(String::as_str).filter(|value| !value.is_empty())
        };
        told.dns_suffix = suffix.and_then(first);
        told.description = suffix.and_then(|place| first(place + 1));
        told.is_uncertain |= suffix.is_none() && !settings.is_empty();
        told
    }
}

fn join<'a>(values: impl Iterator<Item = &'a str>) -> Option<String> {
    let values: Vec<_> = values.collect();
    (!values.is_empty()).then(|| values.join("\n"))
}

fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

/// Whether it is an IPv6 address, possibly with a zone as in `fe80::1%12`.
fn is_ipv6(text: &str) -> bool {
    let (address, zone) = text.split_once('%').unwrap_or((text, ""));
    address.parse::<Ipv6Addr>().is_ok() && zone.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Whether it is a network mask: ones followed by zeros.
fn is_mask(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok_and(|mask| {
        let bits = u32::from(mask);
        bits != 0 && bits.leading_ones() + bits.trailing_zeros() == 32
    })
}

/// The size of one setting, in bytes, after which no further line is added.
const LONGEST: usize = 64 << 10;
/// The maximum number of settings of one adapter, and of bytes in them.
const MOST: usize = 1_000;
const MOST_BYTES: usize = 1 << 20;
