//! What became of each command of the agent's summary, whatever the summary says of it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Coverage, CoverageStatus, is_of};
use crate::{
    artifact::{ARTIFACTS, Artifact},
    name::{composed, safe},
    package::{Entry, Key},
    report::watch::Watch,
};

/// What commands are held against.
pub(super) struct Commands<'a> {
    watch: &'a Watch,
    artifacts: &'a [Coverage],
    /// Members by the last part of their names, without case.
    by_name: BTreeMap<String, Vec<&'a Entry>>,
    /// The same by what is left without spaces and underscores.
    by_key: BTreeMap<&'a str, Vec<&'a Entry>>,
    /// The names of all members that commands write.
    written: BTreeSet<String>,
}

impl<'a> Commands<'a> {
    pub(super) fn new(entries: &'a [Entry], watch: &'a Watch, artifacts: &'a [Coverage]) -> Self {
        let mut by_name = BTreeMap::<_, Vec<_>>::new();
        let mut by_key = BTreeMap::<_, Vec<_>>::new();
        for entry in entries {
            let name = entry.path.rsplit(['/', '\\', '!']).next().unwrap_or_default();
            by_name.entry(file_name(name)).or_default().push(entry);
            by_key.entry(entry.key.file()).or_default().push(entry);
        }
        let written = watch.commands.iter().filter_map(|(name, line)| written(name, line));
        let written = written.map(|file| file_name(&file)).collect();
        Self { watch, artifacts, by_name, by_key, written }
    }

    /// What became of each of them.
    pub(super) fn coverage(&self) -> Vec<Coverage> {
        let mut seen = BTreeSet::new();
        let distinct = self.watch.commands.iter().filter(|own| seen.insert(*own));
        distinct.map(|(name, line)| self.command(name, line)).collect()
    }

    fn command(&self, name: &str, line: &str) -> Coverage {
        let artifact = ARTIFACTS.iter().find(|artifact| is_of(artifact, name));
        let found = artifact.and_then(|artifact| {
            self.artifacts.iter().find(|own| own.subject == artifact.name).zip(Some(artifact))
        });
        let shown = safe(line, 300);
        let (status, members, rows, detail) = match found {
            None => (CoverageStatus::Unrecognised, 0, 0, shown),
            Some((own, artifact)) => {
                if let Some(file) = written(name, line) {
                    self.own_member(name, &file, artifact, &shown)
                } else if let Some(rows) = self.watch.queried.listed(name, line) {
                    let (status, detail) = registry(name, rows, own, &shown);
                    (status, 0, rows, detail)
                } else {
                    (own.status, own.members, own.rows, shown)
                }
            }
        };
        Coverage { kind: "command", subject: safe(name, 200), status, members, rows, detail }
    }

    /// What became of a command that writes a member of its own beside others of its kind.
    fn own_member(
        &self,
        name: &str,
        file: &str,
        artifact: &Artifact,
        shown: &str,
    ) -> (CoverageStatus, u64, u64, String) {
        let entries = self.members(file, artifact);
        let tables = artifact.tables.iter();
        let rows: u64 = tables
            .flat_map(|table| entries.iter().map(move |entry| (table.name, entry.path.clone())))
            .filter_map(|own| self.watch.by_member.get(&own))
            .sum();
        // That others are missing says nothing of the members that are there.
        let is_cut = || artifact.tables.iter().any(|table| self.watch.cut.contains(table.name));
        let (status, detail) = if entries.is_empty() {
            let file = safe(file, 200);
            (CoverageStatus::Missing, format!("no member `{file}`, which it writes: {shown}"))
        } else if entries.iter().any(|entry| !entry.verdict.is_usable()) || rows == 0 && is_cut() {
            (CoverageStatus::Failed, format!("rows are missing: see the issues: {shown}"))
        } else if rows == 0 {
            let why = match name {
                "TempDirFiles" => "the folder is not there",
                "UserInstalledPrograms" => LOGGED_OFF,
                _ => "its member has no rows",
            };
            (CoverageStatus::Empty, format!("{why}: {shown}"))
        } else {
            (CoverageStatus::Present, shown.to_owned())
        };
        (status, entries.len() as u64, rows, detail)
    }

    /// The members of this name, or, if there is none, those that differ from it in spaces and underscores only and that
    /// no other command writes.
    fn members(&self, file: &str, artifact: &Artifact) -> Vec<&'a Entry> {
        let own = |found: Option<&Vec<&'a Entry>>| -> Vec<&'a Entry> {
            let all = found.into_iter().flatten().copied();
            all.filter(|entry| artifact.reads(&entry.key, entry.origin)).collect()
        };
        let named = own(self.by_name.get(&file_name(file)));
        if !named.is_empty() {
            return named;
        }
        let mut like = own(self.by_key.get(Key::of(file).file()));
        like.retain(|entry| {
            let name = entry.path.rsplit(['/', '\\', '!']).next().unwrap_or_default();
            !self.written.contains(&file_name(name))
        });
        like
    }
}

/// What became of a query of the registry, of which so many keys were listed.
fn registry(name: &str, rows: u64, own: &Coverage, shown: &str) -> (CoverageStatus, String) {
    let is_read = !matches!(own.status, CoverageStatus::Failed | CoverageStatus::Missing);
    if rows > 0 {
        let damage = if is_read { "" } else { "not all of the listing was read: " };
        return (CoverageStatus::Present, format!("{damage}{shown}"));
    }
    let (status, why) = match own.status {
        CoverageStatus::Missing => (CoverageStatus::Missing, "the listing is not there"),
        CoverageStatus::Failed => (CoverageStatus::Failed, "not all of the listing was read"),
        CoverageStatus::Empty => (CoverageStatus::Failed, "the listing has no keys at all"),
        _ if name.starts_with("hkcu_") => (CoverageStatus::Empty, LOGGED_OFF),
        _ => (CoverageStatus::Empty, "the key is not there, or has nothing below it"),
    };
    (status, format!("{why}: {shown}"))
}

/// A member's name as it is compared.
fn file_name(file: &str) -> String {
    composed(&safe(file, usize::MAX)).to_lowercase()
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

/// Why a key of a user may not be listed that was asked for.
pub(crate) const LOGGED_OFF: &str =
    "the key is not there, or the user was logged off and the hive not loaded";
