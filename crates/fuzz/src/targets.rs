//! Every target by its name, as a function of any bytes. Tests play the corpus through it, fuzzers go on from there.

use std::collections::{BTreeMap, btree_map::Entry};
use std::io;

use mde_forensics_package::{
    Budgets, FolderFile, Format, IssueKind, Package, Password, Redaction, Report, Source,
    TableWriter, parse_indicators, write_ocsf, write_timesketch,
};

/// Every target: its name, and the member that its bytes are, or nothing where they are no member.
pub const TARGETS: &[(&str, &str)] = &[
    ("zip", ""),
    ("locked", ""),
    ("indicators", ""),
    ("clock", ""),
    ("summary", "Forensics Collection Summary.csv"),
    ("system_info", "System Information/SystemInformation.txt"),
    ("processes", "Processes/Processes.csv"),
    ("services", "Services/Services.csv"),
    ("scheduled_tasks", "Scheduled Tasks/ScheduledTasks.csv"),
    ("autoruns", "Autoruns/Autoruns.txt"),
    ("programs", "Installed Programs/InstalledPrograms.csv"),
    (
        "uninstall",
        "Installed Programs/hklm_Software_Microsoft_Windows_CurrentVersion_Uninstall.txt",
    ),
    ("net_sockets", "Network Connections/ActiveNetConnections.txt"),
    ("arp", "Network Connections/Arp.txt"),
    ("dns_cache", "Network Connections/DnsCache.txt"),
    ("net_adapters", "Network Connections/IpConfig.txt"),
    ("firewall", "Network Connections/pfirewall.log"),
    ("robocopy", "Prefetch Files/PrefetchFilesList.txt"),
    ("prefetch", "Prefetch Files/Prefetch/A.EXE-00000000.pf"),
    ("event_log", "Security Event Log/Security.evtx"),
    ("temp_files", "Temp Directories/Admin_TempDirFiles.txt"),
    ("groups", "Users and Groups/LocalGroups.txt"),
    ("sessions", "Users and Groups/QueryUser.txt"),
    ("smb", "SMB Session/Summary.txt"),
    ("defender_log", "WdSupportLogs/MPLog-20260105-100000.log"),
    ("collector_log", "WdSupportLogs/MpCmdRunLog.txt"),
    ("cabinet", "WdSupportLogs/MPSupportFiles.cab"),
];

/// Runs a target on any bytes.
///
/// # Panics
///
/// Where there is a defect, and where there is no target of this name.
pub fn run(target: &str, bytes: &[u8]) {
    match target {
        "zip" => {
            if let Ok(package) = Package::open(bytes, &budgets()) {
                exported(&package);
            }
        }
        "locked" => {
            let password = Password::from(PASSWORD);
            if let Ok(package) = Package::open_with(bytes, &budgets(), Some(&password)) {
                read(&package);
            }
        }
        "indicators" => {
            let _ = parse_indicators(&String::from_utf8_lossy(bytes));
        }
        "clock" => clock(bytes),
        _ => {
            let member = TARGETS.iter().find(|(name, _)| *name == target);
            let (_, member) = member.expect("a target of this name");
            // The zone and the order of day and month, so that local times are read too.
            let files = vec![
                FolderFile::new(*member, bytes),
                FolderFile::new("system information/systeminformation.txt", HOST),
            ];
            read(&Package::open_folder(files, &budgets()).expect("bytes in memory can be read"));
        }
    }
}

/// What the host's clock is told by: a byte for its locale, and the members that tell of it, which a control character
/// separates.
fn clock(bytes: &[u8]) {
    let (first, rest) = bytes.split_first().unwrap_or((&0, &[]));
    let locale = LOCALES[usize::from(*first) % LOCALES.len()];
    let mut parts = rest.split(|byte| *byte == 0x1e);
    let mut part = || parts.next().unwrap_or_default();
    let host = [
        format!("Host Name:      WS-042\r\nSystem Locale:      {locale};x\r\n").as_bytes(),
        part(),
    ]
    .concat();
    let files = vec![
        FolderFile::new("System Information/SystemInformation.txt", host.as_slice()),
        FolderFile::new("Forensics Collection Summary.csv", part()),
        FolderFile::new("Prefetch Files/PrefetchFilesList.txt", part()),
        FolderFile::new("Processes/Processes.csv", part()),
    ];
    read(&Package::open_folder(files, &budgets()).expect("bytes in memory can be read"));
}

/// One for each OEM code page, and those whose dates are written otherwise.
const LOCALES: &[&str] = &[
    "en-gb",
    "en-us",
    "ja-jp",
    "zh-cn",
    "zh-tw",
    "ko-kr",
    "th-th",
    "vi-vn",
    "ar-sa",
    "fa-ir",
    "he-il",
    "el-gr",
    "tr-tr",
    "lv-lv",
    "pl-pl",
    "sr-cyrl-rs",
    "ru-ru",
    "hu-hu",
];

fn read<S: Source>(package: &Package<S>) {
    survived(&package.report().expect("bytes in memory can be read"));
}

/// Reads a package, and writes it in every format, redacted.
fn exported<S: Source>(package: &Package<S>) {
    let mut redaction = Redaction::of(package).expect("bytes in memory can be read");
    let mut writers = BTreeMap::new();
    let report = package.read_all(&mut |table, batch| {
        let batch = redaction.apply(&batch)?;
        write_ocsf(table, &batch, None, &mut io::sink())?;
        if table.name == "timeline" {
            write_timesketch(&batch, &mut io::sink())?;
        }
        for format in [Format::Csv, Format::Ndjson] {
            let key = (table.name, format.extension());
            let writer = match writers.entry(key) {
                Entry::Occupied(writer) => writer.into_mut(),
                Entry::Vacant(place) => place.insert(TableWriter::new(format, table, io::sink())?),
            };
            writer.write(&batch)?;
        }
        Ok(())
    });
    survived(&report.expect("nothing fails to be written to nowhere"));
}

/// A package survives a reader that panics; here that is what is looked for.
fn survived(report: &Report) {
    let failed = report.issues.iter().find(|issue| issue.kind == IssueKind::ReaderFailed);
    assert!(failed.is_none(), "{failed:?}");
}

/// Small, so that an input that costs more is found.
fn budgets() -> Budgets {
    Budgets::default().with_total_bytes(16 << 20).with_held_bytes(4 << 20).with_table_rows(100_000)
}

/// What the zips of the corpus are encrypted with.
const PASSWORD: &str = "infected";

const HOST: &[u8] =
    b"\r\nHost Name:                 WS-042\r\nSystem Boot Time:          31/07/2025, 09:12:33\r\n\
    System Locale:             en-gb;English (United Kingdom)\r\n\
    Time Zone:                 (UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi\r\n";
