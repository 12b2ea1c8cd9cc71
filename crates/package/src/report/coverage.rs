mod command;
mod queried;
mod status;

use serde::Serialize;

use self::command::Commands;
use super::watch::Watch;
use crate::{
    Package, Source,
    artifact::{ARTIFACTS, Artifact},
    clock::iso,
    package::{Entry, Uncopied},
};

pub(crate) use self::command::{LOGGED_OFF, written};
pub(crate) use self::queried::Queried;
pub use self::status::CoverageStatus;

/// What a package has of one thing that may be in it.
#[derive(Clone, Debug, Serialize)]
#[cfg_attr(feature = "typescript", derive(ts_rs::TS))]
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

impl<S: Source> Package<S> {
    pub(super) fn coverage(&self, watch: &Watch) -> Vec<Coverage> {
        let mut coverage = Vec::new();
        for artifact in ARTIFACTS {
            coverage.push(self.artifact(artifact, watch));
        }
        let commands = Commands::new(self.entries(), watch, &coverage).coverage();
        coverage.extend(commands);
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
        let is_partial = artifact.tables.iter().any(|table| watch.is_partial(table));
        let ran: Vec<_> = watch.commands.iter().filter(|(name, _)| is_of(artifact, name)).collect();
        let window = ran.iter().find_map(|(_, line)| window(line));
        let (status, detail) = if entries.is_empty() {
            let is_of_summary = artifact.name == "commands" || !artifact.commands.is_empty();
            let said = self.uncopied_log(artifact);
            if let Some(said) = said.filter(|said| said.is_not_found) {
                let detail = format!(
                    "the agent found no log: the firewall's logging may be off, or the log was removed{}",
                    said.in_words()
                );
                (CoverageStatus::NotCollected, detail)
            } else if watch.commands.is_empty() && is_of_summary {
                let detail = "no summary of the agent says whether it was collected".to_owned();
                (CoverageStatus::Missing, detail)
            } else if ran.is_empty() {
                let detail = "the agent's summary has no command for it".to_owned();
                (CoverageStatus::NotCollected, detail)
            } else {
                let words = said.map(Uncopied::in_words).unwrap_or_default();
                let detail = format!("the agent's summary says that it was collected{words}");
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

/// Whether a command writes what an artifact is read from.
pub(crate) fn is_of(artifact: &Artifact, command: &str) -> bool {
    artifact.commands.iter().any(|own| match own.strip_suffix('_') {
        Some(_) => command.starts_with(own),
        None => command == *own,
    })
}

/// From when on a command collects.
pub(crate) fn window(line: &str) -> Option<String> {
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
