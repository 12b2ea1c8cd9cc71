//! Scheduled tasks whose rows are not as they should be.

use mde_forensics_package::Table;
use serde_json::json;

use super::{cells, issues, package, table};

const TASKS: &str = "\"HostName\",\"TaskName\",\"Next Run Time\",\"Status\",\"Logon Mode\",\"Last Run Time\",\"Last Result\",\"Author\",\"Task To Run\",\"Start In\",\"Comment\",\"Scheduled Task State\",\"Idle Time\",\"Power Management\",\"Run As User\",\"Delete Task If Not Rescheduled\",\"Stop Task If Runs X Hours and X Mins\",\"Schedule\",\"Schedule Type\",\"Start Time\",\"Start Date\",\"End Date\",\"Days\",\"Months\",\"Repeat: Every\",\"Repeat: Until: Time\",\"Repeat: Until: Duration\",\"Repeat: Stop If Still Running\"\r\r\n";

/// A row of tasks in which these fields are not `N/A`.
fn task<const N: usize>(own: [(usize, &str); N]) -> String {
    let mut fields = ["N/A"; 28];
    fields[0] = "PC";
    fields[6] = "0";
    for (place, text) in own {
        fields[place] = text;
    }
    format!("\"{}\"\r\r\n", fields.join("\",\""))
}

fn tasks(text: &str) -> Table {
    table("Scheduled Tasks/ScheduledTasks.csv", text, "scheduled_tasks")
}

#[test]
fn a_task_whose_last_run_was_not_read_is_not_clean() {
    let rows =
        [(1, "13/02/1447 18:00"), (2, "30/11/2542 0:00:00"), (3, "N/A"), (4, "7/8/2025 1:02:03")]
            .map(|(task_name, run)| {
                let name = format!("\\{task_name}");
                task([(1, &name), (5, run), (6, "267011")])
            });
    let found = tasks(&format!("{TASKS}{}", rows.concat()));
    assert_eq!(
        cells(&found, ["task_name", "has_run", "parse_status"]),
        json!([
            ["\\1", null, "partial"],
            ["\\2", false, "clean"],
            ["\\3", false, "clean"],
            ["\\4", true, "clean"]
        ])
    );
    assert_eq!(issues(&found), [("partial_row", Some(2))]);
}

#[test]
fn a_command_that_looks_like_two_fields_moves_no_other_cell() {
    let row = task([
        (1, "\\Quoted"),
        (6, "0"),
        (8, "cmd.exe /c \"a\",\"b\""),
        (11, "Enabled"),
        (14, "SYSTEM"),
        (15, "Disabled"),
    ]);
    let found = tasks(&format!("{TASKS}{row}"));
    assert_eq!(
        cells(
            &found,
            [
                "task_name",
                "last_result",
                "task_to_run",
                "start_in",
                "state",
                "run_as_user",
                "delete_if_not_rescheduled",
                "repeat_stop_if_running",
                "parse_status"
            ]
        ),
        json!([["\\Quoted", 0, null, null, "Enabled", "SYSTEM", "Disabled", "N/A", "partial"]])
    );
    assert_eq!(issues(&found), [("partial_row", Some(2))]);
    // A row that is cut keeps what stands before the cut.
    let cut = row.split("cmd.exe").next().unwrap().to_owned() + "cmd.ex";
    let found = tasks(&format!("{TASKS}{cut}"));
    assert_eq!(
        cells(&found, ["task_name", "author", "task_to_run", "parse_status"]),
        json!([["\\Quoted", "N/A", null, "partial"]])
    );
}

#[test]
fn whether_a_task_has_run_is_said_only_where_it_is_known() {
    let rows = [
        task([(1, "\\Ran"), (5, "2025-08-06 10:00:00"), (6, "0")]),
        task([(1, "\\NoResult"), (5, "N/A"), (6, "")]),
        task([(1, "\\Old"), (5, "30-11-1999 00:00:00"), (6, "1")]),
        task([(1, "\\Us"), (5, "11/30/1999 12:00:00 AM"), (6, "267011")]),
        task([(1, "\\Never"), (5, "N/A"), (6, "267011")]),
        // What a program ends with is its own choice.
        task([(1, "\\Evil"), (5, "2025-08-07 18:00:00"), (6, "267011")]),
        // A time that cannot be read is one all the same.
        task([(1, "\\Odd"), (5, "13/02/1447 18:00"), (6, "267011")]),
        // The placeholder in another calendar, and in two digits.
        task([(1, "\\Thai"), (5, "30/11/2542 0:00:00"), (6, "267011")]),
        task([(1, "\\Short"), (5, "30/11/99 00:00:00"), (6, "267011")]),
    ];
    let found = tasks(&format!("{TASKS}{}", rows.concat()));
    assert_eq!(
        cells(&found, ["task_name", "has_run", "last_run_raw"]),
        json!([
            ["\\Ran", true, "2025-08-06 10:00:00"],
            ["\\NoResult", null, "N/A"],
            ["\\Old", false, null],
            ["\\Us", false, null],
            ["\\Never", false, null],
            ["\\Evil", true, "2025-08-07 18:00:00"],
            ["\\Odd", null, "13/02/1447 18:00"],
            ["\\Thai", false, null],
            ["\\Short", false, null]
        ])
    );
}

#[test]
fn a_task_may_have_as_many_lines_as_a_script() {
    let script = format!("powershell \n{}", "Write-Host\n".repeat(1_000));
    let rows = task([(1, "\\A"), (8, &script)]) + &task([(1, "\\B"), (8, "b.exe")]);
    let found = tasks(&format!("{TASKS}{rows}"));
    let names = cells(&found, ["task_name", "parse_status"]);
    assert_eq!(names, json!([["\\A", "clean"], ["\\B", "clean"]]));
}

#[test]
fn tasks_are_read_without_their_header_and_behind_a_message() {
    let rows = task([(1, "\\A"), (8, "a.exe")]) + &task([(1, "\\B"), (8, "b.exe")]);
    let error = "ERROR: The task image is corrupt or has been tampered with.\r\n";
    let names = |table: &Table| cells(table, ["task_name", "task_to_run", "parse_status"]);
    let (a, b) = (json!(["\\A", "a.exe", "clean"]), json!(["\\B", "b.exe", "clean"]));
    let text = format!("{error}{TASKS}{rows}");
    let package = package([("Scheduled Tasks/ScheduledTasks.csv", text.as_bytes())]);
    let told = package.report().unwrap().issues;
    assert!(told.iter().all(|issue| issue.kind.code() != "count_mismatch"), "{told:#?}");
    let found = tasks(&text);
    assert_eq!(names(&found), json!([[null, null, "partial"], a, b]));
    assert_eq!(issues(&found), [("partial_row", Some(1))]);
    let found = tasks(&format!(
        "{TASKS}{}{error}{}",
        task([(1, "\\A"), (8, "a.exe")]),
        task([(1, "\\B"), (8, "b.exe")])
    ));
    assert_eq!(names(&found), json!([a, [null, null, "partial"], b]));
    // Without a header the order of the columns is that of every build.
    let found = tasks(&rows);
    assert_eq!(names(&found), json!([a, b]));
    assert_eq!(issues(&found), [("bad_format", None)]);
    // A header in another language is no task.
    let french: Vec<_> =
        TASKS.trim_end().split("\",\"").map(|name| name.replace('e', "é")).collect();
    let french = french.join("\",\"").replace("Status", "Statut") + "\r\r\n";
    let found = tasks(&format!("{french}{rows}"));
    assert_eq!((names(&found), issues(&found)), (json!([a, b]), vec![]));
    let found = tasks("\"no\",\"tasks\"\r\n");
    assert_eq!(issues(&found), [("partial_row", Some(1)), ("bad_format", None)]);
}

#[test]
fn a_row_that_a_comment_may_have_made_is_in_part() {
    let rest = ["N/A"; 17].join("\",\"");
    let front =
        ["PC", "\\Forged", "N/A", "N/A", "N/A", "N/A", "0", "N/A", "N/A", "N/A", "x"].join("\",\"");
    let comment = format!("x\",\"{rest}\"\r\n\"{front}");
    let forged = task([(1, "\\Evil"), (10, &comment)]);
    let sound = task([(1, "\\Sound"), (10, "two\r\nlines")]);
    let found = tasks(&format!("{TASKS}{sound}{forged}{sound}"));
    assert_eq!(
        cells(&found, ["task_name", "parse_status"]),
        json!([
            ["\\Sound", "clean"],
            ["\\Evil", "partial"],
            ["\\Forged", "partial"],
            ["\\Sound", "clean"]
        ])
    );
    assert_eq!(issues(&found), [("partial_row", Some(4)), ("partial_row", Some(5))]);
    // The last line of the member may have no end.
    let found = tasks(format!("{TASKS}{sound}").trim_end());
    assert_eq!(cells(&found, ["parse_status"]), json!([["clean"]]));
}
