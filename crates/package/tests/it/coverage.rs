//! What is told of what a package has and has not.

use std::collections::{BTreeMap, BTreeSet};

use mde_forensics_package::{Budgets, Coverage, FolderFile, Package, Report};

use crate::{
    builder::{Entry, Zip, deflated},
    generated::{members, spec},
    sample::sample_files,
};

type Members = BTreeMap<String, Vec<u8>>;

fn report(members: &Members) -> Report {
    let files = members.iter().map(|(name, bytes)| FolderFile::new(name, bytes.clone()));
    let package = Package::open_folder(files.collect(), &Budgets::default()).unwrap();
    package.report().unwrap()
}

/// What is told of a command whose line has this.
fn command<'a>(report: &'a Report, name: &str, part: &str) -> &'a Coverage {
    let is_own =
        |own: &&Coverage| own.kind == "command" && own.subject == name && own.detail.contains(part);
    let found: Vec<_> = report.coverage.iter().filter(is_own).collect();
    assert_eq!(found.len(), 1, "{name} {part}: {found:#?}");
    found[0]
}

fn count_mismatches(report: &Report) -> Vec<&str> {
    let issues = report.issues.iter().filter(|issue| issue.kind.code() == "count_mismatch");
    issues.map(|issue| issue.message.as_str()).collect()
}

#[test]
fn a_command_is_present_only_where_its_own_member_is() {
    let Some(members) = sample_files() else { return };
    let whole = report(&members);
    let sid = "S-1-5-21-382297125-3180263876-1941408969-1001";
    for (name, part, status) in [
        ("TempDirFiles", r"\Admin\", "present"),
        ("TempDirFiles", r"\WDAGUtilityAccount\", "empty"),
        ("UserInstalledPrograms", "-1001", "present"),
        ("UserInstalledPrograms", "-500", "empty"),
        ("InstalledPrograms", "hklm", "present"),
        ("Wow6432NodeInstalledPrograms", "Wow6432Node", "present"),
        ("WmicInstalledPrograms", "Win32_Product", "present"),
        ("SmbInboundSessions", "session", "empty"),
    ] {
        assert_eq!(command(&whole, name, part).status.as_str(), status, "{name} {part}");
    }
    for (lost, name, part) in [
        ("Temp Directories/Admin_TempDirFiles.txt".to_owned(), "TempDirFiles", r"\Admin\"),
        (format!("Installed Programs/{sid}_Software_Microsoft_Windows_CurrentVersion_Uninstall.txt"), "UserInstalledPrograms", "-1001"),
        ("Installed Programs/hklm_Software_Wow6432Node_Microsoft_Windows_CurrentVersion_Uninstall.txt".to_owned(), "Wow6432NodeInstalledPrograms", ""),
        ("Installed Programs/hklm_Software_Microsoft_Windows_CurrentVersion_Uninstall.txt".to_owned(), "InstalledPrograms", "hklm"),
        ("Installed Programs/InstalledPrograms.csv".to_owned(), "WmicInstalledPrograms", ""),
    ] {
        let mut less = members.clone();
        less.remove(&lost).unwrap();
        let report = report(&less);
        let own = command(&report, name, part);
        assert_eq!((own.status.as_str(), own.members, own.rows), ("missing", 0, 0), "{lost}");
        assert!(report.needs_a_look());
        let others = report.coverage.iter().filter(|own| own.status.as_str() == "missing");
        // What the sample has not: the event log and the cabinet.
        let missing = whole.coverage.iter().filter(|own| own.status.as_str() == "missing").count();
        assert_eq!(others.count(), missing + 1);
    }
}

#[test]
fn no_key_is_said_to_be_absent_where_its_listing_was_not_read() {
    let whole = members(&spec(3));
    let statuses = |report: &Report| -> BTreeSet<_> {
        let is_query = |own: &&Coverage| {
            own.kind == "command"
                && (own.subject.starts_with("hklm_") || own.subject.starts_with("hkcu_"))
        };
        report.coverage.iter().filter(is_query).map(|own| own.status.as_str()).collect()
    };
    let key = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Other\r\n    a    REG_SZ    b\r\n";
    let with = |listing: Option<&str>| {
        let mut members = whole.clone();
        members.remove("Autoruns/Autoruns.txt").unwrap();
        if let Some(listing) = listing {
            members.insert("Autoruns/Autoruns.txt".to_owned(), listing.into());
        }
        members
    };
    assert_eq!(statuses(&report(&with(Some(key)))), BTreeSet::from(["empty"]));
    assert_eq!(statuses(&report(&with(None))), BTreeSet::from(["missing"]));
    assert_eq!(statuses(&report(&with(Some("")))), BTreeSet::from(["failed"]));
    let zip = |members: &Members| {
        let entries = members.iter().map(|(name, bytes)| deflated(name, bytes));
        let damaged = |entry: Entry| {
            let is_listing = name(&entry).ends_with("Autoruns.txt");
            if is_listing { entry.with(|header| header.crc32 ^= 1) } else { entry }
        };
        Zip::of(entries.map(damaged)).build()
    };
    let package = Package::open(zip(&with(Some(key))), &Budgets::default()).unwrap();
    assert_eq!(statuses(&package.report().unwrap()), BTreeSet::from(["failed"]));
}

/// A wrong CRC does not say what is wrong, and forged lines have a right one.
#[test]
fn what_a_damaged_member_says_of_the_host_is_used_and_told() {
    let system = "Host Name:  PC\nSystem Locale:  en-gb;English\nInput Locale:  de-de;German\nTime Zone:  (UTC+05:30) Chennai\n";
    let read = |is_damaged: bool| {
        let member = deflated("SystemInformation.txt", system.as_bytes());
        let member = member.with(|header| header.crc32 ^= u32::from(is_damaged));
        let package = Package::open(Zip::of([member]).build(), &Budgets::default()).unwrap();
        let table = package.table("collection").unwrap();
        let columns = ["device", "locale", "zone", "utc_offset"];
        let found = columns.map(|column| crate::rows::texts(&table, column).remove(0).unwrap());
        let issues = package.report().unwrap().issues;
        let is_own = |own: &&mde_forensics_package::Issue| {
            own.kind.code() == "time" && own.member.as_deref() == Some("SystemInformation.txt")
        };
        let told: Vec<_> = issues.iter().filter(is_own).map(|own| own.message.clone()).collect();
        (found, told)
    };
    let expected = ["PC", "en-gb", "(UTC+05:30) Chennai", "+05:30"].map(str::to_owned);
    assert_eq!(read(false), (expected.clone(), vec![]));
    let (found, told) = read(true);
    assert_eq!((found, told.len()), (expected, 1));
    assert!(told[0].contains("CRC"), "{told:?}");
}

/// It is not damaged, and the list of what was collected is as much in doubt as the clock.
#[test]
fn what_a_summary_says_that_is_over_a_budget_is_told_as_in_doubt() {
    let line = "[2025-08-07T13:01:50Z],IpConfig,ipconfig.exe /all,Completed,0\r\n";
    let header = "Current Time,Command Name,Command Line,Status,hError\r\n";
    let summary = [header, &line.repeat(10_000)].concat();
    let zip = Zip::of([deflated("Forensics Collection Summary.csv", summary.as_bytes())]).build();
    let budgets = Budgets::default().with_ratio(2).with_ratio_from_bytes(100_000);
    let report = Package::open(zip, &budgets).unwrap().report().unwrap();
    let told = report.issues.iter().find(|issue| issue.kind.code() == "time").unwrap();
    assert!(told.message.contains("budget"), "{}", told.message);
    assert!(!told.message.contains("damaged"), "{}", told.message);
    assert!(told.message.contains("members"), "{}", told.message);
}

fn name(entry: &Entry) -> String {
    String::from_utf8(entry.central.name.clone()).unwrap()
}

#[test]
fn a_member_whose_rows_a_full_table_left_out_is_not_said_to_be_empty() {
    // The first listing takes up all rows that there may be.
    let members = listings(&["bob"], &["ann_TempDirFiles.txt", "bob_TempDirFiles.txt"]);
    let files = members.iter().map(|(name, bytes)| FolderFile::new(name, bytes.clone()));
    let budgets = Budgets::default().with_table_rows(1);
    let package = Package::open_folder(files.collect(), &budgets).unwrap();
    let own = command_status(&package.report().unwrap(), "TempDirFiles", "\\bob\\");
    assert_eq!(own, "failed");
}

#[test]
fn without_a_summary_what_is_not_there_is_missing() {
    let mut members = members(&spec(3));
    members.remove("Services/Services.csv").unwrap();
    let status = |report: &Report, name: &str| {
        let own = report.coverage.iter().find(|own| own.kind == "artifact" && own.subject == name);
        own.unwrap().status.as_str()
    };
    let told = |report: &Report| {
        report.issues.iter().any(|issue| issue.message.contains("summary is not there"))
    };
    let named = report(&members);
    assert_eq!((status(&named, "services"), told(&named)), ("missing", false));
    let summary = members.remove("Forensics Collection Summary.csv").unwrap();
    let without = report(&members);
    for (name, expected) in
        [("services", "missing"), ("commands", "missing"), ("processes", "present")]
    {
        assert_eq!(status(&without, name), expected, "{name}");
    }
    assert!(without.needs_a_look() && told(&without));
    // One that cannot be read says no more than none.
    let name = "Forensics Collection Summary.csv".to_owned();
    members.insert(name.clone(), b"nonsense".to_vec());
    assert_eq!(status(&report(&members), "services"), "missing");
    // One that does not ask for it says so.
    let text = String::from_utf8(summary).unwrap();
    let less: Vec<_> = text.lines().filter(|line| !line.contains(",Services,")).collect();
    let less = less.join("\n");
    members.insert(name, less.into_bytes());
    assert_eq!(status(&report(&members), "services"), "not_collected");
}

/// A package whose summary asks for the listings of `users`, and which has these.
fn listings(users: &[&str], files: &[&str]) -> Members {
    let command = |user: &&str| {
        format!(
            "[2025-08-07T13:01:50Z],TempDirFiles,\"cmd /C dir C:\\Users\\{user}\\AppData\\Local\\Temp\",Completed,0\n"
        )
    };
    let commands: String = users.iter().map(command).collect();
    let summary = format!("Current Time,Command Name,Command Line,Status,hError\n{commands}");
    let listing = " Directory of C:\\T\n\n07-08-2025  15:12    <DIR>          PC\\svcapp              .\n               0 File(s)              0 bytes\n     Total Files Listed:\n               0 File(s)              0 bytes\n               1 Dir(s)  12,561,956,864 bytes free\n";
    let members = files.iter().map(|file| (format!("Temp Directories/{file}"), listing.into()));
    let summary = ("Forensics Collection Summary.csv".to_owned(), summary.into_bytes());
    members.chain([summary]).collect()
}

#[test]
fn the_listing_of_one_user_is_not_that_of_another() {
    let of = |file: &str| {
        let report = report(&listings(&["svc_app", "svcapp"], &[file]));
        ["svc_app", "svcapp"]
            .map(|user| command_status(&report, "TempDirFiles", &format!("\\{user}\\")))
    };
    assert_eq!(of("svcapp_TempDirFiles.txt"), ["missing", "present"]);
    assert_eq!(of("SVC_APP_TempDirFiles.txt"), ["present", "missing"]);
    // Spaces, where no user has the name.
    assert_eq!(of("svc app_TempDirFiles.txt"), ["present", "present"]);
}

#[test]
fn a_table_that_lacks_one_of_its_members_is_partial() {
    let of = |files: &[&str]| {
        let mut members = listings(&["alice", "bob"], files);
        for (name, listing) in &mut members {
            // Bob has no such folder.
            if name.contains("bob") {
                *listing = b"The system cannot find the path specified.\n".to_vec();
            }
        }
        let report = report(&members);
        let files = members.iter().map(|(name, bytes)| FolderFile::new(name, bytes.clone()));
        let package = Package::open_folder(files.collect(), &Budgets::default()).unwrap();
        for name in ["temp_files", "temp_folders"] {
            let counted = report.tables.iter().find(|own| own.table == name).unwrap();
            assert_eq!(package.table(name).unwrap().is_partial, counted.is_partial, "{name}");
        }
        let own = report.coverage.iter().find(|own| own.subject == "temp_files").unwrap();
        let is_partial = package.table("temp_files").unwrap().is_partial;
        let users = ["alice", "bob"]
            .map(|user| command_status(&report, "TempDirFiles", &format!("\\{user}\\")));
        (is_partial, own.status.as_str(), users)
    };
    let (alice, bob) = ("alice_TempDirFiles.txt", "bob_TempDirFiles.txt");
    assert_eq!(of(&[alice, bob]), (false, "present", ["present", "empty"]));
    assert_eq!(of(&[alice]), (true, "failed", ["present", "missing"]));
    // That another is missing says nothing of one that is there and empty.
    assert_eq!(of(&[bob]), (true, "failed", ["missing", "empty"]));
}

/// Tools of macOS write a letter and its mark apart.
#[test]
fn a_name_is_the_same_however_its_letters_are_composed() {
    for (user, composed) in [
        ("Jose\u{301}", "José"),
        ("Mu\u{308}ller", "Müller"),
        ("Hie\u{323}\u{302}n", "Hiện"),
        ("\u{1112}\u{1161}\u{11ab}", "한"),
        ("か\u{3099}", "が"),
        ("\u{438}\u{306}", "й"),
    ] {
        let members = listings(&[composed], &[&format!("{user}_TempDirFiles.txt")]);
        let report = report(&members);
        let own = command_status(&report, "TempDirFiles", &format!("\\{composed}\\"));
        assert_eq!(own, "present", "{composed}");
        let missing = report.issues.iter().filter(|own| own.kind.code() == "missing_member");
        assert_eq!(missing.count(), 0, "{composed}");
        let files = members.iter().map(|(name, bytes)| FolderFile::new(name, bytes.clone()));
        let package = Package::open_folder(files.collect(), &Budgets::default()).unwrap();
        let users = crate::rows::texts(&package.table("temp_files").unwrap(), "user");
        assert_eq!(users, [Some(composed.to_owned())]);
    }
    // A letter and the same without its mark are two.
    let report = report(&listings(&["Jose", "José"], &["Jose_TempDirFiles.txt"]));
    assert_eq!(command_status(&report, "TempDirFiles", "\\José\\"), "missing");
}

fn command_status(report: &Report, name: &str, part: &str) -> &'static str {
    command(report, name, part).status.as_str()
}

#[test]
fn a_sentence_that_there_is_none_is_no_session() {
    let mut members = members(&spec(3));
    let name = members.keys().find(|name| name.contains("SMB")).unwrap().clone();
    let status = |members: &Members| {
        let report = report(members);
        let own = report
            .coverage
            .iter()
            .find(|own| own.kind == "artifact" && own.subject == "smb")
            .unwrap();
        own.status.as_str()
    };
    members.insert(name.clone(), "\u{feff}No SMB sessions were found!".into());
    assert_eq!(status(&members), "empty");
    members.insert(name, "\u{feff}No SMB sessions were found!\r\nX: \\\\fs\\share".into());
    assert_eq!(status(&members), "present");
}

#[test]
fn a_window_says_what_was_asked_for_and_what_is_there() {
    let members = members(&spec(3));
    let report = report(&members);
    let own = report
        .coverage
        .iter()
        .find(|own| own.kind == "artifact" && own.subject == "security_events");
    let own = own.unwrap();
    assert_eq!(own.status.as_str(), "windowed");
    let files = members.iter().map(|(name, bytes)| FolderFile::new(name, bytes.clone()));
    let package = Package::open_folder(files.collect(), &Budgets::default()).unwrap();
    let first = crate::rows::ints(&package.table("security_events").unwrap(), "time_created_utc");
    let first = first.into_iter().flatten().min().unwrap();
    let first = time::OffsetDateTime::from_unix_timestamp(first.div_euclid(1_000_000)).unwrap();
    assert!(own.detail.contains("asked for from "), "{}", own.detail);
    assert!(own.detail.contains(&format!("is of {}", first.date())), "{} {first}", own.detail);
}

#[test]
fn a_table_that_no_running_host_is_without_is_never_empty_unsaid() {
    let members = members(&spec(3));
    for (name, table, keeps) in [
        ("Processes/Processes.csv", "processes", 2),
        ("Services/Services.csv", "services", 1),
        ("Scheduled Tasks/ScheduledTasks.csv", "scheduled_tasks", 1),
        ("Autoruns/Autoruns.txt", "registry_values", 0),
        ("Users and Groups/LocalGroups.txt", "groups", 0),
        ("Network Connections/ActiveNetConnections.txt", "net_sockets", 0),
        ("System Information/SystemInformation.txt", "system_info", 0),
    ] {
        let mut hollow = members.clone();
        let text = String::from_utf8_lossy(&members[name]).into_owned();
        let head: String = text.lines().take(keeps).flat_map(|line| [line, "\r\n"]).collect();
        hollow.insert(name.to_owned(), head.into_bytes());
        let report = report(&hollow);
        let count = report.tables.iter().find(|own| own.table == table).unwrap();
        assert!(report.needs_a_look() && count.is_partial, "{name}");
        let said = report
            .issues
            .iter()
            .find(|issue| issue.message.starts_with(&format!("`{table}` has no rows")));
        let said = said.unwrap_or_else(|| panic!("{name}: {:#?}", report.issues));
        assert!(said.hides_rows() && said.member.as_deref() == Some(name));
        // Nor where nothing at all is left, whatever else is told then.
        hollow.insert(name.to_owned(), Vec::new());
        let report = self::report(&hollow);
        let count = report.tables.iter().find(|own| own.table == table).unwrap();
        assert!(report.needs_a_look() && count.is_partial, "{name}");
    }
}

/// Each count must be able to differ, and must not where all is well.
#[test]
fn rows_are_counted_a_second_way() {
    for seed in 0..6 {
        let report = report(&members(&spec(seed)));
        assert_eq!(count_mismatches(&report), Vec::<&str>::new(), "seed {seed}");
    }
    if let Some(members) = sample_files() {
        let mismatches = report(&members);
        let mismatches = count_mismatches(&mismatches);
        assert!(mismatches.iter().all(|own| own.starts_with("robocopy")), "{mismatches:#?}");
    }
    // What a reader makes no row of is counted all the same.
    for (name, odd, table) in [
        ("Network Connections/ActiveNetConnections.txt", "  TCP    nonsense\r\n", "net_sockets"),
        ("Users and Groups/QueryUser.txt", "nonsense\r\n", "sessions"),
        (
            "Processes/Processes.csv",
            "x,\"Win32_Process\",\"x\",\"Win32_Process\",\r\n",
            "processes",
        ),
    ] {
        let mut odd_one = members(&spec(3));
        odd_one.get_mut(name).unwrap().extend(odd.as_bytes());
        let report = report(&odd_one);
        let mismatches = count_mismatches(&report);
        assert!(
            mismatches.iter().any(|own| own.starts_with(&format!("`{table}`"))),
            "{name}: {mismatches:#?}"
        );
    }
}

#[test]
fn what_was_collected_and_is_not_there_is_an_issue_of_every_table_that_lacks_it() {
    let members = members(&spec(3));
    let open = |members: &Members| {
        let files = members.iter().map(|(name, bytes)| FolderFile::new(name, bytes.clone()));
        Package::open_folder(files.collect(), &Budgets::default()).unwrap()
    };
    let is_missing = |issue: &&mde_forensics_package::Issue| {
        issue.kind.code() == "missing_member" && issue.hides_rows() && issue.kind.needs_a_look()
    };
    let whole = open(&members);
    assert!(whole.report().unwrap().issues.iter().find(is_missing).is_none());
    for (member, tables, has_events) in [
        ("Processes/Processes.csv", &["processes"][..], true),
        ("Security Event Log/Security.evtx", &["security_events", "logon_summary"], true),
        ("Scheduled Tasks/ScheduledTasks.csv", &["scheduled_tasks"], true),
        ("Network Connections/Arp.txt", &["arp"], false),
        ("Services/Services.csv", &["services"], false),
    ] {
        let mut less = members.clone();
        less.remove(member).unwrap_or_else(|| panic!("{member}: {:?}", members.keys()));
        let package = open(&less);
        for name in tables {
            let table = package.table(name).unwrap();
            let streamed = package.stream(name, &mut |_| Ok(())).unwrap();
            for table in [table, streamed] {
                assert!(table.is_partial && table.rows() == 0, "{name}");
                assert_eq!(table.issues.iter().filter(is_missing).count(), 1, "{name}");
            }
            let some = package.read_some(&[name], &mut |_, _| Ok(())).unwrap();
            assert!(some.needs_a_look() && some.issues.iter().filter(is_missing).count() == 1);
        }
        let report = package.report().unwrap();
        assert_eq!(report.issues.iter().filter(is_missing).count(), 1, "{member}");
        let timeline = package.table("timeline").unwrap();
        let told = timeline.issues.iter().filter(is_missing).count();
        assert_eq!((told, timeline.is_partial), (usize::from(has_events), has_events), "{member}");
        let tree = package.process_tree().unwrap();
        let is_tree = member.starts_with("Processes");
        assert_eq!((tree.is_partial, tree.nodes.is_empty()), (is_tree, is_tree));
        assert_eq!(tree.issues.iter().filter(is_missing).count(), usize::from(is_tree));
        let search =
            package.search(&mde_forensics_package::parse_indicators("a.example").unwrap(), 1);
        assert_eq!(search.unwrap().not_searched.len(), 1, "{member}");
    }
    // One of several members of a kind.
    let name = members.keys().find(|name| name.ends_with("_TempDirFiles.txt")).unwrap().clone();
    let mut less = members.clone();
    less.remove(&name).unwrap();
    let table = open(&less).table("temp_files").unwrap();
    let own: Vec<_> = table.issues.iter().filter(is_missing).collect();
    assert_eq!(own.len(), 1);
    assert!(own[0].message.contains(name.rsplit('/').next().unwrap()), "{own:?}");
}

#[test]
fn why_the_firewalls_log_is_not_there_is_said_in_the_agents_words() {
    const LOG: &str = "Network Connections/FirewallExecutionLog.txt";
    let mut members = members(&spec(3));
    members.retain(|name, _| !name.ends_with("pfirewall.log"));
    let echo = r#"C:\Windows\System32>cmd /C xcopy /F /Y /Q "%systemroot%\system32\LogFiles\Firewall\pfirewall.log" "C:\x\..\"   & cmd /C move"#;
    let told = |words: &str| {
        let mut members = members.clone();
        members.insert(LOG.to_owned(), format!("\r\n{echo}\r\n{words}\r\n").into_bytes());
        let report = report(&members);
        let own = report.coverage.iter().find(|own| own.subject == "firewall_events").unwrap();
        let issue = report.issues.iter().find(|own| own.message.contains("`firewall_events`"));
        (own.status.as_str(), own.detail.clone(), issue.map(|own| own.message.clone()))
    };
    let (status, detail, issue) = told(
        "File not found - pfirewall.log\r\n0 File(s) copied\r\nThe system cannot find the file specified.",
    );
    assert_eq!((status, issue), ("not_collected", None));
    assert!(detail.contains("`File not found - pfirewall.log; 0 File(s) copied`"), "{detail}");
    assert!(detail.contains("may be off") && !detail.contains("is off"), "{detail}");
    for words in [
        "Sharing violation\r\n0 File(s) copied",
        "Access denied\r\n0 File(s) copied",
        "1 File(s) copied",
    ] {
        let (status, detail, issue) = told(words);
        let said = format!("`{}`", words.replace("\r\n", "; "));
        assert_eq!(status, "missing", "{words}");
        assert!(detail.contains(&said) && !detail.contains("off"), "{detail}");
        assert!(issue.is_some_and(|own| own.contains(&said)), "{words}");
    }
}

#[test]
fn folders_that_robocopy_copies_count_as_what_it_copied() {
    const ROW: &str =
        "     Files :         2         2         0         0         0         0\r\n";
    let log = format!(
        "\r\n-------------------------------------------------------------------------------\r\n   ROBOCOPY     ::     Robust File Copy for Windows\r\n-------------------------------------------------------------------------------\r\n\r\n  Started : 07 August 2025 18:32:51\r\n   Source : C:\\WINDOWS\\Prefetch\\\r\n\r\n------------------------------------------------------------------------------\r\n\r\n\t  New Dir          1\tC:\\WINDOWS\\Prefetch\\\r\n\t    New File  \t\t       1\tA.EXE-12345678.pf\r\n\t  New Dir          1\tC:\\WINDOWS\\Prefetch\\ReadyBoot\\\r\n\t    New File  \t\t       1\tTrace1.fx\r\n\r\n------------------------------------------------------------------------------\r\n\r\n               Total    Copied   Skipped  Mismatch    FAILED    Extras\r\n    Dirs :         2         2         0         0         0         0\r\n{ROW}   Bytes :         2         2         0         0         0         0\r\n   Ended : 07 August 2025 18:32:52\r\n\r\n"
    );
    for (files, is_told) in [
        (&["A.EXE-12345678.pf", "ReadyBoot/Trace1.fx"][..], false),
        (&["A.EXE-12345678.pf"], true),
        (&["A.EXE-12345678.pf", "ReadyBoot/Trace1.fx", "ReadyBoot/Trace2.fx"], true),
    ] {
        let mut members = Members::new();
        members.insert("Prefetch Files/PrefetchFilesList.txt".to_owned(), log.clone().into_bytes());
        for file in files {
            members.insert(format!("Prefetch Files/Prefetch/{file}"), b"x".to_vec());
        }
        let report = report(&members);
        let told = report.issues.iter().filter(|own| own.message.starts_with("robocopy copied"));
        assert_eq!(told.count(), usize::from(is_told), "{files:?}");
    }
}
