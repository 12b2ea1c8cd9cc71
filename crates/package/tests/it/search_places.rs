//! What an indicator means is found however the evidence writes it, and nothing else is.

use mde_forensics_package::{Budgets, FolderFile, Package, Search, parse_indicators};

fn search(member: &str, text: &str, list: &str) -> Search {
    let files = vec![FolderFile::new(member, text.as_bytes().to_vec())];
    let package = Package::open_folder(files, &Budgets::default()).unwrap();
    package.search(&parse_indicators(list).unwrap(), 1_000).unwrap()
}

/// The tables and columns that have an indicator.
fn columns(found: &Search) -> Vec<String> {
    found.hits.iter().map(|hit| format!("{}.{}", hit.table, hit.column)).collect()
}

/// Whether a value of the registry has an indicator.
fn is_in_data(data: &str, list: &str) -> bool {
    let text = format!("HKEY_LOCAL_MACHINE\\Software\\Own\r\n    a    REG_SZ    {data}\r\n");
    let found = search("Autoruns/Autoruns.txt", &text, list);
    found.hits.iter().any(|hit| hit.table == "registry_values")
}

/// Whether a line of text has an indicator.
fn is_in_line(line: &str, list: &str) -> bool {
    search("dropped.txt", line, list).total > 0
}

#[test]
fn a_key_is_found_by_every_name_of_its_root() {
    let machine = r"HKEY_LOCAL_MACHINE\Software\Microsoft\Windows\CurrentVersion\Run";
    let user = r"HKEY_USERS\S-1-5-21-1-2-3-1001\Software\Microsoft\Windows\CurrentVersion\Run";
    let text = format!(
        "{machine}\r\n    Updater    REG_SZ    a.exe\r\n{user}\r\n    Other    REG_SZ    b.exe\r\n"
    );
    let lines = |list: &str| {
        let found = search("Autoruns/Autoruns.txt", &text, list);
        let mut lines: Vec<_> = found.hits.iter().filter_map(|hit| hit.line).collect();
        lines.sort_unstable();
        lines.dedup();
        (lines, found.hits.iter().any(|hit| hit.table == "text"))
    };
    for (list, expected) in [
        (r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run", &[1, 2][..]),
        (r"hklm:\SOFTWARE\Microsoft\Windows\CurrentVersion\Run\", &[1, 2]),
        (r"HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run", &[1, 2]),
        (r"HKLM/Software/Microsoft/Windows/CurrentVersion/Run", &[1, 2]),
        (r"[HKEY_LOCAL_MACHINE\Software\Microsoft\Windows\CurrentVersion\Run]", &[1, 2]),
        (r"Computer\HKEY_LOCAL_MACHINE\Software\Microsoft\Windows\CurrentVersion\Run", &[1, 2]),
        (r"Registry::HKLM\Software\Microsoft\Windows\CurrentVersion\Run", &[1, 2]),
        (r"\REGISTRY\MACHINE\Software\Microsoft\Windows\CurrentVersion\Run", &[1, 2]),
        (r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run\Updater", &[2]),
        (r"HKEY_LOCAL_MACHINE\Software\Microsoft\Windows\CurrentVersion\Run\Updater", &[2]),
        (r"CurrentVersion\Run\Updater", &[2]),
        (r"HKCU\Software\Microsoft\Windows\CurrentVersion\Run", &[3, 4]),
        (r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Run\Other", &[4]),
        (r"HKU\S-1-5-21-1-2-3-1001\Software\Microsoft\Windows\CurrentVersion\Run", &[3, 4]),
        (r"HKU\S-1-5-21-1-2-3-1002\Software\Microsoft\Windows\CurrentVersion\Run", &[]),
        (r"HKLM\Software\Microsoft\Windows\CurrentVersion\Ru", &[]),
        (r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run\Other", &[]),
        (r"HKLM\Microsoft\Windows\CurrentVersion\Run", &[]),
        (r"HKCR\Microsoft\Windows\CurrentVersion\Run", &[]),
    ] {
        assert_eq!(lines(list), (expected.to_vec(), false), "{list}");
    }
}

#[test]
fn a_key_is_found_where_a_command_or_an_event_names_it() {
    for (data, list, expected) in [
        (r"reg add HKLM\Software\X\Run /v a", r"HKEY_LOCAL_MACHINE\Software\X\Run", true),
        (r#"reg add "HKCU\Software\X" /f"#, r"HKEY_CURRENT_USER\Software\X", true),
        (r"\REGISTRY\MACHINE\SOFTWARE\X", r"HKLM\Software\X", true),
        (r"\REGISTRY\USER\S-1-5-18\SOFTWARE\X", r"HKCU\Software\X", true),
        (r"Set-Item HKLM:\Software\X", r"HKLM\Software\X", true),
        (
            r"\REGISTRY\MACHINE\SYSTEM\ControlSet001\Services\X",
            r"HKLM\SYSTEM\CurrentControlSet\Services\X",
            true,
        ),
        (
            r"HKLM\SYSTEM\CurrentControlSet\Services\X",
            r"HKLM\SYSTEM\ControlSet002\Services\X",
            true,
        ),
        (r"HKEY_LOCAL_MACHINE\SOFTWARE\Classes\x.y\shell", r"HKCR\x.y\shell", true),
        (r"HKEY_USERS\S-1-5-21-1-2-3-1001_Classes\x.y\shell", r"HKCR\x.y\shell", true),
        (r"HKU\S-1-5-21-1-2-3-1001\Software\Classes\x.y\shell", r"HKCR\x.y\shell", true),
        (r"HKLM\x.y\shell", r"HKCR\x.y\shell", false),
        (r"HKLM\Software\X", r"HKCU\Software\X", false),
        (r"HKU\Software\X", r"HKCU\Software\X", false),
        (r"MYHKLM\Software\X", r"HKLM\Software\X", false),
        (r"C:\Software\X", r"HKLM\Software\X", false),
    ] {
        assert_eq!(is_in_data(data, list), expected, "{data}: {list}");
    }
}

#[test]
fn a_key_and_the_name_of_its_value_are_told_once() {
    let text = "HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\r\n    Updater    REG_SZ    a.exe\r\n";
    let told = |list: &str| {
        let mut told = columns(&search("Autoruns/Autoruns.txt", text, list));
        told.sort();
        told
    };
    assert_eq!(
        told(r"CurrentVersion\Run\Updater"),
        ["autoruns.value_name", "registry_values.name"]
    );
    assert_eq!(
        told(r"HKLM\Software\Microsoft\Windows\CurrentVersion\Run"),
        ["autoruns.key", "registry_keys.key", "registry_values.key"]
    );
}

#[test]
fn a_path_of_a_folder_of_windows_is_found_as_services_and_scripts_write_it() {
    let driver = r"C:\Windows\System32\drivers\evil.sys";
    for data in [
        r"System32\drivers\evil.sys",
        r#""system32\drivers\evil.sys" -x"#,
        r"\SystemRoot\System32\drivers\evil.sys",
        r"%SystemRoot%\System32\drivers\evil.sys",
        r"@%windir%\System32\drivers\evil.sys,-100",
        r"$env:windir\System32\drivers\evil.sys",
        r"%SystemDrive%\Windows\System32\drivers\evil.sys",
        r"\??\C:\Windows\System32\drivers\evil.sys",
        r"\\?\C:\Windows\System32\drivers\evil.sys",
        r"\\host\C$\Windows\System32\drivers\evil.sys",
        r"\??\UNC\host\c$\Windows\System32\drivers\evil.sys",
        "C:/Windows/System32/drivers/evil.sys",
        "file:///C:/Windows/System32/drivers/evil.sys",
        r"C:\\Windows\\System32\\drivers\\evil.sys",
    ] {
        for list in [
            driver,
            "C:/Windows/System32/drivers/evil.sys",
            r"C:\\Windows\\System32\\drivers\\evil.sys",
            r"C:\\\\Windows\\\\System32\\\\drivers\\\\evil.sys",
            r"\\.\C:\Windows\System32\drivers\evil.sys",
            r"%SystemRoot%\System32\drivers\evil.sys",
            r"\SystemRoot\System32\drivers\evil.sys",
        ] {
            assert!(is_in_data(data, list), "{data}: {list}");
        }
    }
    for data in [
        r"System32\drivers\evil.sys2",
        r"xSystem32\drivers\evil.sys",
        r"a System32\drivers\evil.sys",
        r"D:\System32\drivers\evil.sys",
        r"\SystemRoots\System32\drivers\evil.sys",
        r"\SystemRoot\x\System32\drivers\evil.sys",
        r"%ProgramFiles%\System32\drivers\evil.sys",
        r"\\host\D$\Windows\System32\drivers\evil.sys",
        r"\\host\share\Windows\System32\drivers\evil.sys",
        "http://host/Windows/System32/drivers/evil.sys",
        "D:/Windows/System32/drivers/evil.sys",
    ] {
        assert!(!is_in_data(data, driver), "{data}");
    }
    // A name alone says nothing of its folder.
    assert!(!is_in_data("explorer.exe", r"C:\Windows\explorer.exe"));
    assert!(is_in_data(r"%windir%\explorer.exe", r"C:\Windows\explorer.exe"));
}

#[test]
fn a_path_is_found_behind_the_variable_of_its_folder() {
    for (data, list, expected) in [
        (r"%ProgramFiles%\a b\c.exe", r"C:\Program Files\a b\c.exe", true),
        (r"%ProgramFiles(x86)%\a\c.exe", r"C:\Program Files (x86)\a\c.exe", true),
        (r"%ProgramData%\c.exe", r"C:\ProgramData\c.exe", true),
        (r"C:\ProgramData\c.exe", r"%ALLUSERSPROFILE%\c.exe", true),
        (r"%AppData%\c.exe", r"C:\Users\bob\AppData\Roaming\c.exe", true),
        (r"C:\Users\bob\AppData\Roaming\c.exe", r"%APPDATA%\c.exe", true),
        (r"%UserProfile%\AppData\Roaming\c.exe", r"%APPDATA%\c.exe", true),
        (r"C:\Users\bob\AppData\Local\Temp\c.exe", r"%temp%\c.exe", true),
        (r"\Device\HarddiskVolume3\Users\bob\c.exe", r"%USERPROFILE%\c.exe", true),
        ("file:///C:/Program%20Files/a%20b/c.exe", r"C:\Program Files\a b\c.exe", true),
        (r"C:\Users\bob\c.exe", r"%APPDATA%\c.exe", false),
        (r"C:\Users\bob\x\c.exe", r"%USERPROFILE%\c.exe", false),
        (r"%ProgramData%\c.exe", r"C:\Users\bob\AppData\Roaming\c.exe", false),
        (r"%AppData%\c.exe", r"C:\Users\bob\x\c.exe", false),
    ] {
        assert_eq!(is_in_data(data, list), expected, "{data}: {list}");
    }
}

#[test]
fn a_file_that_robocopy_lists_is_found_by_its_whole_path() {
    let log = "\r\n\t  New Dir          2\tC:\\WINDOWS\\Prefetch\\\r\n\
        \t*EXTRA Dir         -1\tC:\\Target\\Old\\\r\n\
        \t  *EXTRA File \t\t    2379\tOLD.EXE-9D378AFE.pf\r\n\
        \t    New File  \t\t    2379\tWHOAMI.EXE-9D378AFE.pf\r\n\
        \t  New Dir          1\tC:\\WINDOWS\\Prefetch\\ReadyBoot\\\r\n\
        \t    New File  \t\t    2379\tOTHER.EXE-9D378AFE.pf\r\n\
        \tunread\r\n\
        \t    New File  \t\t    2379\tLAST.EXE-9D378AFE.pf\r\n";
    for (list, expected) in [
        (r"C:\Windows\Prefetch\WHOAMI.EXE-9D378AFE.pf", &["robocopy_files.name"][..]),
        (r"C:\Windows\Prefetch\ReadyBoot\OTHER.EXE-9D378AFE.pf", &["robocopy_files.name"]),
        (r"C:\Windows\Prefetch\OTHER.EXE-9D378AFE.pf", &[]),
        (r"C:\Windows\Prefetch\OLD.EXE-9D378AFE.pf", &[]),
        (r"C:\Windows\Prefetch\ReadyBoot\LAST.EXE-9D378AFE.pf", &[]),
        (r"WHOAMI.EXE-9D378AFE.pf", &["robocopy_files.name"]),
    ] {
        let found = search("Prefetch Files/PrefetchFilesList.txt", log, list);
        assert_eq!(columns(&found), expected, "{list}");
    }
}

#[test]
fn where_a_row_comes_from_is_no_hit() {
    let host = "\r\nHost Name:                 EVIL-1\r\nOS Name:                   Windows\r\n";
    let found = search("System Information/SystemInformation.txt", host, "EVIL-1");
    assert_eq!(columns(&found), ["system_info.value"]);
    let found = search("Users and Groups/QueryUser.txt", "a\r\n", "QueryUser.txt");
    assert_eq!(columns(&found), ["members.name"]);
}

#[test]
fn an_address_is_found_before_the_labels_of_a_host() {
    for label in [
        "nip.io",
        "bc.googleusercontent.com",
        "de",
        "abc.example",
        "c2.evil.example",
        "deep.example",
        "face",
    ] {
        for text in [format!("10.0.0.1.{label}"), format!("x 10.0.0.1.{label}:443 y")] {
            assert!(is_in_line(&text, "10.0.0.1"), "{text}");
        }
    }
    for text in ["10.0.0.1.2", "10.0.0.1.2.nip.io", "10.0.0.1.2c.example", "10.0.0.12.de"] {
        assert!(!is_in_line(text, "10.0.0.1"), "{text}");
    }
}

#[test]
fn signs_beside_an_indicator_are_no_part_of_it() {
    for list in [
        "10.0.0.1",
        "2001:db8::66",
        "fe80::66",
        "44d88612fea8a8f36de82e1278abb02f",
        "evil.example",
        "mimi.exe",
    ] {
        for text in [format!("接続先{list}へ接続"), format!("{list}です"), format!("다음{list}에")]
        {
            assert!(is_in_line(&text, list), "{text}");
        }
        for text in [format!("é{list}"), format!("{list}ü"), format!("{list}é")] {
            assert!(!is_in_line(&text, list), "{text}");
        }
    }
    assert!(!is_in_line("адрес10.0.0.1", "10.0.0.1"));
}

#[test]
fn an_address_is_found_in_the_name_of_a_file_and_not_in_the_version_of_a_package() {
    for text in [
        "10.0.0.1_445.txt",
        "scan_10.0.0.1.txt",
        "scan_10.0.0.1_445.txt",
        "a_10.0.0.1_x_b",
        "a_10.0.0.1_us-east_x",
        "a_10.0.0.1_1700000000000.txt",
        "a_10.0.0.1_x64_y",
        "x_10-0-0-1_y",
    ] {
        assert!(is_in_line(text, "10.0.0.1"), "{text}");
    }
    for text in [
        "Microsoft.Foo_10.0.0.1_x64__8wekyb3d8bbwe",
        "Microsoft.Foo_10.0.0.1_neutral_split.scale-100_8wekyb3d8bbwe",
        "System.Web_10.0.0.1__b03f5f7f11d50a3a",
        "System.Web_10.0.0.1_de_b03f5f7f11d50a3a",
        "amd64_foo_31bf3856ad364e35_10.0.0.1_none_0123456789abcdef",
        "amd64_foo.resources_31bf3856ad364e35_10.0.0.1_en-us_0123456789abcdef",
    ] {
        assert!(!is_in_line(text, "10.0.0.1"), "{text}");
    }
}

#[test]
fn a_domain_ends_before_a_dash_that_joins_nothing_to_it() {
    for text in [
        "evil.example->10.0.0.1",
        "evil.example--",
        "evil.example-",
        "->evil.example",
        "-evil.example",
    ] {
        assert!(is_in_line(text, "evil.example"), "{text}");
    }
    for text in ["evil.example-x.org", "evil.example--x.org", "x-evil.example", "x--evil.example"] {
        assert!(!is_in_line(text, "evil.example"), "{text}");
    }
}

/// An automaton that knows from each state where every letter leads takes hours for it.
#[test]
fn a_long_name_that_repeats_itself_is_looked_for() {
    let name = "q ".repeat(30_000);
    assert!(is_in_line(&format!("x {name}q y"), &format!("{name}q")));
}
