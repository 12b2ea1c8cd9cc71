//! What an attacker who administers the host puts where the agent will copy it, or makes the agent's own files say.

use std::collections::BTreeSet;

use mde_forensics_package::{Budgets, FolderFile, IssueKind, Package};

use crate::rows::texts;

fn open(files: &[(&str, &str)]) -> Package<Vec<u8>> {
    let files = files.iter().map(|(name, text)| FolderFile::new(*name, text.as_bytes().to_vec()));
    Package::open_folder(files.collect(), &Budgets::default()).unwrap()
}

const PROCESSES: &str = "\
#TYPE x\r\n\"Name\",\"ProcessId\",\"ParentProcessId\",\"CommandLine\",\"ExecutablePath\",\"CreationDate\",\"SessionId\",\
\"Priority\",\"ThreadCount\",\"HandleCount\",\"WorkingSetSize\",\"PrivatePageCount\",\"VirtualSize\",\"PageFaults\",\
\"KernelModeTime\",\"UserModeTime\",\"CSName\"\r\n\"a.exe\",\"4\",\"0\",\"a\",\"C:\\a.exe\",\"07-08-2025 18:32:57\",\"0\",\
\"8\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"WS-042\"\r\n";
const SYSTEM: &str =
    "Host Name:                 WS-042\r\nTime Zone:                 (UTC+05:30) Chennai\r\n";
const ARP: &str = "\nInterface: 10.0.0.1 --- 0x4\n  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n";

#[test]
fn what_lies_among_copied_files_is_never_read_as_the_agents() {
    let planted = [
        ("Prefetch Files/Prefetch/Arp.txt", ARP),
        (
            "Prefetch Files/Prefetch/ReadyBoot/SystemInformation.txt",
            "Host Name:                 DC01\r\n",
        ),
        ("Prefetch Files/Prefetch/Security.evtx", "no log"),
        (
            "Prefetch Files/Prefetch/PrefetchFilesList.txt",
            "  Started : 07 August 2025 19:32:51\r\n",
        ),
    ];
    let own = [
        ("Processes/Processes.csv", PROCESSES),
        ("System Information/SystemInformation.txt", SYSTEM),
    ];
    for wrapped in ["", "ws-042/", "again.zip/case/"] {
        let named: Vec<_> = planted
            .iter()
            .chain(&own)
            .map(|(name, text)| (format!("{wrapped}{name}"), *text))
            .collect();
        let files: Vec<_> = named.iter().map(|(name, text)| (name.as_str(), *text)).collect();
        let package = open(&files);
        assert_eq!(package.device(), Some("WS-042"));
        assert_eq!(package.collection().utc_offset_source, Some("system_information"));
        for table in ["arp", "security_events", "other_events", "robocopy_files"] {
            assert_eq!(package.table(table).unwrap().rows(), 0, "{table}");
        }
        let report = package.report().unwrap();
        let told: BTreeSet<_> = report
            .issues
            .iter()
            .filter(|issue| issue.kind == IssueKind::Hazard)
            .filter_map(|issue| issue.member.as_deref())
            .collect();
        let expected = named[..planted.len()].iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(told, expected);
        assert!(report.needs_a_look());
    }
    // The same files are read where the agent writes them.
    let honest =
        open(&[("Network Connections/Arp.txt", ARP), ("Processes/Processes.csv", PROCESSES)]);
    assert_eq!(texts(&honest.table("arp").unwrap(), "address"), [Some("10.0.0.2".to_owned())]);
}

#[test]
fn two_hosts_in_one_package_are_told() {
    let of = |host: &str| {
        let system = format!("Host Name:                 {host}\r\n");
        let package = open(&[
            ("Processes/Processes.csv", PROCESSES),
            ("System Information/SystemInformation.txt", &system),
        ]);
        package.issues().iter().filter(|issue| issue.kind == IssueKind::Hazard).count()
    };
    assert_eq!(of("WS-042"), 0);
    assert_eq!(of("ws-042"), 0);
    assert_eq!(of("DC01"), 1);
}

#[test]
fn rows_come_to_no_more_than_a_multiple_of_what_they_are_read_from() {
    let value = "    a    REG_SZ    b\r\n";
    let run = format!("HKEY_USERS\\{}\r\n{}", "k".repeat(1 << 18), value.repeat(150));
    let package = open(&[("Autoruns/Autoruns.txt", &run), ("Network Connections/Arp.txt", ARP)]);
    let mut bytes = 0;
    package
        .read_all(&mut |_, batch| {
            bytes += batch.get_array_memory_size();
            Ok(())
        })
        .unwrap();
    assert!(bytes < 70 << 20, "{bytes}");
    let table = package.table("registry_values").unwrap();
    assert!(table.is_partial);
    let told = table.issues.iter().filter(|issue| issue.kind == IssueKind::OverBudget);
    assert_eq!(told.count(), 1);
    assert_eq!(package.table("arp").unwrap().rows(), 1);
}

#[test]
fn issues_of_many_members_are_told_once_each_and_counted() {
    let lines = "Name    REG_SZ    x\r\n".repeat(200);
    let names: Vec<_> = (0..500)
        .map(|number| format!("Installed Programs/S-1-5-21-{number}_Software_Microsoft_Windows_CurrentVersion_Uninstall.txt"))
        .collect();
    let files: Vec<_> = names.iter().map(|name| (name.as_str(), lines.as_str())).collect();
    let table = open(&files).table("programs").unwrap();
    assert!(table.issues.len() < 12_000, "{}", table.issues.len());
    for name in names {
        let of_it = table.issues.iter().filter(|issue| issue.member.as_deref() == Some(&name));
        let counted: u64 = of_it
            .map(|issue| match issue.message.split_once(" more of the kind") {
                Some((more, _)) => more.parse().unwrap(),
                None => 1,
            })
            .sum();
        assert_eq!(counted, 200, "{name}");
    }
}

#[test]
fn what_the_agent_writes_once_is_told_where_it_is_there_in_two_folders() {
    let own = "Network Connections/Arp.txt";
    for (other, is_told) in [
        ("Copy/Arp.txt", true),
        ("x.zip/Network Connections/arp.txt", true),
        ("Network Connections/DnsCache.txt", false),
    ] {
        let package = open(&[(own, ARP), (other, ARP), ("Processes/Processes.csv", PROCESSES)]);
        let told: Vec<_> = package
            .issues()
            .iter()
            .filter(|own| own.kind == IssueKind::Hazard && own.member.as_deref() == Some(other))
            .collect();
        assert_eq!(told.len(), usize::from(is_told), "{other}: {told:#?}");
    }
    // Of files that have the names of users there are many.
    let listing = "Temp Directories/Ann_TempDirFiles.txt";
    let package = open(&[(listing, ""), ("Temp Directories/Bob_TempDirFiles.txt", "")]);
    assert!(package.issues().iter().all(|own| own.kind != IssueKind::Hazard));
}

#[test]
fn no_number_of_odd_archives_keeps_another_kind_of_issue_from_being_told() {
    let named = |number: u32| format!("Prefetch Files/Prefetch/{number}.cab");
    let odd: Vec<_> = (0..9).map(|number| (named(number), "no cabinet")).collect();
    let mut files: Vec<_> = odd
        .iter()
        .map(|(name, text)| FolderFile::new(name.as_str(), text.as_bytes().to_vec()))
        .collect();
    files.push(FolderFile::new("WdSupportLogs/MPSupportFiles.cab", b"MSCF and no more".to_vec()));
    let budgets = Budgets::default().with_findings_per_kind(3);
    let package = Package::open_folder(files, &budgets).unwrap();
    let of = |kind: IssueKind| -> Vec<_> {
        let own = package.issues().iter().filter(|own| own.kind == kind);
        own.map(|own| own.message.as_str()).collect()
    };
    assert_eq!(of(IssueKind::DamagedMember), ["its header is cut"]);
    let odd = of(IssueKind::BadFormat);
    assert_eq!((odd.len(), odd[3]), (4, "6 more of the kind `bad_format`"));
}
