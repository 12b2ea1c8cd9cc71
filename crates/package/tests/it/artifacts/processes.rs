//! Processes behind a record that is damaged.

use serde_json::json;

use super::{cells, issues, table};

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
