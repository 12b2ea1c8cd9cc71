use std::collections::{BTreeMap, BTreeSet};

use arrow_array::RecordBatch;

use super::{TableCount, coverage::Queried, timeline::Timeline};
use crate::{
    TableSchema,
    artifact::{scheduled_tasks::is_record, services},
    package::Encodings,
    table::View,
};

/// The operating system that the host reports.
#[derive(Debug, Default)]
pub(super) struct OperatingSystem {
    /// Such as `Microsoft Windows 11 Pro`.
    pub(super) name: Option<String>,
    /// Such as `10.0.26100`.
    pub(super) version: Option<String>,
}

/// What is collected from the batches as they pass.
pub(super) struct Watch {
    pub(super) counts: BTreeMap<&'static str, TableCount>,
    /// Tables that lack rows of existing members.
    pub(super) cut: BTreeSet<&'static str>,
    /// The number of rows of a table from a member.
    pub(super) by_member: BTreeMap<(&'static str, String), u64>,
    /// The start mode of each service in `Services.csv`, by its name in lower case.
    pub(super) modes: BTreeMap<String, String>,
    /// The start value of each service in the registry.
    pub(super) starts: BTreeMap<String, i64>,
    /// The registry keys that were queried, and how many keys the listing has for each.
    pub(super) queried: Queried,
    /// Lines about SMB sessions, except the one that says there are none.
    pub(super) smb_lines: u64,
    /// The time of the first event in the security log.
    pub(super) first_event: Option<i64>,
    /// Commands: name and line.
    pub(super) commands: Vec<(String, String)>,
    /// How many more bytes commands and services may take.
    room: usize,
    /// Whether some of them were not kept.
    pub(super) is_cut: bool,
    /// The first and the last time of the commands, in microseconds since 1970 UTC and as text.
    pub(super) times: Option<[(i64, String); 2]>,
    pub(super) os: OperatingSystem,
    /// How members were decoded.
    pub(super) decoded: Encodings,
    pub(super) timeline: Timeline,
}

impl Watch {
    pub(super) fn new(timeline: Timeline) -> Self {
        Self {
            counts: BTreeMap::new(),
            cut: BTreeSet::new(),
            by_member: BTreeMap::new(),
            modes: BTreeMap::new(),
            starts: BTreeMap::new(),
            queried: Queried::default(),
            smb_lines: 0,
            first_event: None,
            commands: Vec::new(),
            room: MOST_BYTES,
            is_cut: false,
            times: None,
            os: OperatingSystem::default(),
            decoded: Encodings::new(),
            timeline,
        }
    }

    pub(super) fn count(&mut self, table: &'static str) -> &mut TableCount {
        self.counts.entry(table).or_insert(TableCount::none(table))
    }

    /// Whether rows of a table are missing.
    pub(super) fn is_partial(&self, table: &TableSchema) -> bool {
        self.counts.get(table.name).is_some_and(|count| count.is_partial)
    }

    pub(super) fn see(&mut self, table: &'static TableSchema, batch: &RecordBatch) {
        let view = View(batch);
        let rows = batch.num_rows();
        let count = self.count(table.name);
        count.rows += rows as u64;
        for row in 0..rows {
            match view.text("parse_status", row) {
                Some("repaired") => count.repaired += 1,
                Some("partial") => count.partial += 1,
                _ => {}
            }
        }
        let mut row = 0;
        while let Some(member) = view.text("member", row) {
            let same =
                (row..rows).take_while(|next| view.text("member", *next) == Some(member)).count();
            let is_own = |row: &usize| is_record(table.name, view, *row);
            let records = (row..row + same).filter(is_own).count();
            *self.by_member.entry((table.name, member.to_owned())).or_default() += records as u64;
            row += same;
        }
        match table.name {
            "services" => self.services(view, rows),
            "registry_values" => self.registry(view, rows),
            "registry_keys" => {
                for key in (0..rows).filter_map(|row| view.text("key", row)) {
                    self.queried.see(key);
                }
            }
            "smb" => {
                let texts = (0..rows).filter_map(|row| view.text("text", row));
                self.smb_lines += texts.filter(|text| *text != NO_SESSIONS).count() as u64;
            }
            "security_events" => {
                let times = (0..rows).filter_map(|row| view.time("time_created_utc", row));
                self.first_event = self.first_event.into_iter().chain(times).min();
            }
            "processes" => self.processes(view, rows),
            "system_info" => self.system(view, rows),
            _ => {}
        }
        if table.name == "commands" {
            self.times(view, rows);
            for row in 0..rows {
                let own = view.text("command_name", row).zip(view.text("command_line", row));
                if let Some((name, line)) = own
                    && self.has_room(name.len() + line.len())
                {
                    self.queried.ask(name, line);
                    self.commands.push((name.to_owned(), line.to_owned()));
                }
            }
        }
        self.timeline.see(table, view, rows);
    }

    /// Reserves room for one more with this many bytes.
    fn has_room(&mut self, bytes: usize) -> bool {
        let left = self.room.checked_sub(bytes + EACH);
        self.is_cut |= left.is_none();
        self.room = left.unwrap_or(self.room);
        left.is_some()
    }

    fn times(&mut self, view: View<'_>, rows: usize) {
        let times = (0..rows).filter_map(|row| {
            Some((view.time("time_utc", row)?, view.text("time_raw", row)?.to_owned()))
        });
        for time in times {
            match &mut self.times {
                None => self.times = Some([time.clone(), time]),
                Some([first, _]) if time.0 < first.0 => *first = time,
                Some([_, last]) if time.0 > last.0 => *last = time,
                Some(_) => {}
            }
        }
    }

    /// Reads the operating system from the processes, whose rows have it in words that no language
    /// changes.
    fn processes(&mut self, view: View<'_>, rows: usize) {
        for row in 0..rows {
            if let (Some(name), Some(version)) =
                (view.text("os_name", row), view.text("windows_version", row))
            {
                // Behind the name stand folder and partition.
                self.os.name = name.split('|').next().map(str::to_owned);
                self.os.version = Some(version.to_owned());
                return;
            }
        }
    }

    /// Reads the operating system from the second and third line of `systeminfo`, if no process has
    /// it.
    fn system(&mut self, view: View<'_>, rows: usize) {
        if self.os.name.is_some() || rows < 3 {
            return;
        }
        let version = view.text("value", 2).and_then(|value| value.split(' ').next());
        self.os.name = view.text("value", 1).map(str::to_owned);
        self.os.version = version.filter(|text| text.matches('.').count() == 2).map(str::to_owned);
    }

    fn services(&mut self, view: View<'_>, rows: usize) {
        for row in 0..rows {
            if let (Some(name), Some(mode)) = (view.text("name", row), view.text("start_mode", row))
                && self.has_room(name.len() + mode.len())
            {
                self.modes.insert(name.to_lowercase(), mode.to_owned());
            }
        }
    }

    fn registry(&mut self, view: View<'_>, rows: usize) {
        for row in 0..rows {
            if view.text("name", row) != Some("Start") {
                continue;
            }
            let (Some(key), Some(start)) = (view.text("key", row), view.int("number", row)) else {
                continue;
            };
            let key = key.to_lowercase();
            if let Some(service) = key.strip_prefix(services::KEY)
                && !service.contains('\\')
                && self.has_room(service.len())
            {
                self.starts.insert(service.to_owned(), start);
            }
        }
    }
}

/// The agent's text if there are no SMB sessions.
const NO_SESSIONS: &str = "No SMB sessions were found!";
/// The limit for the text of services and commands that are cross-checked, in bytes; no host has as
/// much.
const MOST_BYTES: usize = 64 << 20;
/// The memory for one of them besides its text, in bytes.
const EACH: usize = 200;
