//! Which programs have a prefetch file.

use time::{Duration, OffsetDateTime};

use super::hash::scca_2008;
use crate::package::host::{Host, seconds};
use crate::package::processes::Process;
use crate::package::rng::Rng;
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
    let mut rng = host.passing("prefetch");
    let volume = Volume { serial: host.volume_serial(), created: host.volume_created() };
    let mut programs: Vec<Program> = Vec::new();
    for process in processes.iter().filter(|process| process.created < host.started) {
        let path = process.path.as_deref().and_then(|path| path.strip_prefix("C:"));
        if let Some(path) = path.filter(|path| path.is_ascii()) {
            programs.push(program(path, process.created, volume, &mut rng));
        }
    }
    for name in SYSTEM {
        let tool = format!(r"C:\WINDOWS\SYSTEM32\{name}");
        let written = commands.iter().filter(|command| command.at + WRITTEN_AFTER <= copied);
        let calls = written.filter(|command| command.line.to_uppercase().starts_with(&tool));
        let before = host.started - seconds(rng.range(20, 500_000));
        let last = calls.map(|command| command.at).max().unwrap_or(before);
        programs.push(program(&format!(r"\WINDOWS\SYSTEM32\{name}"), last, volume, &mut rng));
    }
    programs.sort_by(|a, b| b.runs.first().cmp(&a.runs.first()));
    let mut seen = std::collections::BTreeSet::new();
    programs.retain(|program| seen.insert(program.file_name()));
    programs
}

fn program(path: &str, last: OffsetDateTime, volume: Volume, rng: &mut Rng) -> Program {
    let path = path.to_uppercase();
    let run_count = rng.range(1, 40);
    let mut runs = vec![last];
    for _ in 1..run_count.min(8) {
        let before = runs.last().copied().unwrap_or(last);
        runs.push(before - seconds(rng.range(60, 90_000)));
    }
    let mut loaded = vec![r"\WINDOWS\SYSTEM32\NTDLL.DLL".to_owned(), path.clone()];
    loaded.extend(
        LOADED.iter().filter(|_| rng.chance(60)).map(|name| format!(r"\WINDOWS\SYSTEM32\{name}")),
    );
    Program {
        device_path: format!(r"\DEVICE\HARDDISKVOLUME3{path}"),
        path,
        runs,
        run_count: u32::try_from(run_count).unwrap_or(1),
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
