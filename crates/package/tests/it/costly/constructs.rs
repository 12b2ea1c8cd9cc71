//! One long line of each construct that a parser may stumble over, for every kind of evidence: it costs no more than the
//! same text in short lines does.

use std::collections::BTreeSet;

use mde_forensics_package::{Budgets, FolderFile, Package, Parent};

use super::{alone, work::ticks};

/// Of each kind of evidence a member: its artifact, its name, what stands before the line, and how that begins.
const MEMBERS: &[(&str, &str, &str, &str)] = &[
    ("commands", "Forensics Collection Summary.csv", COMMANDS, ""),
    ("system_info", "SystemInformation.txt", "Host Name:   PC\n", ""),
    ("processes", "Processes/Processes.csv", PROCESSES, ""),
    ("services", "Services/Services.csv", SERVICES, ""),
    ("scheduled_tasks", "Scheduled Tasks/ScheduledTasks.csv", TASKS, ""),
    ("autoruns", "Autoruns/Autoruns.txt", KEY, "    a"),
    ("programs", "Installed Programs/InstalledPrograms.csv", PROGRAMS, ""),
    ("programs", "Installed Programs/hklm_CurrentVersion_Uninstall.txt", KEY, "    a"),
    ("net_sockets", "Network Connections/ActiveNetConnections.txt", "", "  TCP"),
    ("arp", "Network Connections/Arp.txt", "Interface: 10.0.0.1 --- 0x4\n", "  10.0.0.2  "),
    ("dns_cache", "Network Connections/DnsCache.txt", "\n    a\n    ------\n", "    a . . :"),
    ("net_adapters", "Network Connections/IpConfig.txt", "Ethernet adapter a:\n\n", "   a . . :"),
    ("firewall_events", "Network Connections/pfirewall.log", FIREWALL, ""),
    ("robocopy_files", "Prefetch files/PrefetchFilesList.txt", "", "\t New File  \t"),
    ("prefetch", "Prefetch files/Prefetch/A.pf", "", ""),
    ("security_events", "Security Event Log/Security.evtx", "ElfFile\0", ""),
    ("other_events", "Other.evtx", "ElfFile\0", ""),
    (
        "temp_files",
        "Temp Directories/a_TempDirFiles.txt",
        " Directory of C:\\T\n\n",
        "07-08-2025  ",
    ),
    ("groups", "Users and Groups/LocalGroups.txt", "Alias name     a\n", ""),
    ("sessions", "Users and Groups/QueryUser.txt", " USERNAME\n", " a  "),
    ("smb", "SMB Session/Summary.txt", "", ""),
    ("defender_log", "MPLog-1.log", "", "2025-08-07T13:01:50.123 "),
    ("collector_log", "Network Connections/FirewallExecutionLog.txt", "", ""),
];

const COMMANDS: &str = "Current Time,Command Name,Command Line,Status,hError\n";
const PROCESSES: &str = "ProcessId,ParentProcessId,Name,CommandLine,ExecutablePath,CreationDate,SessionId,Priority,\
    ThreadCount,HandleCount,WorkingSetSize,PrivatePageCount,VirtualSize,PageFaults\n";
const SERVICES: &str = "Caption,Description,InstallDate,Name,Status,CreationClassName,Started,StartMode,\
    SystemCreationClassName,SystemName,AcceptPause,AcceptStop,DesktopInteract,DisplayName,ErrorControl,ExitCode,PathName,\
    ServiceSpecificExitCode,ServiceType,StartName,State,TagId,CheckPoint,DelayedAutoStart,ProcessId,WaitHint\n";
const TASKS: &str = "HostName,TaskName,Next Run Time,Status,Logon Mode,Last Run Time,Last Result,Author,Task To Run,\
    Start In,Comment,Scheduled Task State,Idle Time,Power Management,Run As User,Delete Task If Not Rescheduled,Stop Task \
    If Runs X Hours and X Mins,Schedule,Schedule Type,Start Time,Start Date,End Date,Days,Months,Repeat: Every,Repeat: \
    Until: Time,Repeat: Until: Duration,Repeat: Stop If Still Running\n";
const PROGRAMS: &str =
    "Name,Version,Vendor,IdentifyingNumber,InstallDate,InstallLocation,InstallSource,PackageCode\n";
const FIREWALL: &str = "#Fields: date time action protocol src-ip dst-ip src-port dst-port size\n";
const KEY: &str = "HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\n";

/// What a parser splits at, looks for, or takes for the begin of something.
const PIECES: &[&str] = &[
    "1 ",
    "    REG_BINARY",
    "    REG_SZ    ",
    "\",\"",
    "'\"',,''",
    ": ",
    ". . . :",
    "\\",
    "1/1/25 1:1 ",
    " - ",
    "(UTC",
    "<DIR>  ",
];

/// Bytes of a line, less than what is cut: a quadratic parser takes a hundred times what short lines take.
const LINE: usize = 128 << 10;

#[test]
fn no_construct_in_a_long_line_costs_more_than_in_short_ones() {
    alone("constructs::no_construct_in_a_long_line_costs_more_than_in_short_ones", 256, || {
        let (mut seen, mut costly) = (BTreeSet::new(), Vec::new());
        for (artifact, name, before, begin) in MEMBERS {
            let mut read = |text: String| {
                let Some(start) = ticks() else { return 0 };
                let text = format!("{before}{begin}{text}\n");
                let files = vec![FolderFile::new(*name, text.into_bytes())];
                let package = Package::open_folder(files, &Budgets::default()).unwrap();
                let report = package.report().unwrap();
                let own = report.coverage.iter().find(|own| own.subject == *artifact).unwrap();
                assert_eq!((own.kind, own.members), ("artifact", 1), "{artifact}");
                seen.extend(
                    report
                        .coverage
                        .into_iter()
                        .filter(|own| own.kind == "artifact")
                        .map(|own| own.subject),
                );
                ticks().unwrap() - start
            };
            // A quarter of them in short lines, with as many spaces as there are in long ones.
            let short = |piece: &str| {
                let line = format!("{}{}\n{begin}", piece.repeat(32 / piece.len()), " ".repeat(32));
                line.repeat(LINE / 4 / line.len())
            };
            let honest: u64 = PIECES.iter().map(|piece| read(short(piece))).sum::<u64>().max(10);
            for piece in PIECES {
                // Half of it spaces: what trims them again and again shows too.
                let long = piece.repeat(LINE / 2 / piece.len()) + &" ".repeat(LINE / 2);
                let hostile = read(long);
                if hostile > 8 * honest {
                    costly.push(format!("{name} {piece:?}: {hostile} for {honest}"));
                }
            }
        }
        assert!(costly.is_empty(), "{costly:#?}");
        let listed: BTreeSet<_> = MEMBERS.iter().map(|own| own.0.to_owned()).collect();
        assert_eq!(listed, seen, "every artifact has a member here");
    });
}

#[test]
fn ids_that_are_used_again_and_again_make_no_tree_costly() {
    alone("constructs::ids_that_are_used_again_and_again_make_no_tree_costly", 256, || {
        let cost = |count: usize| {
            let row = |id: usize, parent: usize, year: usize| {
                format!("{id},{parent},a,,,{year}-08-07 14:56:17,,,,,,,,\n").repeat(count)
            };
            let zone = b"Host Name:   PC\nTime Zone:   (UTC) Somewhere\n".to_vec();
            // Each child is older than every process that has its parent's id now.
            let text = PROCESSES.to_owned() + &row(7, 1, 2025) + &row(8, 7, 2024);
            let files = vec![
                FolderFile::new("Processes/Processes.csv", text.into_bytes()),
                FolderFile::new("SystemInformation.txt", zone),
            ];
            let package = Package::open_folder(files, &Budgets::default()).unwrap();
            let Some(start) = ticks() else { return 0 };
            let tree = package.process_tree().unwrap();
            let reused = tree.nodes.iter().filter(|node| node.parent == Parent::Reused).count();
            assert_eq!((tree.nodes.len(), reused), (2 * count, count));
            ticks().unwrap() - start
        };
        let (few, many) = (cost(2_000), cost(16_000));
        assert!(many <= 24 * few.max(4), "{many} for {few}");
    });
}
