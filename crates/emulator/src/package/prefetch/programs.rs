//! Which programs have a prefetch file.

use std::collections::BTreeMap;

use time::{Duration, OffsetDateTime};

use super::hash::scca_2008;
use crate::package::habit::Habit;
use crate::package::host::{Host, seconds};
use crate::package::processes::Process;
use crate::package::summary::Command;

/// A program and its runs.
#[derive(Clone, Debug)]
pub(super) struct Program {
    /// Device path, upper case.
    pub(super) device_path: String,
    /// Path on the volume, upper case, without the drive.
    pub(super) path: String,
    /// The last run first, eight at most.
    pub(super) runs: Vec<OffsetDateTime>,
    pub(super) run_count: u32,
    pub(super) volume: Volume,
    /// Paths on the volume of the files that were loaded.
    pub(super) loaded: Vec<String>,
}

/// The volume that everything lies on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Volume {
    pub(super) serial: u32,
    /// FILETIME.
    pub(super) created: u64,
}

impl Program {
    /// The executable's name as it is kept: 29 characters at most.
    pub(super) fn executable(&self) -> String {
        self.path.rsplit('\\').next().unwrap_or_default().chars().take(29).collect()
    }

    /// The hash in the file's name and header.
    pub(super) fn hash(&self) -> u32 {
        scca_2008(&self.device_path)
    }

    /// The prefetch file's name.
    pub(super) fn file_name(&self) -> String {
        format!("{}-{:08X}.pf", self.executable(), self.hash())
    }
}

/// The programs of the process list that have a path, and the tools of Windows: those that the agent
/// had called ten seconds before `copied` ran last when it called them.
pub(super) fn list(
    host: &Host,
    processes: &[Process],
    commands: &[Command],
    copied: OffsetDateTime,
) -> Vec<Program> {
    let volume = Volume { serial: host.volume_serial(), created: host.volume_created() };
    let mut last_seen: BTreeMap<String, Option<OffsetDateTime>> = BTreeMap::new();
    for process in processes.iter().filter(|process| process.created < host.started) {
        let path = process.path.as_deref().and_then(|path| path.strip_prefix("C:"));
        if let Some(path) = path.filter(|path| path.is_ascii()) {
            let seen = last_seen.entry(path.to_uppercase()).or_default();
            *seen = (*seen).max(Some(process.created));
        }
    }
    for name in SYSTEM {
        let tool = format!(r"C:\WINDOWS\SYSTEM32\{name}");
        let written = commands.iter().filter(|command| command.at + WRITTEN_AFTER <= copied);
        let calls = written.filter(|command| command.line.to_uppercase().starts_with(&tool));
        let seen = last_seen.entry(format!(r"\WINDOWS\SYSTEM32\{name}")).or_default();
        *seen = (*seen).max(calls.map(|command| command.at).max());
    }
    let mut programs: Vec<Program> =
        last_seen.into_iter().map(|(path, seen)| program(host, path, seen, volume)).collect();
    programs.sort_by(|a, b| b.runs.first().cmp(&a.runs.first()));
    let mut seen = std::collections::BTreeSet::new();
    programs.retain(|program| seen.insert(program.file_name()));
    programs
}

/// The program of an upper-case path. One run is known from the process list or from the agent, or
/// lies further back than the list of runs; the others are a habit, so that no count ever falls.
fn program(host: &Host, path: String, seen: Option<OffsetDateTime>, volume: Volume) -> Program {
    let mut rng = host.lasting("prefetch").fork(&path);
    let (habit, until) = (Habit::of(host, &path), host.started - seconds(20));
    let mut runs: Vec<OffsetDateTime> = habit.latest(until).take(8).chain(seen).collect();
    runs.sort_by(|a, b| b.cmp(a));
    runs.truncate(8);
    let mut loaded = vec![r"\WINDOWS\SYSTEM32\NTDLL.DLL".to_owned(), path.clone()];
    loaded.extend(
        LOADED.iter().filter(|_| rng.chance(60)).map(|name| format!(r"\WINDOWS\SYSTEM32\{name}")),
    );
    Program {
        device_path: format!(r"\DEVICE\HARDDISKVOLUME3{path}"),
        path,
        runs,
        run_count: u32::try_from(habit.count(until) + 1).unwrap_or(u32::MAX),
        volume,
        loaded,
    }
}

/// Windows writes a prefetch file this long after the program's start.
const WRITTEN_AFTER: Duration = Duration::seconds(10);

/// The agent's own tools among them.
const SYSTEM: [&str; 25] = [
    "ARP.EXE",
    "BACKGROUNDTASKHOST.EXE",
    "CMD.EXE",
    "COMPATTELRUNNER.EXE",
    "CONSENT.EXE",
    "DEFRAG.EXE",
    "FINDSTR.EXE",
    "IPCONFIG.EXE",
    "MMC.EXE",
    "NET.EXE",
    "NET1.EXE",
    "NETSTAT.EXE",
    "NSLOOKUP.EXE",
    "QUERY.EXE",
    "QUSER.EXE",
    "REG.EXE",
    "ROBOCOPY.EXE",
    "SCHTASKS.EXE",
    "SMARTSCREEN.EXE",
    "SYSTEMINFO.EXE",
    "TASKLIST.EXE",
    "WEVTUTIL.EXE",
    "WHOAMI.EXE",
    "WINDOWSPACKAGEMANAGERSERVERANDMORE.EXE",
    "XCOPY.EXE",
];

const LOADED: [&str; 10] = [
    "KERNEL32.DLL",
    "KERNELBASE.DLL",
    "LOCALE.NLS",
    "MSVCRT.DLL",
    "SECHOST.DLL",
    "RPCRT4.DLL",
    "USER32.DLL",
    "GDI32.DLL",
    "COMBASE.DLL",
    "WS2_32.DLL",
];
