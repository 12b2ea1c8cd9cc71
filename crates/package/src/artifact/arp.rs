//! `Arp.txt`: output of `arp -a`, one table per interface.

use super::Artifact;
use crate::{
    Column, IssueKind, ParseStatus, TableSchema,
    package::{Input, Key},
    table::{Cell, Output, Stop},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "arp",
    tables: &[&ARP],
    takes: |key: &Key| key.file() == "arp.txt",
    commands: &["AddressResolutionProtocolCache"],
    read,
};

pub(crate) static ARP: TableSchema = TableSchema::new(
    "arp",
    "one entry of the address resolution cache",
    &[
        Column::text("interface_address"),
        Column::text("interface_index"),
        Column::text("address"),
        Column::text("physical_address"),
        Column::text("type"),
    ],
);

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut lines = input.lines()?;
    let (mut interface, mut index) = (String::new(), String::new());
    let (mut has_interfaces, mut has_heading) = (false, false);
    while let Some(line) = lines.next()? {
        if line.text.trim().is_empty() {
            continue;
        }
        let mut words = line.text.split_whitespace();
        if let Some((before, after)) = line.text.split_once("---") {
            before.split_whitespace().last().unwrap_or_default().clone_into(&mut interface);
            after.trim().clone_into(&mut index);
            (has_interfaces, has_heading) = (true, false);
            continue;
        }
        let (address, physical) =
            (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let is_address = address.parse::<std::net::Ipv4Addr>().is_ok();
        // A heading has neither; a damaged entry has one of them still.
        if !is_address && !is_physical(physical) {
            // Before the first interface may stand why there is none.
            let is_heading = if has_interfaces {
                !std::mem::replace(&mut has_heading, true)
            } else {
                !line.text.starts_with(' ')
            };
            if !is_heading {
                output.issue(IssueKind::PartialRow, line.number, || {
                    "a line that is no entry".to_owned()
                });
                let cells = [const { Cell::Null }; 5];
                output.row(&ARP, line.number, ParseStatus::Partial, line.text, &cells)?;
            }
            continue;
        }
        let kind = words.collect::<Vec<_>>().join(" ");
        let is_amiss = line.is_cut || !is_address || !is_physical(physical);
        if is_amiss {
            output.issue(IssueKind::PartialRow, line.number, || "an entry in part".to_owned());
        }
        let cells = [
            Some(&interface).filter(|text| !text.is_empty()).into(),
            Some(&index).filter(|text| !text.is_empty()).into(),
            address.into(),
            physical.into(),
            (&kind).into(),
        ];
        let status = ParseStatus::Clean.or_partial(is_amiss);
        output.row(&ARP, line.number, status, line.text, &cells)?;
    }
    Ok(())
}

/// Whether a word is an address such as `00-50-56-fe-d6-6b`.
pub(super) fn is_physical(word: &str) -> bool {
    word.contains('-')
        && word
            .split('-')
            .all(|part| part.len() == 2 && part.bytes().all(|b| b.is_ascii_hexdigit()))
}
