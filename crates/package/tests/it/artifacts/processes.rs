//! Processes behind a record that is damaged.

use serde_json::json;

use super::{cells, issues, package, table};

#[test]
fn a_missing_quote_costs_one_record() {
    let names = "Name,ProcessId,ParentProcessId,CommandLine,ExecutablePath,CreationDate,SessionId,Priority,ThreadCount,HandleCount,WorkingSetSize,PrivatePageCount,VirtualSize,PageFaults,KernelModeTime,UserModeTime,ReadTransferCount,WriteTransferCount,OtherTransferCount,CSName,OSName,WindowsVersion";
    let row = |name: &str, id: u32, command: &str| {
        format!(
            "\"{name}\",\"{id}\",\"1\",{command},,\"2025-08-07 14:56:17\"{},\"PC\",\"Windows\",\"10\"\n",
            ",\"1\"".repeat(13)
        )
    };
    let good: String = (10..80).map(|id| row("a.exe", id, "\"a \"\"b\"\"\nc\"")).collect();
    let text =
        format!("{names}\n{}{}{good}", row("first.exe", 8, "\"x\""), row("bad.exe", 9, "\"x"));
    let found = table("Processes/Processes.csv", text, "processes");
    let rows = cells(&found, ["name", "process_id", "command_line", "parse_status"]);
    assert_eq!(rows[0], json!(["first.exe", 8, "x", "clean"]));
    assert_eq!(rows[1], json!([null, null, null, "partial"]));
    assert_eq!(rows[2], json!(["a.exe", 10, "a \"b\"\nc", "clean"]));
    assert_eq!(rows.as_array().unwrap().len(), 72);
    assert_eq!(issues(&found), [("partial_row", Some(3))]);
}

#[test]
fn a_year_of_another_calendar_is_no_time_to_come() {
    let read = |created: &str, collected: &str| {
        let names = "Name,ProcessId,ParentProcessId,CommandLine,ExecutablePath,CreationDate,SessionId,Priority,ThreadCount,HandleCount,WorkingSetSize,PrivatePageCount,VirtualSize,PageFaults,KernelModeTime,UserModeTime,ReadTransferCount,WriteTransferCount,OtherTransferCount,CSName,OSName,WindowsVersion";
        let row = format!(
            "{names}\n\"a.exe\",\"4\",\"1\",\"x\",,\"{created}\"{},\"PC\",\"Windows\",\"10\"\n",
            ",\"1\"".repeat(13)
        );
        let host = "Host Name:      PC\nSystem Locale:      ar-sa;Arabic\nTime Zone:      (UTC+03:00) Kuwait, Riyadh\n";
        let summary = format!(
            "Current Time,Command Name,Command Line,Status,hError\n[{collected}],ProcessList,x,Completed,0\n"
        );
        let package = package([
            ("Processes/Processes.csv", row.as_bytes()),
            ("System Information/SystemInformation.txt", host.as_bytes()),
            ("Forensics Collection Summary.csv", summary.as_bytes()),
        ]);
        let told = package.issues().iter().any(|issue| issue.message.contains("another calendar"));
        let found = package.table("processes").unwrap();
        (cells(&found, ["created_utc", "created_raw", "parse_status"])[0].clone(), told)
    };
    let at = "2025-08-07T12:01:50Z";
    let raw = "13/02/47 02:56:17 م";
    assert_eq!(read(raw, at), (json!([null, raw, "partial"]), true));
    assert_eq!(read(raw, "nonsense"), (json!([null, raw, "partial"]), true));
    let raw = "07/08/25 14:56:17";
    assert_eq!(read(raw, at), (json!(["2025-08-07T11:56:17Z", raw, "clean"]), false));
}
