//! Services whose damage cannot be undone in full.

use serde_json::json;

use super::{cells, issues, table};

const SERVICES: &str = "Caption,Description,InstallDate,Name,Status,CreationClassName,Started,StartMode,SystemCreationClassName,SystemName,AcceptPause,AcceptStop,DesktopInteract,DisplayName,ErrorControl,ExitCode,PathName,ServiceSpecificExitCode,ServiceType,StartName,State,TagId,CheckPoint,DelayedAutoStart,ProcessId,WaitHint,PSComputerName";

#[test]
fn a_description_whose_quotes_are_lost_is_not_called_repaired() {
    let line = |head: &str, cell: &str| {
        format!(
            "{SERVICES}\n\"X\",\"{head}\"{cell},,'XSvc','OK','Win32_Service','False','Manual'\",\"Win32_ComputerSystem\",\"H\",\"False\",\"False\",\"False\",\"X\",\"Normal\",\"0\",\"C:\\x.exe\",\"0\",\"Own Process\",\"LocalSystem\",\"Stopped\",\"0\",\"0\",\"False\",\"0\",\"0\",\n"
        )
    };
    let read = |text: String| table("Services/Services.csv", text, "services");
    for (head, cell, description, status) in [
        // No apostrophe: there was neither quote nor apostrophe.
        ("a, b, c, d, e, f,", " and a tail.'", "a, b, c, d, e, f, and a tail.", "repaired"),
        (
            "a \"\"b\"\", b, c, d, e, f,",
            "no space, and a tail.'",
            "a \"b\", b, c, d, e, f,no space, and a tail.",
            "repaired",
        ),
        // One quote or two apostrophes?
        (
            "a, b, c, d, e, f,",
            " the ''secure'' flag.'",
            "a, b, c, d, e, f, the ''secure'' flag.",
            "partial",
        ),
        ("a, b, c, d, e, f,", " it's on.'", "a, b, c, d, e, f, it's on.", "partial"),
        ("a, b, c, d, e, f,", " 'x','y'.'", "a, b, c, d, e, f, 'x','y'.", "partial"),
    ] {
        let services = read(line(head, cell));
        let found =
            cells(&services, ["name", "description", "start_mode", "path_name", "parse_status"]);
        assert_eq!(found, json!([["XSvc", description, "Manual", "C:\\x.exe", status]]), "{cell}");
        assert_eq!(issues(&services).len(), usize::from(status == "partial"), "{cell}");
    }
}

#[test]
fn a_number_that_is_none_is_not_blamed_on_apostrophes() {
    let line = format!(
        "{SERVICES}\n\"X\",\"a, b, c, d, e, f,\" and a tail.',,'XSvc','OK','Win32_Service','False','Manual'\",\"Win32_ComputerSystem\",\"H\",\"False\",\"False\",\"False\",\"X\",\"Normal\",\"none\",\"C:\\x.exe\",\"0\",\"Own Process\",\"LocalSystem\",\"Stopped\",\"0\",\"0\",\"False\",\"0\",\"0\",\n"
    );
    let services = table("Services/Services.csv", line, "services");
    assert_eq!(
        cells(&services, ["name", "exit_code", "parse_status"]),
        json!([["XSvc", null, "partial"]])
    );
    assert_eq!(services.issues[0].message, "a service in part: a value does not fit its column");
}

#[test]
fn a_name_that_quotes_may_have_made_is_not_called_repaired() {
    for cell in [
        // The description ends in an apostrophe, and the service's name is `'Y','A','WinDefend`.
        " g'',,''Y','A','WinDefend",
        // The description ends in `',`, and the name is `,'WinDefend`.
        " g',',,','WinDefend",
    ] {
        let line = format!(
            "{SERVICES}\n\"a,b,c,d,e\",\"f, it,\"{cell}','OK','Win32_Service','False','Manual'\",\"Win32_ComputerSystem\",\"H\",\"False\",\"False\",\"False\",\"X\",\"Normal\",\"0\",\"C:\\x.exe\",\"0\",\"Own Process\",\"LocalSystem\",\"Stopped\",\"0\",\"0\",\"False\",\"0\",\"0\",\n"
        );
        let services = table("Services/Services.csv", line, "services");
        let found = cells(&services, ["name", "path_name", "parse_status"]);
        assert_eq!(found, json!([[null, null, "partial"]]), "{cell}");
        assert_eq!(issues(&services), [("partial_row", Some(2))], "{cell}");
    }
}
