//! What a package itself knows of the agent, of its collection, and of what it could not see.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::RangeInclusive,
};

use super::{
    found::Row,
    paths::{file_of, is_agent_path, is_system_path},
    services::Services,
};
use crate::{
    Error, Package, Source,
    clock::iso_utc,
    package::Entry,
    report::{Queried, kind, window},
    table::View,
};

/// What tells the agent's doing from that of others, and an absence from a removal.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// From the first to the last command of the collection, in microseconds since 1970 UTC.
    pub(super) window: Option<RangeInclusive<i64>>,
    /// The command lines of the package's own summary, in lower case.
    pub(super) commands: BTreeSet<String>,
    /// The ids of the agent's processes.
    pub(super) agent: BTreeSet<i64>,
    /// The ids of the commands of the collection that ran when processes were listed.
    pub(super) collectors: BTreeSet<i64>,
    /// The ids of the antivirus's services.
    pub(super) antivirus: BTreeSet<i64>,
    /// Services that Windows makes anew for each session of a user, in lower case.
    pub(super) per_user: BTreeSet<String>,
    /// Whether the registry's word on services is there, by which they are told.
    pub(super) has_registry: bool,
    /// Prefetch files by executable and hash.
    pub(super) prefetch: BTreeMap<(String, String), Prefetched>,
    /// From when on prefetch files were copied, in microseconds since 1970 UTC.
    pub(super) since: Option<i64>,
    /// The hives below `HKEY_USERS` that any key was listed of.
    pub(super) hives: BTreeSet<String>,
    /// The registry keys that were asked for, and those that were listed all the same.
    pub(super) queried: Queried,
    /// The users whose temporary files were listed.
    pub(super) profiles: BTreeSet<String>,
    /// The last parts of the names of members that list programs and can be read, as their keys have them.
    pub(super) files: BTreeSet<String>,
    /// The names of processes and their starts, by their ids.
    pub(super) names: BTreeMap<i64, (String, Option<i64>)>,
    /// The ids and the starts of processes, in UTC and as they stand, but for those that the kernel always has.
    pub(super) starts: BTreeSet<(i64, i64)>,
    pub(super) raw_starts: BTreeSet<(i64, String)>,
    /// Whether there is more to know than the budget allows.
    pub(super) is_cut: bool,
}

/// What a prefetch file says of a program.
#[derive(Debug, Default)]
pub(super) struct Prefetched {
    pub(super) path: String,
    pub(super) run_count: i64,
    pub(super) runs: Vec<i64>,
}

impl Prefetched {
    /// Whether it ran more often than it says when.
    fn has_hidden_runs(&self) -> bool {
        i64::try_from(self.runs.len()).is_ok_and(|shown| self.run_count > shown)
    }
}

impl Known {
    /// Keeps `limit` bytes at most. Fails with [`Error::ReadFailed`].
    pub(super) fn of<S: Source>(package: &Package<S>, limit: u64) -> Result<Self, Error> {
        let clock = &package.context().clock;
        let mut known = Self {
            window: clock.collected.zip(clock.ended).map(|(began, ended)| began..=ended),
            ..Self::default()
        };
        let is_of_programs =
            |entry: &&Entry| entry.verdict.is_usable() && kind(entry) == "programs";
        let entries = package.entries().iter().filter(is_of_programs);
        known.files = entries.map(|entry| entry.key.file().to_owned()).collect();
        let schemas = TABLES.iter().map(|name| crate::package::schema(name));
        let wanted = schemas.collect::<Result<Vec<_>, _>>()?;
        let (mut processes, mut services) = (Vec::new(), Services::default());
        let mut kept = 0;
        package.run(&wanted, u64::MAX, &mut |table, batch| {
            let view = View(&batch);
            for row in 0..batch.num_rows() {
                if kept > limit {
                    known.is_cut = true;
                    break;
                }
                kept += match table.name {
                    "processes" if processes.len() < MOST => {
                        let own = Process::of(view, row);
                        let bytes = own.as_ref().map_or(0, |own| known.start(own, view, row));
                        processes.extend(own);
                        bytes
                    }
                    "services" => services.listed(view, row),
                    "registry_values" => services.registered(view, row),
                    _ => known.see(table.name, view, row),
                };
            }
            Ok(())
        })?;
        known.is_cut |= known.queried.is_cut;
        // Where it is not known, the day begins as early as anywhere.
        let ahead = i64::from(clock.offset.unwrap_or(MOST_AHEAD)) * 1_000_000;
        known.since = known.since.map(|since| since - ahead);
        known.per_user = services.per_user();
        known.has_registry = services.has_registry();
        known.agent = services.processes(AGENT, &processes);
        known.antivirus = services.processes(ANTIVIRUS, &processes);
        // Those that the agent's service has started; their path is hidden where they are protected.
        let own: BTreeSet<_> =
            processes.iter().filter(|own| known.is_own(own)).map(|own| own.id).collect();
        known.agent.extend(own);
        let collectors = processes.iter().filter(|own| known.is_collector(own)).map(|own| own.id);
        known.collectors = collectors.collect();
        Ok(known)
    }

    fn is_collector(&self, process: &Process) -> bool {
        process.path.as_deref().is_some_and(is_system_path)
            && self.commands.contains(&process.command_line)
            && self.agent.contains(&process.parent)
    }

    fn is_own(&self, process: &Process) -> bool {
        let is_there = process
            .path
            .as_deref()
            .is_none_or(|path| is_agent_path(path) && file_of(path) == process.name);
        AGENT_PROGRAMS.contains(&process.name.as_str())
            && is_there
            && self.agent.contains(&process.parent)
    }

    /// Remembers a process, and returns about how many bytes it takes.
    fn start(&mut self, own: &Process, view: View<'_>, row: usize) -> u64 {
        let raw = view.text("created_raw", row).unwrap_or_default();
        let created = view.time("created_utc", row);
        if !matches!(own.id, 0 | 4) {
            self.starts.extend(created.map(|created| (own.id, created)));
            self.raw_starts.insert((own.id, raw.to_owned()));
        }
        let name = view.text("name", row).unwrap_or_default().to_owned();
        let path = own.path.as_ref().map_or(0, String::len);
        let bytes = 2 * name.len() + path + own.command_line.len() + raw.len();
        self.names.insert(own.id, (name, created));
        bytes as u64 + 400
    }

    /// The name of the process that started the one in a row, where it still runs: what was started later is not it.
    pub(super) fn parent(&self, view: View<'_>, row: usize) -> Option<String> {
        let id = view.int("parent_process_id", row)?;
        let (name, created) = self.names.get(&id)?;
        let own = view.time("created_utc", row);
        let is_older = created.zip(own).is_none_or(|(created, own)| created <= own);
        (is_older || matches!(id, 0 | 4)).then(|| name.clone())
    }

    /// Whether no process of one package runs in the other: the device was started again in between.
    pub(super) fn is_restarted(&self, other: &Self) -> bool {
        let are_known = !self.raw_starts.is_empty() && !other.raw_starts.is_empty();
        are_known
            && self.starts.is_disjoint(&other.starts)
            && self.raw_starts.is_disjoint(&other.raw_starts)
    }

    /// Whether a key is below one that was asked for, or was listed all the same; where nothing says what was asked for,
    /// all may have been.
    pub(super) fn has_asked_for(&self, key: &str) -> bool {
        self.queried.is_empty() || self.queried.has(key)
    }

    /// Why a row of `prefetch` or `robocopy_files` may be of a file that was too old to be copied to another package.
    pub(super) fn too_old(&self, table: &str, row: &Row, other: &Self) -> Option<&'static str> {
        let since = other.since?;
        let one = |column: &str| row.get(column)?.first().map(String::as_str);
        let is_log = table == "robocopy_files";
        let (executable, hash) = if is_log {
            let name = one("name").filter(|name| !name.ends_with('\\'))?;
            name.strip_suffix(".pf").and_then(|name| name.rsplit_once('-')).unwrap_or((name, ""))
        } else {
            (one("executable")?, one("hash")?)
        };
        match self.prefetch.get(&(executable.to_lowercase(), hash.to_lowercase())) {
            Some(own) => {
                let end = other.window.as_ref().map_or(i64::MAX, |window| *window.end());
                // A later run wrote the file anew.
                match own.runs.iter().filter(|run| **run <= end).max() {
                    Some(last) => (*last < since).then_some(
                        "last run before the day from which on prefetch files were copied",
                    ),
                    None => own.has_hidden_runs().then_some(MAY_BE_OLD),
                }
            }
            None => is_log.then_some(MAY_BE_OLD),
        }
    }

    /// Remembers what a row tells, and returns about how many bytes that takes.
    fn see(&mut self, table: &str, view: View<'_>, row: usize) -> u64 {
        let text = |column: &str| view.text(column, row).unwrap_or_default();
        match table {
            "commands" if self.commands.len() < MOST => {
                let (name, line) = (text("command_name"), text("command_line"));
                if name == "Prefetch" {
                    // The day begins by the host's own clock.
                    self.since = window(line).and_then(|day| iso_utc(&format!("{day}T00:00:00Z")));
                }
                self.queried.ask(name, line);
                add(&mut self.commands, Some(&line.to_lowercase())) + line.len() as u64
            }
            "registry_keys" => {
                let key = text("key");
                let is_known = self.has_asked_for(key);
                if !is_known {
                    self.queried.add(key);
                }
                let bytes = if is_known { 0 } else { key.len() as u64 + 64 };
                add(&mut self.hives, hive(key)) + bytes
            }
            "programs" => add(&mut self.hives, hive(text("key"))),
            "temp_files" => add(&mut self.profiles, Some(text("user"))),
            "prefetch" | "prefetch_runs" if self.prefetch.len() < MOST => {
                let key = (text("executable").to_lowercase(), text("hash").to_lowercase());
                let bytes = key.0.len() + key.1.len();
                let own = self.prefetch.entry(key).or_default();
                if table == "prefetch" {
                    own.path = text("path").to_lowercase();
                    own.run_count = view.int("run_count", row).unwrap_or_default();
                    return (bytes + own.path.len()) as u64 + 200;
                }
                if own.runs.len() < MOST_RUNS {
                    own.runs.extend(view.time("run_utc", row));
                }
                8
            }
            _ => 0,
        }
    }
}

/// The hive below `HKEY_USERS` that a key is of.
pub(super) fn hive(key: &str) -> Option<&str> {
    key.strip_prefix("HKEY_USERS\\")?.split('\\').next()
}

/// Adds a text to those that are known, and returns about how many bytes that takes.
fn add(texts: &mut BTreeSet<String>, text: Option<&str>) -> u64 {
    match text {
        Some(text) if !texts.contains(text) => {
            texts.insert(text.to_owned());
            text.len() as u64 + 64
        }
        _ => 0,
    }
}

pub(super) struct Process {
    pub(super) id: i64,
    parent: i64,
    pub(super) name: String,
    pub(super) path: Option<String>,
    command_line: String,
}

impl Process {
    fn of(view: View<'_>, row: usize) -> Option<Self> {
        Some(Self {
            id: view.int("process_id", row)?,
            parent: view.int("parent_process_id", row)?,
            name: view.text("name", row)?.to_lowercase(),
            path: view.text("executable_path", row).map(str::to_lowercase),
            command_line: view.text("command_line", row).unwrap_or_default().to_lowercase(),
        })
    }
}

const TABLES: &[&str] = &[
    "commands",
    "processes",
    "services",
    "registry_values",
    "registry_keys",
    "programs",
    "prefetch",
    "prefetch_runs",
    "temp_files",
];
/// The agent's service and its program.
const AGENT: &[(&str, &str)] = &[("sense", "mssense.exe")];
/// The antivirus's services and their programs.
pub(super) const ANTIVIRUS: &[(&str, &str)] = &[
    ("mdcoresvc", "mpdefendercoreservice.exe"),
    ("wdnissvc", "nissrv.exe"),
    ("windefend", "msmpeng.exe"),
];
/// What the agent's service starts.
pub(super) const AGENT_PROGRAMS: &[&str] = &[
    "mssense.exe",
    "openhandlecollector.exe",
    "sensecm.exe",
    "sensecncproxy.exe",
    "senseidentity.exe",
    "senseir.exe",
    "sensendr.exe",
    "sensesampleuploader.exe",
    "sensetvm.exe",
];
const MAY_BE_OLD: &str = "may be of before the day from which on prefetch files were copied";
/// Seconds that a host's clock can be ahead of UTC.
const MOST_AHEAD: i32 = 14 * 3_600;
/// Rows of a kind that are kept; no host has as many.
pub(super) const MOST: usize = 200_000;
/// Runs that a prefetch file has; eight, unless it is crafted.
const MOST_RUNS: usize = 64;

#[cfg(test)]
mod tests {
    use super::{Known, MAY_BE_OLD, Prefetched, Row};

    #[test]
    fn what_ran_since_says_nothing_of_how_old_a_file_was() {
        const OLD: &str = "last run before the day from which on prefetch files were copied";
        let row = |columns: [(&'static str, &str); 2]| {
            Row::from(columns.map(|(name, value)| (name, [value.to_owned()].into())))
        };
        let row = row([("executable", "A.EXE"), ("hash", "1234ABCD")]);
        let other = Known { window: Some(90..=100), since: Some(50), ..Known::default() };
        for (runs, run_count, expected) in [
            (&[30, 49][..], 2, Some(OLD)),
            (&[30, 51], 2, None),
            // It ran again after the other package was collected, which then had the file as it was before.
            (&[30, 49, 200], 3, Some(OLD)),
            (&[60, 200], 2, None),
            (&[101, 200], 9, Some(MAY_BE_OLD)),
            (&[101, 200], 2, None),
        ] {
            let own = Prefetched { runs: runs.to_vec(), run_count, ..Prefetched::default() };
            let key = ("a.exe".to_owned(), "1234abcd".to_owned());
            let known = Known { prefetch: [(key, own)].into(), ..Known::default() };
            assert_eq!(known.too_old("prefetch", &row, &other), expected, "{runs:?}");
            let unlimited = Known::default();
            assert_eq!(known.too_old("prefetch", &row, &unlimited), None);
        }
    }
}
