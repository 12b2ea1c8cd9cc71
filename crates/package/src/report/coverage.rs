use serde::{Serialize, Serializer};

use super::watch::Watch;
use crate::{
    Package, Source,
    artifact::{ARTIFACTS, Artifact},
    clock::iso,
    package::{Entry, Key},
};

/// What a package has of one thing that may be in it.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct Coverage {
    /// What kind of thing: `artifact`, `command`, `member`, or `never` for what is not collected.
    pub kind: &'static str,
    /// Its name.
    pub subject: String,
    /// What the package has of it.
    pub status: CoverageStatus,
    /// How many members it was read from.
    pub members: u64,
    /// How many rows it gave.
    pub rows: u64,
    /// What to know about it, in one line of safe text.
    pub detail: String,
}

/// What a package has of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CoverageStatus {
    /// It was read, and there is nothing in it.
    Empty,
    /// It is there and could not be read to its end.
    Failed,
    /// The agent says that it was collected, and it is not there.
    Missing,
    /// It was not asked for, the agent itself found none, or it is never collected.
    NotCollected,
    /// It is there.
    Present,
    /// It is there, and of no known kind.
    Unrecognised,
    /// It is there from a certain time on.
    Windowed,
}

impl CoverageStatus {
    /// Its name, in `snake_case`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::Failed => "failed",
            Self::Missing => "missing",
            Self::NotCollected => "not_collected",
            Self::Present => "present",
            Self::Unrecognised => "unrecognised",
            Self::Windowed => "windowed",
        }
    }
}

impl Serialize for CoverageStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<S: Source> Package<S> {
    pub(super) fn coverage(&self, watch: &Watch) -> Vec<Coverage> {
        let mut coverage = Vec::new();
        for artifact in ARTIFACTS {
            coverage.push(self.artifact(artifact, watch));
        }
        let mut seen = std::collections::BTreeSet::new();
        for (name, line) in &watch.commands {
            if seen.insert((name, line)) {
                coverage.push(self.command(name, line, watch, &coverage));
            }
        }
        for entry in self.entries().iter().filter(|entry| kind(entry) == "unrecognised") {
            coverage.push(Coverage {
                kind: "member",
                subject: entry.path.clone(),
                status: CoverageStatus::Unrecognised,
                members: 1,
                rows: 0,
                detail: format!("{} bytes, hashed and not read", entry.size),
            });
        }
        coverage.extend(NEVER.iter().map(|(subject, detail)| Coverage {
            kind: "never",
            subject: (*subject).to_owned(),
            status: CoverageStatus::NotCollected,
            members: 0,
            rows: 0,
            detail: (*detail).to_owned(),
        }));
        coverage
    }

    fn artifact(&self, artifact: &Artifact, watch: &Watch) -> Coverage {
        let entries: Vec<_> = self
            .entries()
            .iter()
            .filter(|entry| artifact.reads(&entry.key, entry.origin))
            .collect();
        let rows: u64 = artifact
            .tables
            .iter()
            .filter_map(|table| watch.counts.get(table.name))
            .map(|count| count.rows)
            .sum();
        let is_partial = artifact
            .tables
            .iter()
            .any(|table| watch.counts.get(table.name).is_some_and(|count| count.is_partial));
        let ran: Vec<_> = watch.commands.iter().filter(|(name, _)| is_of(artifact, name)).collect();
        let window = ran.iter().find_map(|(_, line)| window(line));
        let (status, detail) = if entries.is_empty() {
            if ran.is_empty() {
                (
                    CoverageStatus::NotCollected,
                    "the agent's summary has no command for it".to_owned(),
                )
            } else if artifact.name == "firewall_events" && watch.has_no_firewall_log {
                let detail = "the agent found no log: the firewall's logging is off".to_owned();
                (CoverageStatus::NotCollected, detail)
            } else {
                let detail = "the agent's summary says that it was collected".to_owned();
                (CoverageStatus::Missing, detail)
            }
        } else if is_partial {
            (CoverageStatus::Failed, "rows are missing: see the issues".to_owned())
        } else if rows == 0 {
            (CoverageStatus::Empty, "its members have no rows".to_owned())
        } else if artifact.name == "smb" && watch.smb_lines == 0 {
            (CoverageStatus::Empty, "the agent found no sessions".to_owned())
        } else if let Some(window) = window {
            (CoverageStatus::Windowed, windowed(artifact.name, &window, watch))
        } else {
            (CoverageStatus::Present, String::new())
        };
        let members = entries.len() as u64;
        Coverage {
            kind: "artifact",
            subject: artifact.name.to_owned(),
            status,
            members,
            rows,
            detail,
        }
    }
}

impl<S: Source> Package<S> {
    /// What became of one command of the agent's summary, whatever the summary says of it.
    fn command(&self, name: &str, line: &str, watch: &Watch, artifacts: &[Coverage]) -> Coverage {
        if let Some(file) = written(name, line)
            && let Some(artifact) = ARTIFACTS.iter().find(|artifact| is_of(artifact, name))
        {
            return self.own_member(name, line, &file, artifact, watch);
        }
        command(name, line, watch, artifacts)
    }

    /// What became of a command that writes a member of its own beside others of its kind.
    fn own_member(
        &self,
        name: &str,
        line: &str,
        file: &str,
        artifact: &Artifact,
        watch: &Watch,
    ) -> Coverage {
        let key = Key::of(file);
        let is_own = |entry: &&Entry| {
            entry.key.file() == key.file() && artifact.reads(&entry.key, entry.origin)
        };
        let entries: Vec<_> = self.entries().iter().filter(is_own).collect();
        let tables = artifact.tables.iter();
        let rows: u64 = tables
            .flat_map(|table| entries.iter().map(move |entry| (table.name, entry.path.clone())))
            .filter_map(|own| watch.by_member.get(&own))
            .sum();
        let shown = crate::name::safe(line, 300);
        let (status, detail) = if entries.is_empty() {
            let file = crate::name::safe(file, 200);
            (CoverageStatus::Missing, format!("no member `{file}`, which it writes: {shown}"))
        } else if entries.iter().any(|entry| !entry.verdict.is_usable()) {
            (CoverageStatus::Failed, format!("rows are missing: see the issues: {shown}"))
        } else if rows == 0 {
            let why = match name {
                "TempDirFiles" => "the folder is not there",
                "UserInstalledPrograms" => {
                    "the key is not there, or the user was logged off and the hive not loaded"
                }
                _ => "its member has no rows",
            };
            (CoverageStatus::Empty, format!("{why}: {shown}"))
        } else {
            (CoverageStatus::Present, shown)
        };
        Coverage {
            kind: "command",
            subject: crate::name::safe(name, 200),
            status,
            members: entries.len() as u64,
            rows,
            detail,
        }
    }
}

/// The name of the member that a command writes, where several commands write members of one kind.
pub(crate) fn written(name: &str, line: &str) -> Option<String> {
    const UNINSTALL: &str = "Software_Microsoft_Windows_CurrentVersion_Uninstall.txt";
    match name {
        "InstalledPrograms" => Some(format!("hklm_{UNINSTALL}")),
        "Wow6432NodeInstalledPrograms" => {
            Some(format!("hklm_{}", UNINSTALL.replace("Software_", "Software_Wow6432Node_")))
        }
        "WmicInstalledPrograms" => Some("InstalledPrograms.csv".to_owned()),
        "UserInstalledPrograms" => {
            let (_, rest) = line.split_once("HKEY_USERS\\")?;
            Some(format!("{}_{UNINSTALL}", rest.split('\\').next()?))
        }
        "TempDirFiles" => {
            let (folder, _) = line.split_once("\\AppData\\")?;
            Some(format!("{}_TempDirFiles.txt", folder.rsplit('\\').next()?))
        }
        _ => None,
    }
}

/// From when on something was asked for, and from when on it is there: a log that wrapped or was cleared begins later.
fn windowed(artifact: &str, asked: &str, watch: &Watch) -> String {
    match watch.first_event.and_then(iso).filter(|_| artifact == "security_events") {
        Some(first) => format!("asked for from {asked} on; the first event there is of {first}"),
        None => format!("from {asked} on"),
    }
}

/// Which artifact a command of the agent's summary writes.
pub(crate) fn artifact_of(command: &str) -> Option<&'static str> {
    ARTIFACTS.iter().find(|artifact| is_of(artifact, command)).map(|artifact| artifact.name)
}

fn command(name: &str, line: &str, watch: &Watch, artifacts: &[Coverage]) -> Coverage {
    let subject = crate::name::safe(name, 200);
    let shown = crate::name::safe(line, 300);
    let is_registry = name.starts_with("hklm_") || name.starts_with("hkcu_");
    if is_registry && let Some(key) = queried(line) {
        let key = key.to_lowercase();
        let rows = watch.keys.iter().filter(|own| is_below(own, &key)).count() as u64;
        let (status, detail) = if rows > 0 {
            (CoverageStatus::Present, shown)
        } else {
            let detail = if name.starts_with("hkcu_") {
                "the key is not there, or the user was logged off and the hive not loaded"
            } else {
                "the key is not there, or has nothing below it"
            };
            (CoverageStatus::Empty, format!("{detail}: {shown}"))
        };
        return Coverage { kind: "command", subject, status, members: 0, rows, detail };
    }
    let artifact = ARTIFACTS.iter().find(|artifact| is_of(artifact, name));
    let found = artifact.and_then(|artifact| {
        artifacts.iter().find(|own| own.kind == "artifact" && own.subject == artifact.name)
    });
    match found {
        Some(own) => Coverage {
            kind: "command",
            subject,
            status: own.status,
            members: own.members,
            rows: own.rows,
            detail: shown,
        },
        None => Coverage {
            kind: "command",
            subject,
            status: CoverageStatus::Unrecognised,
            members: 0,
            rows: 0,
            detail: shown,
        },
    }
}

/// Whether a command writes what an artifact is read from.
pub(crate) fn is_of(artifact: &Artifact, command: &str) -> bool {
    artifact.commands.iter().any(|own| match own.strip_suffix('_') {
        Some(_) => command.starts_with(own),
        None => command == *own,
    })
}

/// The key in `reg.exe QUERY "KEY" /s`.
fn queried(line: &str) -> Option<&str> {
    let (_, rest) = line.split_once("QUERY ")?;
    let rest = rest.trim_start_matches('"');
    let key = rest.split('"').next()?.trim();
    Some(key.strip_suffix(" /s").unwrap_or(key).trim_end_matches('\\'))
}

fn is_below(key: &str, above: &str) -> bool {
    let above =
        above.replace("hklm\\", "hkey_local_machine\\").replace("hkcu\\", "hkey_current_user\\");
    key.strip_prefix(&above).is_some_and(|rest| rest.is_empty() || rest.starts_with('\\'))
}

/// From when on a command collects.
pub(super) fn window(line: &str) -> Option<String> {
    if let Some((_, rest)) = line.split_once("/MAXAGE:") {
        let date = rest.get(..8).filter(|date| date.bytes().all(|byte| byte.is_ascii_digit()))?;
        let (year, rest) = date.split_at_checked(4)?;
        let (month, day) = rest.split_at_checked(2)?;
        return Some(format!("{year}-{month}-{day}"));
    }
    let (_, rest) =
        line.split_once("@SystemTime >= '").or_else(|| line.split_once("@SystemTime>='"))?;
    rest.split('\'').next().map(|time| crate::name::safe(time, 40))
}

/// What kind of member an entry is: an artifact's name, `archive`, `known`, or `unrecognised`.
pub(crate) fn kind(entry: &Entry) -> &'static str {
    if let Some(artifact) =
        ARTIFACTS.iter().find(|artifact| artifact.reads(&entry.key, entry.origin))
    {
        return artifact.name;
    }
    let file = entry.key.file();
    if [".zip", ".cab", ".7z", ".rar"].into_iter().any(|end| file.ends_with(end)) {
        return "archive";
    }
    let is_of_support =
        || SUPPORT.iter().any(|(begin, end)| file.starts_with(begin) && file.ends_with(end));
    if matches!(file, "layout.ini" | "dynrespri.7db") || is_of_support() {
        "known"
    } else {
        "unrecognised"
    }
}

/// How names of files begin and end that the antivirus puts into its support cabinet, and that no table is made of.
const SUPPORT: &[(&str, &str)] = &[
    ("fileversions", ".txt"),
    ("mpdevicecontrol", ".log"),
    ("mpoperationalevents", ".bak"),
    ("mpoperationalevents", ".txt"),
    ("mpregistry", ".txt"),
    ("mpscanskip", ".log"),
    ("mpstateinfo", ".txt"),
    ("mpsupporteffectiveconfig", ".json"),
    ("mp", "tracing.bin"),
    ("networkprotectionstate", ".txt"),
    ("setupact", ".log"),
    ("systeminfo", ".txt"),
    ("wdatpinfo", ".txt"),
    ("wfpstate", ".xml"),
    ("wscinfo", ".txt"),
];

/// What no package of this kind has: a responder must not take its absence for a finding.
const NEVER: &[(&str, &str)] = &[
    (
        "registry: RunOnce, Winlogon, IFEO, AppInit_DLLs, LSA",
        "not among the keys that the agent queries",
    ),
    ("WMI event subscriptions", "not collected"),
    ("Startup folders", "not collected"),
    (
        "event logs: System, Application, Sysmon, PowerShell",
        "not collected, but for exports in the support cabinet",
    ),
    ("hashes of files", "not collected"),
    ("owners of processes", "not collected"),
    ("hosts file", "not collected"),
    ("file system ($MFT)", "not collected"),
];
