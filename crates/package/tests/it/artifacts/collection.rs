//! The row that says what the collection is.

use mde_forensics_package::{Budgets, Package};
use serde_json::json;

use super::{cells, package, table};
use crate::builder::{Zip, deflated};

#[test]
fn the_collection_says_what_was_asked_for_and_what_is_there() {
    let summary = "Current Time,Command Name,Command Line,Status,hError
[2025-08-07T13:02:01Z],SecurityEventLog,\"wevtutil.exe epl Security x /q:\"\"*[System[TimeCreated[@SystemTime >= '2025-07-31T00:00:00']]]\"\"\",Completed,0
[2025-08-07T13:01:50Z],SystemInformation,systeminfo.exe,Completed,0
[2025-08-07T13:02:51Z],Prefetch,robocopy.exe /MIR C:\\WINDOWS\\Prefetch x /MAXAGE:20250731,Completed,0
";
    let system = "\nHost Name:                     PC\nOS Name:                       Microsoft Windows 11 Pro\nOS Version:                    10.0.26100 N/A Build 26100\n";
    let robocopy = "\t    New File  \t\t    2379\tA.EXE-1.pf\n    Dirs :         1         1         0         0         0         0\n   Files :         9         1         6         0         0         0\n";
    let package = package([
        ("Forensics Collection Summary.csv", summary.as_bytes()),
        ("System Information/SystemInformation.txt", system.as_bytes()),
        ("Prefetch Files/PrefetchFilesList.txt", robocopy.as_bytes()),
    ]);
    let table = package.table("collection").unwrap();
    let found = cells(
        &table,
        [
            "os_name",
            "os_version",
            "os_build",
            "commands",
            "members",
            "started_raw",
            "started_utc",
            "ended_raw",
            "events_from_utc",
            "events_from_raw",
            "prefetch_from",
            "prefetch_copied",
            "prefetch_skipped",
            "prefetch_failed",
            "artifacts_expected",
            "artifacts_present",
            "artifacts_missing",
        ],
    );
    let expected = json!([
        "Microsoft Windows 11 Pro",
        "10.0.26100",
        26100,
        3,
        3,
        "[2025-08-07T13:01:50Z]",
        "2025-08-07T13:01:50Z",
        "[2025-08-07T13:02:51Z]",
        "2025-07-31T00:00:00Z",
        "2025-07-31T00:00:00",
        "2025-07-31",
        1,
        6,
        0,
        "system_info\nrobocopy_files\nprefetch\nsecurity_events",
        "commands\nsystem_info\nrobocopy_files",
        "prefetch\nsecurity_events"
    ]);
    assert_eq!(found[0], expected);
}

#[test]
fn the_window_of_events_is_utc_whether_it_says_so_or_not() {
    for from in ["2025-07-31T00:00:00", "2025-07-31T00:00:00Z", "2025-07-31T00:00:00.000Z"] {
        let summary = format!(
            "Current Time,Command Name,Command Line,Status,hError
[2025-08-07T13:02:01Z],SecurityEventLog,\"wevtutil.exe epl Security x /q:\"\"*[System[TimeCreated[@SystemTime >= '{from}']]]\"\"\",Completed,0
"
        );
        let table = table("Forensics Collection Summary.csv", summary, "collection");
        let found = cells(&table, ["events_from_utc", "events_from_raw"]);
        assert_eq!(found[0], json!(["2025-07-31T00:00:00Z", from]));
    }
}

#[test]
fn values_of_labels_in_any_script_are_whole() {
    for (width, host, fixes, first, cards, network) in [
        (
            34,
            "Имя узла:",
            "Исправление(я):",
            "[01]: KB5011048",
            "Сетевые адаптеры:",
            "[01]: Intel(R)",
        ),
        (
            43,
            "Nom de l'hôte:",
            "Correctif(s) déployé(s):",
            "[01]: KB5011048",
            "Carte(s) réseau:",
            "[01]: Intel(R)",
        ),
        (27, "Host Name:", "Hotfix(s):", "[01]: KB5011048", "Network Card(s):", "[01]: Intel(R)"),
        // Half as many characters as columns.
        (
            22,
            "ホスト名:",
            "ホットフィックス:",
            "[01]: KB5011048",
            "ネットワーク カード:",
            "[01]: Intel(R)",
        ),
    ] {
        let further = " ".repeat(if host.starts_with('ホ') { 2 * width } else { width });
        let text = format!(
            "\n{host:<width$}PC-1\n{fixes:<width$}2\n{further}{first}\n{further}[02]: KB5015684\n{cards:<width$}1\n{further}{network}\n{further}      DHCP: 10.0.0.254\n"
        );
        let found = table("System Information/SystemInformation.txt", text, "system_info");
        let (fixes, cards) = (fixes.trim_end_matches(':'), cards.trim_end_matches(':'));
        assert_eq!(
            cells(&found, ["name", "value", "depth"]),
            json!([
                [host.trim_end_matches(':'), "PC-1", 0],
                [fixes, "2", 0],
                [fixes, first, 1],
                [fixes, "[02]: KB5015684", 1],
                [cards, "1", 0],
                [cards, network, 1],
                [cards, "DHCP: 10.0.0.254", 2]
            ])
        );
    }
}

#[test]
fn what_a_person_typed_in_says_neither_language_nor_zone() {
    let read = |owner: &str, organization: &str| {
        let text = format!(
            "\nHost Name:                     PC\nOS Name:                       Windows\nOS Version:                    10.0.26100\nOS Manufacturer:               M\nOS Configuration:              Member\nOS Build Type:                 Free\nRegistered Owner:              {owner}\nRegistered Organization:       {organization}\nProduct ID:                    1\nOriginal Install Date:         25-10-2024, 17:23:47\nSystem Boot Time:              07-08-2025, 14:56:26\nBoot Device:                   x\nSystem Locale:                 en-gb;English (United Kingdom)\nInput Locale:                  de-de;German (Germany)\nTime Zone:                     (UTC+05:30) Chennai\n"
        );
        let package = package([("SystemInformation.txt", text.as_bytes())]);
        let told = package.report().unwrap().issues;
        let told = told.iter().filter(|issue| issue.kind.code() == "hazard").count();
        let found = cells(&package.table("collection").unwrap(), ["locale", "zone", "device"]);
        (found[0].clone(), told)
    };
    let own = json!(["en-gb", "(UTC+05:30) Chennai", "PC"]);
    assert_eq!(read("jane", "N/A"), (own.clone(), 0));
    assert_eq!(read("ja-jp;x", "(UTC-05:00) Bogota"), (own.clone(), 0));
    assert_eq!(read("(UTC-05:00) Bogota", "ja-jp;x"), (own.clone(), 0));
    // With a line end in it a value can be on whatever line it likes.
    for forged in [
        "x\nSystem Locale:      ja-jp;x\nInput Locale:      ja-jp;x",
        "x\ny:  1\nTime Zone:          (UTC-05:00) Bogota",
        "x\n\n\ny:  1\nz:  ja-jp;x\na:  fa-ir;x\nb:  (UTC+05:30) Chennai",
    ] {
        assert_eq!(read(forged, "N/A"), (own.clone(), 1), "{forged}");
    }
}

#[test]
fn forged_lines_move_neither_times_nor_the_zone() {
    let text = |owner: &str, domain: &str| {
        let lines = [
            ("Host Name", "PC"),
            ("OS Name", "Windows"),
            ("OS Version", "10.0.26100"),
            ("OS Manufacturer", "M"),
            ("OS Configuration", "Member"),
            ("OS Build Type", "Free"),
            ("Registered Owner", owner),
            ("Registered Organization", "N/A"),
            ("Product ID", "1"),
            ("Original Install Date", "25-10-2024, 17:23:47"),
            ("System Boot Time", "07-08-2025, 14:56:26"),
            ("System Manufacturer", "M"),
            ("System Model", "M"),
            ("System Type", "x64-based PC"),
            ("Processor(s)", "1 Processor(s) Installed."),
            ("BIOS Version", "V, 12-11-2020"),
            ("Windows Directory", "C:\\Windows"),
            ("System Directory", "C:\\Windows\\system32"),
            ("Boot Device", "x"),
            ("System Locale", "en-gb;English (United Kingdom)"),
            ("Input Locale", "de-de;German (Germany)"),
            ("Time Zone", "(UTC+05:30) Chennai"),
            ("Domain", domain),
        ];
        lines.map(|(name, value)| format!("{:<31}{value}\n", format!("{name}:"))).concat()
    };
    let read = |owner: &str, domain: &str| {
        let package = package([("SystemInformation.txt", text(owner, domain).as_bytes())]);
        let told = package.report().unwrap().issues;
        let told = told.iter().filter(|issue| issue.kind.code() == "hazard").count();
        let zone = cells(&package.table("collection").unwrap(), ["zone"])[0][0].clone();
        let lines = cells(&package.table("system_info").unwrap(), ["name", "time_utc"]);
        let times: Vec<_> =
            lines.as_array().unwrap().iter().filter(|row| !row[1].is_null()).cloned().collect();
        (zone, times, told)
    };
    let own = json!("(UTC+05:30) Chennai");
    let (zone, times, told) = read("jane", "WORKGROUP");
    assert_eq!((&zone, times.len(), told), (&own, 2, 0));
    let forged = "x\na:  b\nc:  d\nOriginal Install Date:  25-10-2020, 17:23:47\nSystem Boot Time:  01-12-2020, 10:00:00";
    assert_eq!(read(forged, "WORKGROUP"), (zone.clone(), times.clone(), 1));
    assert_eq!(read("jane", "(UTC09)"), (zone.clone(), times.clone(), 1));
    // A line more behind them moves nothing.
    let more =
        text("jane", "WORKGROUP").replace("Windows Directory:", "Extra:  x\nWindows Directory:");
    let package = package([("SystemInformation.txt", more.as_bytes())]);
    let lines = cells(&package.table("system_info").unwrap(), ["name", "time_utc"]);
    let lines = lines.as_array().unwrap().iter().filter(|row| !row[1].is_null());
    assert_eq!(lines.cloned().collect::<Vec<_>>(), times);
}

/// How many issues say this of a zip that two packages were put together in, each with this member.
fn told(member: &str, [one, other]: [&str; 2], message: &str) -> usize {
    let names = [member.to_owned(), format!("again/{member}")];
    let members =
        names.iter().zip([one, other]).map(|(name, text)| deflated(name, text.as_bytes()));
    let package = Package::open(Zip::of(members).build(), &Budgets::default()).unwrap();
    package.issues().iter().filter(|issue| issue.message.contains(message)).count()
}

#[test]
fn what_summaries_ask_for_past_a_budget_is_told() {
    let summary = |what: &str, count: usize| {
        let lines = (0..count).map(|at| match what {
            "files" => format!("x,TempDirFiles,cmd.exe /c dir C:\\Users\\{at}\\AppData\\Local\\Temp > C:\\x\\{at}_TempDirFiles.txt,Completed,0\n"),
            "long" => format!("x,hklm_a,reg.exe QUERY \"HKLM\\{}{at}\" /s,Completed,0\n", "k".repeat(2_000)),
            root => format!("x,hklm_a,reg.exe QUERY \"HKLM\\{root}{at}\" /s,Completed,0\n"),
        });
        "Current Time,Command Name,Command Line,Status,hError\n".to_owned()
            + &lines.collect::<String>()
    };
    let told = |one: String, other: String| {
        told("Forensics Collection Summary.csv", [&one, &other], "than are checked")
    };
    assert_eq!(told(summary("a", 6_000), summary("a", 6_000)), 0);
    assert_eq!(told(summary("a", 6_000), summary("b", 6_000)), 1);
    assert_eq!(told(summary("long", 1), summary("a", 1)), 1);
    assert_eq!(told(summary("files", 1_500), summary("files", 1_500)), 0);
    assert_eq!(told(summary("files", 2_001), summary("a", 1)), 1);
}

#[test]
fn processes_past_those_that_times_are_told_by_are_told() {
    let header = "ProcessId,ParentProcessId,Name,CommandLine,ExecutablePath,CreationDate,SessionId,Priority,ThreadCount,HandleCount,WorkingSetSize,PrivatePageCount,VirtualSize,PageFaults\n";
    let told = |count: usize| {
        let list = header.to_owned() + &"7,1,a,,,2025-08-07 14:56:17,,,,,,,,\n".repeat(count);
        told("Processes/Processes.csv", [&list; 2], "processes are listed")
    };
    assert_eq!((told(50_000), told(50_001)), (0, 1));
}
