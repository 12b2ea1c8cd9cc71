//! The row that says what the collection is.

use serde_json::json;

use super::{cells, package, table};

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
