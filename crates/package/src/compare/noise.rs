//! What is the collection's own doing, or changes by itself. An attacker gives things the agent's names, so a name
//! alone is never enough; what is in doubt is no noise. Addresses of the agent's names change often, and yet are none:
//! nothing in a package tells Microsoft's from one that the agent was led to.

use super::{
    found::Row,
    known::{AGENT_PROGRAMS, ANTIVIRUS, Known},
    paths::{file_of, is_agent_path, is_system_path},
};
use crate::{artifact::services, clock::iso_utc};

/// Why processes of a name, path and command line are others than before.
pub(super) const STARTED_AGAIN: &str =
    "started again, as the device was, by a parent of the same name";

/// A thing in one package, and what is known of that package.
#[derive(Clone, Copy)]
pub(super) struct Side<'a> {
    pub(super) row: Option<&'a Row>,
    pub(super) known: &'a Known,
}

/// Why a difference is the collection's own doing, or a thing that changes by itself: it must be so in each package
/// that has the thing.
pub(super) fn noise(
    table: &str,
    change: &str,
    columns: &[&str],
    before: Side<'_>,
    after: Side<'_>,
) -> Option<&'static str> {
    match table {
        "prefetch" | "robocopy_files"
            if change != "changed" || matches!(columns, ["run_count" | "size"]) =>
        {
            let row = Thing(before.row.or(after.row)?);
            let (executable, hash) = if table == "prefetch" {
                (row.one("executable")?, row.one("hash")?)
            } else {
                row.one("name")?.strip_suffix(".pf")?.rsplit_once('-')?
            };
            prefetch(change, executable, hash, before.known, after.known)
        }
        "registry_values" if change == "changed" && columns == ["data"] => {
            let row = Thing(after.row?);
            let (key, name) = (row.one("key")?.to_lowercase(), row.one("name")?);
            let own = key.strip_prefix(services::KEY)?;
            let is_own = BY_ITSELF.iter().any(|(key, value)| (own, name) == (*key, *value));
            is_own.then_some("a time that the Windows clock writes by itself")
        }
        _ => {
            let reason =
                |side: Side<'_>| side.row.map(|row| of_one(table, change, Thing(row), side.known));
            match (reason(before), reason(after)) {
                (Some(one), Some(other)) => one.and(other),
                (one, other) => one.or(other).flatten(),
            }
        }
    }
}

/// One thing, which several rows may stand for.
#[derive(Clone, Copy)]
struct Thing<'a>(&'a Row);

impl<'a> Thing<'a> {
    /// The values that the rows have in a column.
    fn all(self, column: &str) -> impl Iterator<Item = &'a str> {
        self.0.get(column).into_iter().flatten().map(String::as_str)
    }

    /// The one value that all rows have.
    fn one(self, column: &str) -> Option<&'a str> {
        let mut values = self.all(column);
        values.next().filter(|value| !value.is_empty() && values.next().is_none())
    }

    /// Whether each row has a number in a column that is among these.
    fn are_in(self, column: &str, ids: &std::collections::BTreeSet<i64>) -> bool {
        let mut values = self.all(column).peekable();
        values.peek().is_some()
            && values.all(|value| value.parse().is_ok_and(|value| ids.contains(&value)))
    }
}

fn of_one(table: &str, change: &str, thing: Thing<'_>, known: &Known) -> Option<&'static str> {
    match table {
        "processes" => process(thing, known),
        "net_sockets" => {
            let name = thing.one("process_name")?.to_lowercase();
            let is_agent =
                AGENT_PROGRAMS.contains(&name.as_str()) && thing.are_in("process_id", &known.agent);
            let is_antivirus = ANTIVIRUS.iter().any(|(_, program)| *program == name)
                && thing.are_in("process_id", &known.antivirus);
            (is_agent || is_antivirus).then_some("a connection of the agent")
        }
        "services" if change != "changed" => {
            is_per_user(known, thing.all("name")).then_some(PER_USER)
        }
        "registry_values" | "autoruns" if change != "changed" => {
            let key = thing.one("key")?.to_lowercase();
            let own = key.strip_prefix(services::KEY)?;
            let (service, below) = own.split_once('\\').unwrap_or((own, ""));
            let name = thing.one(if table == "autoruns" { "value_name" } else { "name" })?;
            let lower = name.to_lowercase();
            let stem = lower.trim_end_matches(|c: char| c.is_ascii_digit());
            let is_trigger = below.strip_prefix("triggerinfo\\").is_some_and(|number| {
                number.bytes().all(|byte| byte.is_ascii_digit()) && TRIGGER_VALUES.contains(&stem)
            });
            let is_own = is_trigger
                || INSTANCE_VALUES.iter().any(|(own, value)| (*own, *value) == (below, name));
            (is_own && is_per_user(known, [service].into_iter())).then_some(PER_USER)
        }
        // It has keys with values below it, and none of its own.
        "registry_keys" if change != "changed" => {
            let key = thing.one("key")?.to_lowercase();
            let service = key.strip_prefix(services::KEY)?.strip_suffix("\\triggerinfo")?;
            is_per_user(known, [service].into_iter()).then_some(PER_USER)
        }
        _ => None,
    }
}

fn is_per_user<'a>(known: &Known, mut names: impl Iterator<Item = &'a str>) -> bool {
    names.all(|name| known.per_user.contains(&name.to_lowercase()))
}

/// Whether a process was started during the collection, from where it must be, by whom and as it must be.
fn process(thing: Thing<'_>, known: &Known) -> Option<&'static str> {
    let window = known.window.as_ref()?;
    let window = window.start() - BEFORE..=window.end() + AFTER;
    let is_in_time = |time: &str| iso_utc(time).is_some_and(|time| window.contains(&time));
    let path = thing.one("executable_path")?.to_lowercase();
    let name = thing.one("name")?.to_lowercase();
    if file_of(&path) != name || !thing.all("created_utc").all(is_in_time) {
        return None;
    }
    let line = thing.one("command_line").unwrap_or_default().to_lowercase();
    let is_of_agent = thing.are_in("parent_process_id", &known.agent);
    if is_agent_path(&path) {
        let is_own = AGENT_PROGRAMS.contains(&name.as_str()) && is_of_agent;
        return is_own.then_some("a program of the agent that was started for the collection");
    }
    if !is_system_path(&path) {
        return None;
    }
    let is_collector = line.starts_with(&path) && known.commands.contains(&line) && is_of_agent;
    if is_collector {
        return Some("a command of the collection, as the package's own summary has it");
    }
    let is_host = name == "conhost.exe"
        && line
            .strip_prefix("\\??\\")
            .and_then(|line| line.strip_prefix(&path))
            .is_some_and(is_plain_host)
        && thing.are_in("parent_process_id", &known.collectors);
    if is_host {
        return Some("the console of a command of the collection");
    }
    let is_wmi = name == "wmiprvse.exe"
        && path.contains("\\wbem\\")
        && (line.is_empty() || line.strip_prefix(&path).is_some_and(|rest| WMI.contains(&rest)));
    is_wmi.then_some("the WMI provider that answers the commands of the collection")
}

/// Whether the arguments of a console's host are those that Windows itself gives it.
fn is_plain_host(arguments: &str) -> bool {
    let mut words = arguments.split_whitespace();
    let number = words.next().and_then(|word| word.strip_prefix("0x"));
    number.is_some_and(|number| number.bytes().all(|byte| byte.is_ascii_hexdigit()))
        && matches!((words.next(), words.next()), (None | Some("-forcev1"), None))
}

/// Whether every run that one package has beyond the other is the one that a collection makes.
fn prefetch(
    change: &str,
    executable: &str,
    hash: &str,
    before: &Known,
    after: &Known,
) -> Option<&'static str> {
    if change == "removed" {
        return None;
    }
    let key = (executable.to_lowercase(), hash.to_lowercase());
    let own = after.prefetch.get(&key)?;
    let (_, is_own, later) = COLLECTORS.iter().find(|(name, ..)| *name == key.0)?;
    // A path begins with the volume, by its number or its device.
    let path = own.path.trim_start_matches('\\');
    let path = path.strip_prefix("device\\").unwrap_or(path);
    let path = format!("c:\\{}", path.split_once('\\')?.1);
    if !is_own(&path) || file_of(&path) != key.0 {
        return None;
    }
    let earlier = before.prefetch.get(&key);
    let is_new = |run: &&i64| earlier.is_none_or(|earlier| !earlier.runs.contains(run));
    let new: Vec<_> = own.runs.iter().filter(is_new).copied().collect();
    let counted = own.run_count - earlier.map_or(0, |earlier| earlier.run_count);
    let mut windows = [before, after].map(|known| {
        known.window.as_ref().map(|window| window.start() - BEFORE..=window.end() + later)
    });
    let is_of_collection = new.iter().all(|run| {
        // One collection runs it once.
        let window = windows
            .iter_mut()
            .find(|window| window.as_ref().is_some_and(|window| window.contains(run)));
        window.is_some_and(|window| window.take().is_some())
    });
    let is_all = usize::try_from(counted).is_ok_and(|counted| counted == new.len()) && counted > 0;
    (is_all && is_of_collection).then_some("a program that a collection runs, once, when it did")
}

type IsPath = fn(&str) -> bool;
/// The programs that leave prefetch files, where they lie, and how long after the collection they may run.
const COLLECTORS: &[(&str, IsPath, i64)] = &[
    ("findstr.exe", is_system_path, AFTER),
    ("query.exe", is_system_path, AFTER),
    ("quser.exe", is_system_path, AFTER),
    ("robocopy.exe", is_system_path, AFTER),
    ("sensesampleuploader.exe", is_agent_path, 30 * AFTER),
    ("xcopy.exe", is_system_path, AFTER),
];
/// Values below `Services` that the clock of Windows writes by itself, and that make nothing run.
const BY_ITSELF: &[(&str, &str)] = &[
    ("w32time\\config", "LastKnownGoodTime"),
    ("w32time\\config\\status", "LastGoodSampleInfo"),
    ("w32time\\securetimelimits", "SecureTimeEstimated"),
    ("w32time\\securetimelimits", "SecureTimeHigh"),
    ("w32time\\securetimelimits", "SecureTimeLow"),
    ("w32time\\securetimelimits\\runtime", "SecureTimeConfidence"),
    ("w32time\\securetimelimits\\runtime", "SecureTimeTickCount"),
];
/// What Windows writes where it makes a per-user service: the program is held against that of the template.
const INSTANCE_VALUES: &[(&str, &str)] = &[
    ("", "Description"),
    ("", "DisplayName"),
    ("", "ErrorControl"),
    ("", "FailureActions"),
    ("", "ImagePath"),
    ("", "Start"),
    ("", "Type"),
    ("security", "Security"),
];
/// What says when it is started, and not what.
const TRIGGER_VALUES: &[&str] = &["action", "data", "datatype", "guid", "type"];
const PER_USER: &str = "a per-user service, which gets a new name for each session";
const WMI: &[&str] = &["", " -embedding", " -secured -embedding"];
/// Times are known to the second.
const BEFORE: i64 = 5 * 1_000_000;
const AFTER: i64 = 60 * 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::compare::known::Prefetched;

    const DAY: i64 = 86_400 * 1_000_000;
    const VOLUME: &str = "\\volume{01d9-1}\\";

    /// A package that was collected on a day, with one prefetch file.
    fn known(day: i64, executable: &str, path: &str, run_count: i64, runs: &[i64]) -> Known {
        let file = Prefetched { path: path.to_owned(), run_count, runs: runs.to_vec() };
        Known {
            window: Some(day * DAY..=day * DAY + AFTER),
            prefetch: [((executable.to_lowercase(), "1a".to_owned()), file)].into(),
            ..Known::default()
        }
    }

    #[test]
    fn a_run_is_of_the_collection_by_its_path_its_time_and_its_count() {
        let system = format!("{VOLUME}windows\\system32\\robocopy.exe");
        let robocopy = |path: &str, count: i64, runs: &[i64]| {
            let before = known(1, "ROBOCOPY.EXE", &system, 3, &[DAY / 2]);
            let after = known(2, "ROBOCOPY.EXE", path, count, runs);
            prefetch("changed", "ROBOCOPY.EXE", "1A", &before, &after).is_some()
        };
        assert!(robocopy(&system, 4, &[DAY / 2, DAY + 7]));
        assert!(robocopy(&system, 5, &[DAY / 2, DAY + 7, 2 * DAY + 7]));
        let device = "\\device\\harddiskvolume3\\windows\\system32\\robocopy.exe";
        assert!(robocopy(device, 4, &[DAY / 2, DAY + 7]));
        // Once more than the collections ran it, and not seen when.
        assert!(!robocopy(&system, 5, &[DAY / 2, DAY + 7]));
        assert!(!robocopy(&system, 5, &[DAY / 2, DAY + 7, DAY + 8]), "twice in one collection");
        assert!(!robocopy(&system, 4, &[DAY / 2, DAY + DAY / 2]), "between the collections");
        for folder in ["users\\public", "windows\\temp", "windows\\system32\\..\\temp"] {
            assert!(!robocopy(&format!("{VOLUME}{folder}\\robocopy.exe"), 4, &[DAY / 2, DAY + 7]));
        }
        assert!(!robocopy("", 4, &[DAY / 2, DAY + 7]), "a path that is not known");
        assert!(!robocopy(&format!("{VOLUME}windows\\system32\\evil.exe"), 4, &[DAY / 2, DAY + 7]));

        for (name, path) in [
            ("NET.EXE", "windows\\system32\\net.exe"),
            ("WEVTUTIL.EXE", "windows\\system32\\wevtutil.exe"),
            ("MSSENSE.EXE", "users\\public\\mssense.exe"),
        ] {
            let after = known(2, name, &format!("{VOLUME}{path}"), 1, &[2 * DAY + 7]);
            assert_eq!(prefetch("added", name, "1A", &Known::default(), &after), None, "{name}");
        }
        let after = known(2, "ROBOCOPY.EXE", &system, 1, &[2 * DAY + 7]);
        let noise =
            |change: &str| prefetch(change, "ROBOCOPY.EXE", "1A", &Known::default(), &after);
        assert!(noise("added").is_some());
        assert!(noise("removed").is_none(), "somebody may have wiped it");
    }
}
