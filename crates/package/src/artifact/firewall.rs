//! `pfirewall.log`: the firewall's own log, whose `#Fields:` line names its columns.

use super::Artifact;
use crate::{
    Column, IssueKind, ParseStatus, TableSchema,
    package::{Input, Key},
    table::{Cell, Output, Stop},
};

pub(super) const ARTIFACT: Artifact = Artifact {
    name: "firewall_events",
    tables: &[&FIREWALL_EVENTS],
    takes: |key: &Key| {
        key.file().starts_with("pfirewall")
            && (key.has_extension("log") || key.has_extension("old"))
    },
    commands: &["FirewallLog"],
    read,
};

pub(crate) static FIREWALL_EVENTS: TableSchema = TableSchema::new(
    "firewall_events",
    "one packet or connection that the firewall logged",
    &[
        Column::time("time"),
        Column::text("action"),
        Column::text("protocol"),
        Column::text("source_address"),
        Column::text("destination_address"),
        Column::int("source_port"),
        Column::int("destination_port"),
        Column::int("size"),
        Column::text("tcp_flags"),
        Column::text("direction"),
        Column::int("process_id"),
    ],
);

const FIELDS: &[&str] = &[
    "date", "time", "action", "protocol", "src-ip", "dst-ip", "src-port", "dst-port", "size",
    "tcpflags", "path", "pid",
];

fn read(input: Input<'_>, output: &mut Output<'_>) -> Result<(), Stop> {
    let mut lines = input.lines()?;
    let mut places: Vec<Option<usize>> = (0..FIELDS.len()).map(Some).collect();
    let mut width = None;
    let mut has_lines = false;
    let mut is_utc = false;
    while let Some(line) = lines.next()? {
        let text = line.text.trim();
        if let Some(header) = text.strip_prefix('#') {
            if let Some(fields) = header.trim().strip_prefix("Fields:") {
                let names: Vec<_> = fields.split_whitespace().collect();
                let place =
                    |name: &&str| names.iter().position(|own| own.eq_ignore_ascii_case(name));
                places = FIELDS.iter().map(place).collect();
                width = Some(names.len());
            } else if let Some(format) = header.trim().strip_prefix("Time Format:") {
                let format = format.trim();
                is_utc = ["UTC", "GMT"].iter().any(|own| format.eq_ignore_ascii_case(own));
                if !is_utc && !format.eq_ignore_ascii_case("local") {
                    output.issue(IssueKind::Time, line.number, || {
                        let format = crate::name::safe(format, 40);
                        format!("its times are in the format `{format}`, and were read as local")
                    });
                }
            }
            continue;
        }
        if text.is_empty() {
            continue;
        }
        has_lines = true;
        let fields: Vec<_> = text.split_whitespace().collect();
        let is_whole = width == Some(fields.len());
        let field = |index: usize| {
            // No field has spaces. A line of more words is damaged, and the last fields, which were added to the
            // log later, have no certain place in it; without names none has.
            let is_placed =
                is_whole || width.is_some_and(|width| fields.len() > width) && index < DIRECTION;
            let place = places.get(index).copied().flatten().filter(|_| is_placed)?;
            fields.get(place).copied().filter(|field| *field != "-")
        };
        let raw_time = format!("{} {}", field(0).unwrap_or_default(), field(1).unwrap_or_default());
        let time = if is_utc {
            let iso = raw_time.replace(' ', "T") + "Z";
            crate::Stamp::utc(crate::clock::iso_utc(&iso), &raw_time, crate::Precision::Second)
        } else {
            output.clock().local(&raw_time)
        };
        let mut is_amiss = !is_whole || line.is_cut;
        let mut int = |index: usize| {
            let value = field(index).map(|text| text.parse::<i64>().ok());
            is_amiss |= value == Some(None);
            Cell::from(value.flatten())
        };
        let cells = [
            Some(time).filter(|_| !raw_time.trim().is_empty()).into(),
            field(2).into(),
            field(3).into(),
            field(4).into(),
            field(5).into(),
            int(6),
            int(7),
            int(8),
            field(9).into(),
            field(10).into(),
            int(11),
        ];
        is_amiss |= time.precision == crate::Precision::Unknown || is_utc && time.utc.is_none();
        if is_amiss {
            output.issue(IssueKind::PartialRow, line.number, || "a line in part".to_owned());
        }
        let status = ParseStatus::Clean.or_partial(is_amiss);
        output.row(&FIREWALL_EVENTS, line.number, status, line.text, &cells)?;
    }
    if width.is_none() && has_lines {
        output.issue(IssueKind::BadFormat, None, || "it has no `#Fields:`".to_owned());
    }
    Ok(())
}

/// Which of [`FIELDS`] says where the packet went: `SEND`, `RECEIVE` or `FORWARD`, though it is called a path.
const DIRECTION: usize = 10;
