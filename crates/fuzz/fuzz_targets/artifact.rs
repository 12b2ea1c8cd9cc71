//! The first byte says which member the others are; its tables are read, whatever they are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mde_forensics_package::{Budgets, FolderFile, Package};

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else { return };
    let name = NAMES[usize::from(*first) % NAMES.len()];
    let budgets = Budgets::default().with_held_bytes(4 << 20).with_table_rows(100_000);
    let package = Package::open_folder(vec![FolderFile::new(name, rest)], &budgets).unwrap();
    package.report().unwrap();
});

const NAMES: &[&str] = &[
    "Forensics Collection Summary.csv",
    "SystemInformation.txt",
    "Processes.csv",
    "Services.csv",
    "ScheduledTasks.csv",
    "Autoruns.txt",
    "InstalledPrograms.csv",
    "hklm_Software_Microsoft_Windows_CurrentVersion_Uninstall.txt",
    "ActiveNetConnections.txt",
    "Arp.txt",
    "DnsCache.txt",
    "IpConfig.txt",
    "pfirewall.log",
    "PrefetchFilesList.txt",
    "A.EXE-00000000.pf",
    "Security.evtx",
    "Admin_TempDirFiles.txt",
    "LocalGroups.txt",
    "QueryUser.txt",
    "SMB Session/Summary.txt",
    "MPLog-1.log",
    "MPSupportFiles.cab",
    "inner.zip",
];
