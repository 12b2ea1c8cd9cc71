//! One line of `Processes.csv`.

use super::Process;
use crate::package::csv;
use crate::package::host::Host;
use crate::package::rng::Rng;

/// The line of this process: its counters are invented, its creation date is host-local text. What
/// counts up grows with the process's age, and a peak stays, until the device is started again.
pub(super) fn line(host: &Host, process: &Process) -> String {
    let name = process.pid.to_string();
    let rng = &mut host.passing("process counters").fork(&name);
    let lasting = &mut host.booted("process counters").fork(&name);
    let age = u64::try_from((host.started - process.created).whole_seconds()).unwrap_or(0);
    let is_readable = process.path.is_some();
    let handles = rng.range(60, 2_500).to_string();
    let virtual_size = (2_203_000_000_000 + rng.below(600_000_000)).to_string();
    let most_pages = lasting.range(400, 60_000);
    let pages = rng.range(most_pages / 2, most_pages);
    let (working_set, private) = ((pages * 4_096).to_string(), (pages * 2_048).to_string());
    let (page_file, peak_page_file) = ((pages * 2).to_string(), (most_pages * 3).to_string());
    let peak_working_set = (most_pages * 4 + lasting.below(4_000)).to_string();
    let peak_virtual = (2_203_700_000_000 + lasting.below(600_000_000)).to_string();
    let (kernel, user) = (ticks(lasting, age), ticks(lasting, age));
    let [reads, read_bytes, writes, written] = transfers(lasting, age);
    let [others, other_bytes, faults, _] = transfers(lasting, age);
    let [pool, fixed_pool] = [300, 60].map(|most| rng.range(4, most).to_string());
    let [peak_pool, peak_fixed_pool] =
        [(300, 500), (60, 80)].map(|(least, most)| lasting.range(least, most).to_string());
    let threads = rng.range(2, 40).to_string();
    let created = host.region.date_time(host.local(process.created));
    let (pid, parent) = (process.pid.to_string(), process.parent.to_string());
    let session = process.session.to_string();
    csv::line([
        Some(process.name.as_str()),
        Some(&handles),
        Some(&virtual_size),
        Some(&working_set),
        process.path.as_deref(),
        Some(&process.name),
        Some(&process.name),
        None,
        Some(&process.name),
        None,
        Some("Win32_Process"),
        Some(&created),
        Some("Win32_ComputerSystem"),
        Some(&host.name),
        None,
        Some(&pid),
        Some(&kernel),
        Some("Win32_OperatingSystem"),
        Some(r"Microsoft Windows 11 Pro|C:\WINDOWS|\Device\Harddisk0\Partition3"),
        Some(priority(&process.name)),
        None,
        Some(&user),
        Some(&working_set),
        process.command_line.as_deref(),
        process.path.as_deref(),
        Some(&handles),
        is_readable.then_some("1380"),
        is_readable.then_some("200"),
        Some(&others),
        Some(&other_bytes),
        Some(&faults),
        Some(&page_file),
        Some(&parent),
        Some(&peak_page_file),
        Some(&peak_virtual),
        Some(&peak_working_set),
        Some(&private),
        Some(&pid),
        Some(&fixed_pool),
        Some(&pool),
        Some(&peak_fixed_pool),
        Some(&peak_pool),
        Some(&reads),
        Some(&read_bytes),
        Some(&session),
        Some(&threads),
        Some(&virtual_size),
        Some("10.0.26100"),
        Some(&writes),
        Some(&written),
        None,
    ])
}

/// Processor time in units of 100 ns; the clock ticks every 1/64 second. `age` is in seconds.
fn ticks(rng: &mut Rng, age: u64) -> String {
    ((20 + age * rng.below(60) / 1_000) * 156_250).to_string()
}

/// What an hour adds at most, and what there is at once.
fn transfers(rng: &mut Rng, age: u64) -> [String; 4] {
    [300, 400_000, 200, 900_000].map(|most| {
        let (at_once, hourly) = (rng.below(most), rng.below(most));
        (at_once + age * hourly / 3_600).to_string()
    })
}

fn priority(name: &str) -> &'static str {
    match name {
        "System Idle Process" => "0",
        "csrss.exe" | "dwm.exe" | "winlogon.exe" => "13",
        "smss.exe" => "11",
        "lsass.exe" | "services.exe" => "9",
        _ => "8",
    }
}

/// The columns of a real member.
pub(super) const COLUMNS: [&str; 51] = [
    "ProcessName",
    "Handles",
    "VM",
    "WS",
    "Path",
    "Caption",
    "Description",
    "InstallDate",
    "Name",
    "Status",
    "CreationClassName",
    "CreationDate",
    "CSCreationClassName",
    "CSName",
    "ExecutionState",
    "Handle",
    "KernelModeTime",
    "OSCreationClassName",
    "OSName",
    "Priority",
    "TerminationDate",
    "UserModeTime",
    "WorkingSetSize",
    "CommandLine",
    "ExecutablePath",
    "HandleCount",
    "MaximumWorkingSetSize",
    "MinimumWorkingSetSize",
    "OtherOperationCount",
    "OtherTransferCount",
    "PageFaults",
    "PageFileUsage",
    "ParentProcessId",
    "PeakPageFileUsage",
    "PeakVirtualSize",
    "PeakWorkingSetSize",
    "PrivatePageCount",
    "ProcessId",
    "QuotaNonPagedPoolUsage",
    "QuotaPagedPoolUsage",
    "QuotaPeakNonPagedPoolUsage",
    "QuotaPeakPagedPoolUsage",
    "ReadOperationCount",
    "ReadTransferCount",
    "SessionId",
    "ThreadCount",
    "VirtualSize",
    "WindowsVersion",
    "WriteOperationCount",
    "WriteTransferCount",
    "PSComputerName",
];
