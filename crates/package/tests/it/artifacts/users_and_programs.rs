//! Groups, the registry, and programs.

use serde_json::json;

use super::{cells, issues, package, table};

const RULE: &str =
    "-------------------------------------------------------------------------------";

const DONE: &str = "The command completed successfully.";

#[test]
fn a_key_that_nobody_asked_for_hides_no_value() {
    const RUN: &str = "HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Run";
    let summary = "Current Time,Command Name,Command Line,Status,hError
[2025-08-07T13:02:01Z],hklm_Software_Microsoft_Windows_CurrentVersion_Run,\"reg.exe QUERY \"\"HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\"\" /s\",Completed,0
";
    let text = format!(
        "{RUN}\n    Evil    REG_SZ    x\n\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Forged\n    SecurityHealth    REG_SZ    a.exe\n\n{}\\Below\n",
        RUN.to_uppercase()
    );
    let package = package([
        ("Forensics Collection Summary.csv", summary.as_bytes()),
        ("Autoruns/Autoruns.txt", text.as_bytes()),
    ]);
    let keys = package.table("registry_keys").unwrap();
    assert_eq!(cells(&keys, ["parse_status"]), json!([["clean"], ["partial"], ["clean"]]));
    assert_eq!(issues(&keys), [("partial_row", Some(4))]);
    let values = package.table("registry_values").unwrap();
    assert_eq!(
        cells(&values, ["name", "parse_status"]),
        json!([["Evil", "clean"], ["SecurityHealth", "partial"]])
    );
    let autoruns = package.table("autoruns").unwrap();
    assert_eq!(
        cells(&autoruns, ["category", "entry", "command", "parse_status"]),
        json!([["run", "Evil", "x", "clean"], ["run", "SecurityHealth", "a.exe", "partial"]])
    );
}

#[test]
fn a_session_of_a_locale_with_a_point_in_its_times_is_read() {
    let text = " USERNAME              SESSIONNAME        ID  STATE   IDLE TIME  LOGON TIME\n>jane                  console             1  Active          .  7.8.2025 15.11\n";
    let found = table("Users and Groups/QueryUser.txt", text, "sessions");
    assert_eq!(
        cells(&found, ["logon_raw", "logon_precision", "parse_status"]),
        json!([["7.8.2025 15.11", "minute", "clean"]])
    );
}

#[test]
fn the_last_member_of_a_group_that_is_cut_is_kept() {
    let group = |rest: &str| {
        format!(
            "\nC:\\Windows\\System32>net localgroup \"Administrators\" \nAlias name     Administrators\nComment        All\n\nMembers\n\n{RULE}\nAdmin\n{rest}"
        )
    };
    let read = |text: &str, name| table("Users and Groups/LocalGroups.txt", text, name);
    for (rest, expected, is_cut) in [
        (format!("evil\n{DONE}\n\n"), json!([["Admin", "clean"], ["evil", "clean"]]), false),
        (format!("evil\n{DONE}"), json!([["Admin", "clean"], ["evil", "clean"]]), false),
        // Whatever the language: the sentence ends with a full stop, or an empty line follows it.
        (
            "evil\nコマンドは正常に終了しました。\n".to_owned(),
            json!([["Admin", "clean"], ["evil", "clean"]]),
            false,
        ),
        ("evil\nสำเร็จ\n\n".to_owned(), json!([["Admin", "clean"], ["evil", "clean"]]), false),
        ("evil\n".to_owned(), json!([["Admin", "clean"], ["evil", "partial"]]), true),
        ("PC\\ev".to_owned(), json!([["Admin", "clean"], ["PC\\ev", "partial"]]), true),
    ] {
        let text = group(&rest);
        let members = read(&text, "group_members");
        assert_eq!(cells(&members, ["account", "parse_status"]), expected, "{rest:?}");
        let groups = read(&text, "groups");
        let status = if is_cut { "partial" } else { "clean" };
        assert_eq!(
            cells(&groups, ["group", "comment", "member_count", "parse_status"]),
            json!([["Administrators", "All", 2, status]])
        );
        assert_eq!(issues(&groups).len(), usize::from(is_cut), "{rest:?}");
    }
}

#[test]
fn a_group_that_is_too_large_to_be_held_loses_no_member() {
    let names: Vec<_> = (0..30_000).map(|n| format!("{n:050}\n")).collect();
    let names = names.concat();
    let text = format!(
        "\nC:\\Windows\\System32>net localgroup \"Large\" \nAlias name     Large\nComment        All\n\nMembers\n\n{RULE}\n{names}{DONE}\n\n"
    );
    let read = |name| table("Users and Groups/LocalGroups.txt", &text, name);
    let members = read("group_members");
    // The last line is one that may be a member.
    assert_eq!(members.rows(), 30_001);
    assert_eq!(
        cells(&members, ["account", "parse_status"])[0],
        json!([format!("{:050}", 0), "clean"])
    );
    assert_eq!(cells(&members, ["parse_status"])[29_999], json!(["partial"]));
    let groups = read("groups");
    assert_eq!(
        cells(&groups, ["group", "member_count", "parse_status"]),
        json!([["Large", 30_001, "partial"]])
    );
    assert_eq!(issues(&groups).len(), 1);
}

#[test]
fn a_file_for_each_group_is_read_by_its_alias_line() {
    let text = format!(
        "Alias name     Administrators\nComment        All\n\nMembers\n\n{RULE}\nAdmin\nevil\n{DONE}\n\n"
    );
    let read = |text: &str, name| table("Users and Groups/Administrators.txt", text, name);
    assert_eq!(
        cells(&read(&text, "group_members"), ["group", "account"]),
        json!([["Administrators", "Admin"], ["Administrators", "evil"]])
    );
    let groups = read(&text, "groups");
    assert_eq!(
        cells(&groups, ["group", "comment", "member_count", "line"]),
        json!([["Administrators", "All", 2, 1]])
    );
    assert_eq!(groups.issues, []);
    // What has no group in it says so.
    let none = read("System error 5 has occurred.\n\nAccess is denied.\n", "groups");
    assert_eq!((none.rows(), issues(&none)), (0, vec![("bad_format", Some(1))]));
}

#[test]
fn a_value_of_an_unknown_type_is_no_data_of_the_one_before() {
    let text = "HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\n    A    REG_SZ    one\ntwo\n    Evil    REG_UNKNOWN    C:\\evil.exe\n    b    REG_0x7    01\n";
    let values = table("Autoruns/Autoruns.txt", text, "registry_values");
    assert_eq!(
        cells(&values, ["name", "type", "data", "line"]),
        json!([
            ["A", "REG_SZ", "one\ntwo", 2],
            ["Evil", "REG_UNKNOWN", "C:\\evil.exe", 4],
            ["b", "REG_0x7", "01", 5]
        ])
    );
    assert_eq!(table("Autoruns/Autoruns.txt", text, "autoruns").rows(), 3);
}

#[test]
fn a_value_whose_name_has_a_line_end_is_no_data_of_the_one_before() {
    const RUN: &str = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run";
    let read = |text: &str| {
        let text = format!("{RUN}\n    Health    REG_EXPAND_SZ    %windir%\\health.exe\n{text}");
        let values = table("Autoruns/Autoruns.txt", &text, "registry_values");
        let autoruns = table("Autoruns/Autoruns.txt", &text, "autoruns");
        let package = package([("Autoruns/Autoruns.txt", text.as_bytes())]);
        assert!(package.report().unwrap().needs_a_look(), "{text}");
        (cells(&values, ["name", "data", "parse_status"]), cells(&autoruns, ["entry", "command"]))
    };
    let health = || json!(["Health", "%windir%\\health.exe", "clean"]);
    let started = || json!(["Health", "%windir%\\health.exe"]);
    let evil = "date    REG_SZ    C:\\evil.exe";
    let (values, autoruns) = read(&format!("    Up\n{evil}\n\n"));
    assert_eq!(values, json!([health(), [null, "    Up", "partial"], [null, evil, "partial"]]));
    assert_eq!(autoruns, json!([started(), [null, "    Up"], [null, evil]]));
    // The name ends, or begins, with a line end, or has an empty line in it.
    let typed = "    REG_SZ    C:\\evil.exe";
    let (values, _) = read(&format!("    Up\n{typed}\n"));
    assert_eq!(values, json!([health(), [null, "    Up", "partial"], [null, typed, "partial"]]));
    let (values, _) = read(&format!("    Up\n\n{evil}\n"));
    assert_eq!(values, json!([health(), [null, "    Up", "partial"], [null, evil, "partial"]]));
    // The first line looks like a value that is whole.
    let (values, _) = read(&format!("    a    REG_SZ    b\n{evil}\n"));
    assert_eq!(values, json!([health(), ["a", "b", "clean"], [null, evil, "partial"]]));
    // No number has a second line.
    let (values, _) = read("    a    REG_DWORD    0x1\nevil\n");
    assert_eq!(values, json!([health(), ["a", "0x1", "clean"], [null, "evil", "partial"]]));
    // What looks like a key and holds a value is no clean key.
    let text = format!("{RUN}\n    a    REG_SZ    b\n    x\n{RUN}\\y    REG_SZ    C:\\evil.exe\n");
    let keys = table("Autoruns/Autoruns.txt", text, "registry_keys");
    assert_eq!(cells(&keys, ["parse_status"]), json!([["clean"], ["partial"]]));
}

#[test]
fn what_stands_before_any_key_is_a_row_in_part() {
    let name = "Installed Programs/hklm_Software_Microsoft_Windows_CurrentVersion_Uninstall.txt";
    let text = "nonsense\n    DisplayName    REG_SZ    EvilTool\n    UninstallString    REG_SZ    C:\\evil.exe\n";
    let programs = table(name, text, "programs");
    assert_eq!(
        cells(&programs, ["name", "uninstall_command", "identifier", "key", "parse_status"]),
        json!([
            [null, null, null, null, "partial"],
            ["EvilTool", "C:\\evil.exe", null, null, "partial"]
        ])
    );
    assert_eq!(issues(&programs), [("partial_row", Some(1)), ("partial_row", Some(2))]);
    let values =
        table("Autoruns/Autoruns.txt", text.trim_start_matches("nonsense\n"), "registry_values");
    assert_eq!(
        cells(&values, ["key", "name", "data", "parse_status"])[0],
        json!([null, "DisplayName", "EvilTool", "partial"])
    );
    // A line below a key belongs to it.
    let text =
        "HKEY_LOCAL_MACHINE\\SOFTWARE\\Uninstall\\A\n    DisplayName    REG_SZ    A\n    odd\n";
    let programs = table(name, text, "programs");
    assert_eq!(
        cells(&programs, ["name", "raw", "parse_status"]),
        json!([["A", text.trim_end(), "partial"]])
    );
}

#[test]
fn messages_of_reg_exe_are_told_in_every_language() {
    let user = "Installed Programs/S-1-5-21-1-2-3-1001_Software_Microsoft_Windows_CurrentVersion_Uninstall.txt";
    for text in [
        "ERROR: The system was unable to find the specified registry key or value.\n",
        "FEHLER: Der angegebene Registrierungsschlüssel bzw. Wert wurde nicht gefunden.\n\n",
    ] {
        let programs = table(user, text, "programs");
        assert_eq!((programs.rows(), programs.issues.len()), (0, 0), "{text}");
    }
    let with = |message: &str| {
        format!(
            "HKEY_LOCAL_MACHINE\\SOFTWARE\\Classes\\Htmlfile\\Shell\\Open\\Command\n    (Standard)    REG_SZ    iexplore.exe %1\n\n{message}\n\n\nHKEY_LOCAL_MACHINE\\SOFTWARE\\X\n    a    REG_SZ    b\n"
        )
    };
    for message in
        ["End of search: 1 match(es) found.", "Suche beendet: 1 Übereinstimmung(en) gefunden."]
    {
        let text = with(message);
        let report = package([("Autoruns/Autoruns.txt", text.as_bytes())]).report().unwrap();
        let told = report.issues.iter().filter(|issue| issue.member.is_some()).count();
        assert_eq!((told, table("Autoruns/Autoruns.txt", text, "registry_values").rows()), (0, 2));
    }
    // Elsewhere a line is no message for what it begins with, since data may have an empty line.
    for text in [
        with("x").replace("Htmlfile", "Run"),
        with("End of search: evil").replace("Htmlfile", "Run"),
        with("ERROR: evil").replace("Htmlfile", "Run"),
        with("Suche beendet: 1").replace("Htmlfile", "Run"),
        with("evil"),
    ] {
        assert_eq!(table("Autoruns/Autoruns.txt", text, "registry_values").rows(), 3);
    }
}

#[test]
fn a_program_whose_key_is_huge_keeps_its_name_and_is_partial() {
    let uninstall = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Uninstall";
    let (pad, more) = ("a".repeat(700_000), "b".repeat(700_000));
    let text = format!(
        "\n{uninstall}\\Evil\n    Pad    REG_SZ    {pad}\n    Pad2    REG_SZ    {more}\n    DisplayName    REG_SZ    EvilRAT\n    UninstallString    REG_SZ    c:\\evil.exe\n\n{uninstall}\\IE40\n    x    REG_SZ    y\n\n{uninstall}\\Agent\n    DisplayName    REG_SZ    Agent\n    SystemComponent    REG_DWORD    0x1\n"
    );
    let name = "hklm_Software_Microsoft_Windows_CurrentVersion_Uninstall.txt";
    let programs = table(&format!("Installed Programs/{name}"), text, "programs");
    assert_eq!(
        cells(&programs, ["identifier", "name", "uninstall_command", "is_hidden", "parse_status"]),
        json!([
            ["Evil", "EvilRAT", "c:\\evil.exe", false, "partial"],
            ["IE40", null, null, true, "clean"],
            ["Agent", "Agent", null, true, "clean"]
        ])
    );
    assert_eq!(issues(&programs), [("over_budget", Some(2))]);
}

#[test]
fn a_key_right_below_a_value_may_be_its_data() {
    const RUN: &str = "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run";
    let service = "HKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Services";
    let text = format!(
        "\n{service}\n{service}\\A\n    Descr    REG_SZ    x\n{RUN}\n    OneDrive    REG_SZ    C:\\frame.exe\n    ImagePath    REG_SZ    C:\\a.exe\n{RUN}\\y\n    b    REG_SZ    c\n\n{service}\\B\n    ImagePath    REG_SZ    C:\\b.exe\n"
    );
    let read = |name| table("Autoruns/Autoruns.txt", &text, name);
    let values = read("registry_values");
    assert_eq!(
        cells(&values, ["name", "parse_status"]),
        json!([
            ["Descr", "partial"],
            ["OneDrive", "partial"],
            ["ImagePath", "partial"],
            ["b", "partial"],
            ["ImagePath", "clean"]
        ])
    );
    assert_eq!(
        cells(&read("registry_keys"), ["parse_status"]),
        json!([["clean"], ["clean"], ["partial"], ["partial"], ["clean"]])
    );
    assert_eq!(
        cells(&read("autoruns"), ["command", "parse_status"]),
        json!([
            ["C:\\frame.exe", "partial"],
            ["C:\\a.exe", "partial"],
            ["c", "partial"],
            ["C:\\b.exe", "clean"]
        ])
    );
    assert_eq!(issues(&values), [("partial_row", Some(5)), ("partial_row", Some(8))]);
    let name = "Installed Programs/hklm_Software_Microsoft_Windows_CurrentVersion_Uninstall.txt";
    let text = format!(
        "{service}\\A\n    DisplayName    REG_SZ    A\n{service}\\B\n    DisplayName    REG_SZ    B\n"
    );
    let programs = table(name, text, "programs");
    assert_eq!(
        cells(&programs, ["name", "parse_status"]),
        json!([["A", "partial"], ["B", "partial"]])
    );
    assert_eq!(issues(&programs), [("partial_row", Some(3))]);
}

#[test]
fn a_number_that_is_none_is_a_value_in_part() {
    let text = "\nHKEY_LOCAL_MACHINE\\x\n    a    REG_DWORD    0x1\r      b\n    c    REG_QWORD    0xffffffffffffffff\n    d    REG_DWORD    \n";
    let values = table("Autoruns/Autoruns.txt", text, "registry_values");
    assert_eq!(
        cells(&values, ["name", "number", "parse_status"]),
        json!([["a", null, "partial"], ["c", null, "clean"], ["d", null, "partial"]])
    );
    assert_eq!(issues(&values), [("partial_row", Some(3)), ("partial_row", Some(5))]);
}

#[test]
fn a_type_in_the_name_of_a_value_is_told_by_the_data_behind_it() {
    let text = "\nHKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Windows\\CurrentVersion\\Run\n    Good    REG_DWORD    Bar    REG_SZ    C:\\evil.exe\n    b    REG_BINARY    x    REG_SZ    C:\\b.exe\n    c    REG_BINARY    0a    REG_SZ    y\n    d    REG_SZ    e    REG_DWORD    0x1\n";
    let values = table("Autoruns/Autoruns.txt", text, "autoruns");
    assert_eq!(
        cells(&values, ["value_name", "value_type", "command", "parse_status"]),
        json!([
            ["Good    REG_DWORD    Bar", "REG_SZ", "C:\\evil.exe", "clean"],
            ["b    REG_BINARY    x", "REG_SZ", "C:\\b.exe", "clean"],
            ["c    REG_BINARY    0a", "REG_SZ", "y", "clean"],
            ["d", "REG_SZ", "e    REG_DWORD    0x1", "clean"]
        ])
    );
    assert_eq!(values.issues, []);
}

#[test]
fn a_group_that_ends_with_another_sentence_is_in_part() {
    let group = |name: &str, done: &str| {
        format!(
            "\nC:\\Windows\\System32>net localgroup \"{name}\" \nAlias name     {name}\nComment        All\n\nMembers\n\n{RULE}\nAdmin\n{done}\n\n"
        )
    };
    let broken = DONE.replacen(' ', "\n", 1);
    let text = group("A", DONE) + &group("B", DONE) + &group("C", &broken);
    let read = |name| table("Users and Groups/LocalGroups.txt", &text, name);
    let members = read("group_members");
    assert_eq!(
        cells(&members, ["group", "account", "parse_status"]),
        json!([
            ["A", "Admin", "clean"],
            ["B", "Admin", "clean"],
            ["C", "Admin", "clean"],
            ["C", "The", "partial"]
        ])
    );
    assert_eq!(
        cells(&read("groups"), ["parse_status"]),
        json!([["clean"], ["clean"], ["partial"]])
    );
    assert_eq!(issues(&members).len(), 1);
}

#[test]
fn a_group_without_its_sentence_is_told_by_those_of_others() {
    let group = |name: &str, rest: &str| {
        format!(
            "\nC:\\Windows\\System32>net localgroup \"{name}\" \nAlias name     {name}\nComment        All\n\nMembers\n\n{RULE}\n{rest}\n\n"
        )
    };
    let whole = format!("Admin\n{DONE}");
    for (first, second, third, expected) in [
        ("Admin\nevil", &*whole, &*whole, ["partial", "clean", "clean"]),
        (&whole, "Admin\nevil", &whole, ["clean", "partial", "clean"]),
        (&whole, &whole, "Admin\nevil", ["clean", "clean", "partial"]),
    ] {
        let text = group("A", first) + &group("B", second) + &group("C", third);
        let read = |name| table("Users and Groups/LocalGroups.txt", &text, name);
        let groups = read("groups");
        let status = expected.map(|own| json!([own]));
        assert_eq!(cells(&groups, ["parse_status"]), json!(status));
        assert_eq!(issues(&groups).len(), 1);
        let members = cells(&read("group_members"), ["account", "parse_status"]);
        let members = members.as_array().unwrap();
        assert!(members.contains(&json!(["evil", "partial"])), "{members:?}");
        assert_eq!(members.len(), 4);
    }
}

const CLASS: &str = "{DEADBEEF-0000-4000-8000-00000000000A}";

#[test]
fn what_is_registered_by_the_name_of_a_key_is_an_autorun_without_values() {
    let bho = format!(
        "HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\Browser Helper Objects\\{CLASS}"
    );
    let menu = format!(
        "HKEY_USERS\\S-1-5-21-1\\Software\\Classes\\*\\ShellEx\\ContextMenuHandlers\\{CLASS}"
    );
    let addin = "HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Office\\Word\\Addins\\Evil.Connect";
    let text = format!(
        "{bho}\n\n{menu}\n    (Default)    REG_SZ    Pin\n\n{addin}\n    LoadBehavior    REG_DWORD    0x3\n\n"
    );
    let autoruns = table("Autoruns/Autoruns.txt", text, "autoruns");
    assert_eq!(
        cells(&autoruns, ["category", "command", "key", "value_name", "user_sid", "line"]),
        json!([
            ["browser_helper_object", CLASS, bho, null, null, 1],
            ["context_menu_handler", CLASS, menu, null, "S-1-5-21-1", 3],
            ["office_addin", "Evil.Connect", addin, null, null, 6]
        ])
    );
    assert_eq!(autoruns.issues, []);
}

#[test]
fn what_only_describes_an_autorun_is_no_command_of_it() {
    let key = |above: &str, name: &str| format!("HKEY_LOCAL_MACHINE\\Software\\{above}\\{name}\n");
    let text = [
        key("Explorer\\Browser Helper Objects", CLASS),
        "    (Default)    REG_SZ    IEToEdge BHO\n    NoExplorer    REG_SZ    1\n\n".to_owned(),
        key("Classes\\Protocols\\Handler", "cdl"),
        format!("    (Default)    REG_SZ    CDL: Handler\n    CLSID    REG_SZ    {CLASS}\n\n"),
        key("Classes\\*\\ShellEx\\PropertySheetHandlers", "Crypto"),
        format!("    (Default)    REG_SZ    {CLASS}\n\n"),
    ];
    let autoruns = table("Autoruns/Autoruns.txt", text.concat(), "autoruns");
    assert_eq!(
        cells(&autoruns, ["entry", "command", "value_name"]),
        json!([[CLASS, CLASS, null], ["cdl", CLASS, "CLSID"], ["Crypto", CLASS, "(Default)"]])
    );
}

/// PowerShell writes nothing at all of a host on which Windows Installer has installed nothing.
#[test]
fn an_empty_list_of_programs_is_told_as_empty() {
    let programs = table("Installed Programs/InstalledPrograms.csv", "", "programs");
    assert_eq!((programs.rows(), programs.is_partial), (0, false));
    let [issue] = &programs.issues[..] else { panic!("{:?}", programs.issues) };
    assert_eq!(issue.kind.code(), "missing");
    assert!(issue.message.contains("it is empty"), "{}", issue.message);
    assert!(!issue.hides_rows() && !issue.kind.needs_a_look());
    // One that is no such list is none.
    let other = table("Installed Programs/InstalledPrograms.csv", "nothing\n", "programs");
    assert_eq!((issues(&other), other.is_partial), (vec![("bad_format", None)], true));

    // What no running Windows has empty was cut or emptied.
    for (member, name) in [
        ("Processes/Processes.csv", "processes"),
        ("Services/Services.csv", "services"),
        ("Forensics Collection Summary.csv", "commands"),
    ] {
        let emptied = table(member, "", name);
        assert_eq!((issues(&emptied), emptied.is_partial), (vec![("bad_format", None)], true));
        let told = &emptied.issues[0].message;
        assert!(told.contains("it is empty"), "{told}");
    }
}
