//! What an attacker may put into members: each gives rows or an issue, and never a panic.

use std::{cell::Cell, rc::Rc};

use mde_forensics_package::{
    Budgets, Error, FolderFile, Package, Report, Sha256, Source, parse_indicators,
};
use proptest::prelude::*;

use crate::{
    builder::{Zip, deflated, stored},
    rows::texts,
};

fn read(package: Vec<u8>, budgets: &Budgets) -> Option<Report> {
    Package::open(package, budgets).ok().map(|package| package.report().unwrap())
}

fn rows(report: &Report, table: &str) -> u64 {
    report.tables.iter().find(|count| count.table == table).unwrap().rows
}

const PROCESSES: &str = "#TYPE x\r\n\"Name\",\"ProcessId\",\"ParentProcessId\",\"CommandLine\",\"ExecutablePath\",\"CreationDate\",\"SessionId\",\"Priority\",\"ThreadCount\",\"HandleCount\",\"WorkingSetSize\",\"PrivatePageCount\",\"VirtualSize\",\"PageFaults\",\"KernelModeTime\",\"UserModeTime\",\"CSName\"\r\n";

fn small() -> Vec<u8> {
    let row = "\"a.exe\",\"4\",\"0\",\"a, b\",\"C:\\a.exe\",\"07-08-2025 14:56:17\",\"0\",\"8\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"1\",\"PC\"\r\n";
    let arp = "\nInterface: 10.0.0.1 --- 0x4\n  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n";
    Zip::of([
        deflated("Processes/Processes.csv", (PROCESSES.to_owned() + row).as_bytes()),
        stored("Network Connections/Arp.txt", arp.as_bytes()),
    ])
    .build()
}

#[test]
fn a_zip_cut_anywhere_is_a_value_or_a_typed_error() {
    let whole = small();
    assert_eq!(rows(&read(whole.clone(), &Budgets::default()).unwrap(), "processes"), 1);
    for part in 0..64 {
        let cut = whole[..whole.len() * part / 64].to_vec();
        if let Err(error) = Package::open(cut, &Budgets::default()) {
            assert!(["not_a_zip", "truncated"].contains(&error.code()), "{error}");
        }
    }
}

#[test]
fn one_flipped_byte_anywhere_keeps_the_other_members_readable() {
    let whole = small();
    let end = whole.len() - 22;
    let directory = whole.windows(4).position(|four| four == b"PK\x01\x02").unwrap();
    // What says where the members are, and where the second one is: who loses that has lost both.
    let guides = [directory..directory + 4, directory + 28..directory + 34, end + 12..end + 20];
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 0xff;
        let package = match Package::open(flipped, &Budgets::default()) {
            Ok(package) => package,
            Err(error) => {
                let is_end = (end..end + 4).contains(&at);
                assert_eq!((error.code(), is_end), ("truncated", true), "byte {at}: {error}");
                continue;
            }
        };
        let report = package.report().unwrap();
        let is_told = !package.inventory().findings.is_empty() || report.needs_a_look();
        let read = [rows(&report, "processes"), rows(&report, "arp")];
        assert!(is_told || read == [1, 1], "byte {at} is flipped, and nobody says so");
        let is_guide = guides.iter().any(|guide| guide.contains(&at));
        assert!(is_guide || read.contains(&1), "byte {at} is flipped, and both are lost");
    }
}

#[test]
fn a_member_that_is_damaged_keeps_no_other_from_being_read() {
    let damaged = deflated("Processes.csv", PROCESSES.as_bytes()).with(|header| header.crc32 ^= 1);
    let arp = stored("Arp.txt", b"  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n");
    let report = read(Zip::of([damaged, arp]).build(), &Budgets::default()).unwrap();
    assert_eq!(rows(&report, "arp"), 1);
    assert!(report.issues.iter().any(|issue| issue.kind.code() == "damaged_member"));
    assert!(report.tables.iter().any(|count| count.table == "processes" && count.is_partial));
}

#[test]
fn what_comes_before_damage_is_read_however_small_the_member_is() {
    const ARP: &str =
        "\r\nInterface: 10.0.0.1 --- 0x4\r\n  10.0.0.2  00-50-56-fe-d6-6b  dynamic\r\n";
    const RECORD: &str = "\r\n    evil.example\r\n    ----------------------------------------\r\n    Record Name . . . . . : evil.example\r\n    Record Type . . . . . : 1\r\n    Time To Live  . . . . : 5\r\n    Data Length . . . . . : 4\r\n    Section . . . . . . . : Answer\r\n    A (Host) Record . . . : 10.9.9.9\r\n";
    // What a reader holds back until it knows what follows is there too.
    let values = "HKEY_LOCAL_MACHINE\\Software\r\n    a    REG_SZ    b\r\n";
    for (name, text, table, rows) in [
        ("Arp.txt", ARP.to_owned(), "arp", 1),
        ("DnsCache.txt", RECORD.repeat(3), "dns_cache", 3),
        ("DnsCache.txt", RECORD.repeat(300), "dns_cache", 300),
        ("Autoruns.txt", values.to_owned(), "registry_keys", 1),
        // The last line may be cut.
        ("Arp.txt", ARP.trim_end().to_owned(), "arp", 1),
    ] {
        let damaged = deflated(name, text.as_bytes()).with(|header| header.crc32 ^= 1);
        let package = Package::open(Zip::of([damaged]).build(), &Budgets::default()).unwrap();
        let table = package.table(table).unwrap();
        assert_eq!((table.rows(), table.is_partial), (rows, true), "{name}");
        let told = table.issues.iter().filter(|issue| issue.kind.code() == "damaged_member");
        assert_eq!(told.count(), 1, "{:#?}", table.issues);
        let found = package.search(&parse_indicators("10.0.0.2\n10.9.9.9").unwrap(), 9).unwrap();
        assert!(found.total > 0 || name == "Autoruns.txt", "{name}");
        assert!(found.not_searched.iter().any(|own| own.member.as_deref() == Some(name)));
    }
}

#[test]
fn damage_is_told_also_where_it_made_the_header_unreadable() {
    let text = "what was a header once\r\n".repeat(2_000);
    for (name, table) in [
        ("Arp.txt", "arp"),
        ("ForensicsCollectionSummary.csv", "commands"),
        ("InstalledPrograms.csv", "programs"),
        ("LocalGroups.txt", "groups"),
        ("Processes.csv", "processes"),
        ("ScheduledTasks.csv", "scheduled_tasks"),
        ("Services.csv", "services"),
    ] {
        let damaged = deflated(name, text.as_bytes()).with(|header| header.crc32 ^= 1);
        let package = Package::open(Zip::of([damaged]).build(), &Budgets::default()).unwrap();
        let table = package.table(table).unwrap();
        assert!(table.is_partial, "{name}");
        let mut issues = table.issues.iter();
        assert!(
            issues.any(|issue| issue.kind.code() == "damaged_member"),
            "{name}: {:?}",
            table.issues
        );
    }
}

#[test]
fn rows_below_no_header_are_missing_and_an_empty_member_lacks_those_that_every_host_has() {
    for (name, table, has_every_host) in [
        ("ForensicsCollectionSummary.csv", "commands", true),
        ("InstalledPrograms.csv", "programs", false),
        ("Processes.csv", "processes", true),
        ("Services.csv", "services", true),
    ] {
        for (text, is_partial) in
            [("", has_every_host), ("\r\n", has_every_host), ("no header", true)]
        {
            let files = vec![FolderFile::new(name, text.as_bytes().to_vec())];
            let package = Package::open_folder(files, &Budgets::default()).unwrap();
            assert_eq!(package.table(table).unwrap().is_partial, is_partial, "{name} {text:?}");
        }
    }
}

#[test]
fn a_million_columns_and_a_line_without_end_are_cut() {
    let wide = PROCESSES.to_owned() + &"\"x\",".repeat(1_000_000);
    let long = format!(
        "\n  TCP  10.0.0.1:1  {}:2  LISTENING  4\n  TCP  10.0.0.1:1  10.0.0.2:2  LISTENING  4\n",
        "9".repeat(20 << 20)
    );
    let package = Zip::of([
        deflated("Processes.csv", wide.as_bytes()),
        deflated("ActiveNetConnections.txt", long.as_bytes()),
    ])
    .build();
    let report = read(package, &Budgets::default()).unwrap();
    assert_eq!(rows(&report, "processes"), 1);
    assert_eq!(rows(&report, "net_sockets"), 1);
    assert!(report.needs_a_look());
}

#[test]
fn a_budget_that_runs_out_leaves_a_table_in_part_and_never_none() {
    let line = "  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n";
    let package = Zip::of([deflated("Arp.txt", line.repeat(1_000).as_bytes())]).build();
    let budgets = Budgets::default().with_table_rows(10);
    let report = read(package.clone(), &budgets).unwrap();
    let count = report.tables.iter().find(|count| count.table == "arp").unwrap();
    assert_eq!((count.rows, count.is_partial), (10, true));
    assert!(report.issues.iter().any(|issue| issue.kind.code() == "over_budget"));
    let held = Package::open(package, &Budgets::default().with_table_bytes(5_000)).unwrap();
    let table = held.table("arp").unwrap();
    assert!(table.is_partial && table.rows() > 0 && table.rows() < 1_000);
}

#[test]
fn archives_in_archives_are_opened_as_deep_as_the_budget_allows() {
    let mut inner =
        Zip::of([stored("Arp.txt", b"  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n")]).build();
    for depth in 1..=4 {
        inner = Zip::of([stored("again.zip", &inner)]).build();
        let report = read(inner.clone(), &Budgets::default()).unwrap();
        let is_read = depth < 3;
        assert_eq!(rows(&report, "arp"), u64::from(is_read), "depth {depth}");
        assert_eq!(report.issues.iter().any(|issue| issue.kind.code() == "over_budget"), !is_read);
    }
}

#[test]
fn a_mark_in_a_name_is_no_archive() {
    let arp = stored("Arp.txt", b"  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n");
    let inner = Zip::of([arp]).build();
    let report =
        read(Zip::of([stored("!!IR-42!!/again.zip", &inner)]).build(), &Budgets::default())
            .unwrap();
    assert_eq!(rows(&report, "arp"), 1);
}

#[test]
fn hazards_of_a_zip_in_a_zip_are_told() {
    let inner = Zip::of([
        stored("Arp.txt", b"  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n"),
        stored("../../evil.txt", b""),
    ]);
    let report =
        read(Zip::of([stored("again.zip", &inner.build())]).build(), &Budgets::default()).unwrap();
    let told = report.issues.iter().find(|issue| issue.kind.code() == "hazard");
    assert_eq!(told.and_then(|issue| issue.member.as_deref()), Some("again.zip"));
}

#[test]
fn sixty_thousand_members_are_listed_as_far_as_the_budget_goes() {
    let members = (0..60_000).map(|index| stored(format!("{index}.txt"), b""));
    let package = Package::open(Zip::of(members).build(), &Budgets::default()).unwrap();
    assert_eq!(package.table("members").unwrap().rows(), 20_000);
}

#[test]
fn names_are_never_what_files_are_called_by() {
    let names = ["../../etc/passwd", "CON", "a:b", "/abs", "x\u{202e}gpj.exe", "same", "same"];
    let contents = ["0", "1", "2", "3", "4", "FIRST", "SECOND"];
    let members = names.iter().zip(contents).map(|(name, own)| stored(name, own.as_bytes()));
    let package = Package::open(Zip::of(members).build(), &Budgets::default()).unwrap();
    let extracts: Vec<_> = package.extracts().collect();
    assert_eq!(extracts.len(), names.len());
    for (own, content) in extracts.iter().zip(contents) {
        let sum = Sha256::of(content.as_bytes()).unwrap();
        assert_eq!((&own.file, own.sha256), (&format!("{sum}.bin"), sum));
        assert_eq!(bytes(&package, own.index).unwrap(), content.as_bytes());
        assert_eq!(package.locate(&sum.to_string()).unwrap(), own.index);
    }
    let error = package.locate("same").unwrap_err();
    assert!(error.to_string().contains("2 members have that name"), "{error}");
    assert_eq!(package.locate("CON").unwrap(), 1);
    assert_eq!(package.locate("none").unwrap_err().code(), "unreadable");
    let members = package.table("members").unwrap();
    assert!(texts(&members, "name").iter().flatten().all(|name| !name.contains('\u{202e}')));
}

fn bytes<S: Source>(package: &Package<S>, index: usize) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    package.extract(index, &mut |part| {
        bytes.extend_from_slice(part);
        Ok(())
    })?;
    Ok(bytes)
}

/// A file of a folder that somebody changes after the package was opened.
struct Changing(Rc<Cell<u8>>);

impl Source for Changing {
    fn len(&self) -> u64 {
        1
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> std::io::Result<usize> {
        if offset > 0 || buffer.is_empty() {
            return Ok(0);
        }
        buffer[0] = self.0.get();
        Ok(1)
    }
}

#[test]
fn what_was_changed_since_is_not_extracted_under_its_old_hash() {
    let content = Rc::new(Cell::new(b'a'));
    let files = vec![FolderFile::new("Arp.txt", Changing(Rc::clone(&content)))];
    let package = Package::open_folder(files, &Budgets::default()).unwrap();
    assert_eq!(bytes(&package, 0).unwrap(), b"a");
    content.set(b'b');
    let error = bytes(&package, 0).unwrap_err();
    assert!(error.to_string().contains("was changed meanwhile"), "{error}");
}

#[test]
fn a_list_of_what_is_extracted_keeps_what_it_has() {
    let one =
        Package::open(Zip::of([stored("a", b"1"), stored("b", b"2")]).build(), &Budgets::default());
    let other = Package::open(Zip::of([stored("a", b"3")]).build(), &Budgets::default());
    let (one, other) = (one.unwrap(), other.unwrap());
    let of_one: Vec<_> = one.extracts().collect();
    let first = one.list_extracts(&of_one[..1], None).unwrap();
    let second = one.list_extracts(&of_one[1..], Some(first.as_bytes())).unwrap();
    let of_other: Vec<_> = other.extracts().collect();
    let third = other.list_extracts(&of_other, Some(second.as_bytes())).unwrap();
    assert_eq!(other.list_extracts(&of_other, Some(third.as_bytes())).unwrap(), third);
    let list: serde_json::Value = serde_json::from_str(&third).unwrap();
    assert_eq!(list["packages"][0]["package_id"], one.id());
    assert_eq!(list["packages"][0]["members"], serde_json::json!(of_one));
    assert_eq!(list["packages"][1]["package_id"], other.id());
    assert_eq!(list["packages"][1]["members"], serde_json::json!(of_other));
    for odd in [
        "",
        "{",
        "[]",
        "{}",
        r#"{"packages":[{"package_id":"x"}]}"#,
        r#"{"packages":[{"package_id":"x","members":[1]}]}"#,
    ] {
        let error = one.list_extracts(&of_one, Some(odd.as_bytes())).unwrap_err();
        assert_eq!(error.code(), "write_failed", "{odd}");
    }
}

#[test]
fn a_folder_is_read_as_a_zip_is() {
    let row = "  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n".as_bytes().to_vec();
    let files = vec![FolderFile::new("x/Network Connections/Arp.txt", row)];
    let package = Package::open_folder(files, &Budgets::default()).unwrap();
    assert_eq!(package.table("arp").unwrap().rows(), 1);
}

/// Every name that an artifact is read from.
const NAMES: &[&str] = &[
    "Forensics Collection Summary.csv",
    "SystemInformation.txt",
    "Processes.csv",
    "Services.csv",
    "ScheduledTasks.csv",
    "Autoruns.txt",
    "InstalledPrograms.csv",
    "hklm_Software_Microsoft_Windows_CurrentVersion_Uninstall.txt",
    "ActiveNetConnections.txt",
    "Arp.txt",
    "DnsCache.txt",
    "IpConfig.txt",
    "pfirewall.log",
    "PrefetchFilesList.txt",
    "A.EXE-00000000.pf",
    "Security.evtx",
    "Admin_TempDirFiles.txt",
    "LocalGroups.txt",
    "QueryUser.txt",
    "SMB Session/Summary.txt",
    "MPLog-1.log",
    "MPSupportFiles.cab",
    "inner.zip",
];

fn all(bytes: &[u8]) {
    let files = NAMES.iter().map(|name| FolderFile::new(*name, bytes.to_vec())).collect();
    let package = Package::open_folder(files, &Budgets::default()).unwrap();
    // A package survives a reader that panics.
    let report = package.report().unwrap();
    let failed = report.issues.iter().find(|issue| issue.kind.code() == "reader_failed");
    assert_eq!(failed, None);
}

/// Pieces of what members really have, so that parsers get past their first line.
const PIECES: &[&str] = &[
    "\"",
    ",",
    "\",\"",
    "\r\n",
    "\n",
    "    ",
    "  ",
    "\t",
    ":",
    " : ",
    "[",
    "]",
    "<DIR>",
    "<",
    "-",
    "0x",
    "\\",
    ".",
    "\0",
    "HKEY_USERS\\S-1-5-21\\x",
    "    REG_SZ    ",
    "TCP",
    "0.0.0.0:0",
    "07-08-2025 14:56:17",
    "2025-08-07T13:01:50Z",
    "'Manual'\",\"Win32_ComputerSystem\",",
    "\"Win32_Service\"",
    " . . . : ",
    "----------------------------------------",
    "Directory of C:\\x",
    " File(s) 1 bytes",
    "net localgroup \"x\"",
    "#Fields: date time",
    "MSCF",
    "MAM\u{4}",
    "SCCA",
    "ElfFile\0",
    "é",
    "\u{202e}",
    "\u{1b}[2J",
    "=1+1",
    "18446744073709551616",
    "PK\u{3}\u{4}",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_make_any_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        all(&bytes);
    }

    #[test]
    fn no_text_makes_any_parser_panic(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..80)) {
        all(pieces.concat().as_bytes());
    }
}
