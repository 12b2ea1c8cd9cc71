//! What cannot be read is never told as nothing found.

use std::fs;
use std::io::{Cursor, Read as _, Write as _};
use std::path::Path;

use mde_forensics_emulator::package::{Damage, Package, PackageSpec};
use serde_json::Value;
use tempfile::TempDir;
use zip::{AesMode, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::support::{Finished, bare, finish};

/// A folder to work in, with no service.
struct Fixture(TempDir);

impl Fixture {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn run(&self, arguments: &[&str]) -> Finished {
        self.tell(arguments, None)
    }

    fn tell(&self, arguments: &[&str], stdin: Option<&str>) -> Finished {
        let mut command = bare(arguments);
        command.current_dir(self.0.path());
        finish(command, stdin)
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }

    /// Writes the package of a device as a zip.
    fn package(&self, name: &str, device: &str) {
        self.write(name, &generated(device, None));
    }

    /// Extracts that package to a folder.
    fn extracted(&self, name: &str, device: &str) {
        for (member, bytes) in members(device) {
            self.write(&format!("{name}/{member}"), &bytes);
        }
    }

    /// Every member of a package, each encrypted.
    fn locked(&self, name: &str) {
        let mut out = ZipWriter::new(Cursor::new(Vec::new()));
        let options = SimpleFileOptions::default().with_aes_encryption(AesMode::Aes256, "x");
        for (member, bytes) in members("ws-1.contoso.com") {
            out.start_file(member, options).unwrap();
            out.write_all(&bytes).unwrap();
        }
        self.write(name, &out.finish().unwrap().into_inner());
    }
}

/// The files in the package of a device.
pub(crate) fn members(device: &str) -> Vec<(String, Vec<u8>)> {
    let mut zip = ZipArchive::new(Cursor::new(generated(device, None))).unwrap();
    let mut members = Vec::new();
    for index in 0..zip.len() {
        let mut member = zip.by_index(index).unwrap();
        let name = member.name().unwrap().into_owned();
        let mut bytes = Vec::new();
        member.read_to_end(&mut bytes).unwrap();
        if !name.ends_with('/') {
            members.push((name, bytes));
        }
    }
    members
}

fn generated(device: &str, damage: Option<Damage>) -> Vec<u8> {
    let at = time::macros::datetime!(2026-01-15 09:12:33 UTC);
    let mut spec = PackageSpec::new(7, device, at);
    spec.damage = damage;
    let package = Package::generate(&spec);
    let mut bytes = vec![0; usize::try_from(package.len()).unwrap()];
    let mut filled = 0;
    while filled < bytes.len() {
        filled += package.read_at(filled as u64, &mut bytes[filled..]);
    }
    bytes
}

fn devices(folder: &Path) -> Vec<String> {
    let lines = fs::read_to_string(folder.join("processes.ndjson")).unwrap();
    let mut devices: Vec<_> = lines
        .lines()
        .map(|line| {
            serde_json::from_str::<Value>(line).unwrap()["device"].as_str().unwrap().to_owned()
        })
        .collect();
    devices.dedup();
    devices
}

#[test]
fn several_packages_are_never_read_as_one() {
    let fixture = Fixture::new();
    fixture.package("zips/ws-1.zip", "ws-1.contoso.com");
    fixture.package("zips/ws-2.zip", "ws-2.contoso.com");
    fixture.extracted("tree/a", "ws-1.contoso.com");
    fixture.extracted("tree/b", "ws-2.contoso.com");
    fixture.extracted("beside", "ws-1.contoso.com");
    fixture.package("beside/ws-2.zip", "ws-2.contoso.com");
    fixture.write("ioc.txt", b"svchost.exe\n");
    for folder in ["zips", "tree", "beside"] {
        for arguments in [
            &["timeline", folder][..],
            &["open", folder],
            &["open", folder, "--json"],
            &["tree", folder],
            &["compare", folder, folder],
            &["extract", folder, "--out", "x"],
        ] {
            fixture.run(arguments).expect(2).says(&["it holds 2 packages"]);
        }
    }
    fixture
        .run(&["open", "zips"])
        .expect(2)
        .says(&["`ws-1.zip`, `ws-2.zip`", "`tables` and `search`"]);
    for folder in ["zips", "tree"] {
        let out = format!("out-{folder}");
        fixture.run(&["tables", folder, "--out", &out, "--format", "ndjson"]).expect(0);
        assert_eq!(devices(&fixture.path(&out)), ["WS-1", "WS-2"]);
        let found = fixture.run(&["search", folder, "--ioc", "ioc.txt", "--json"]).expect(0).json();
        assert_eq!(found["packages"].as_array().unwrap().len(), 2);
        let list = fs::read_to_string(fixture.path("ioc.txt")).unwrap();
        let told = fixture.tell(&["search", folder, "--ioc", "-", "--json"], Some(&list));
        assert_eq!(told.expect(0).json(), found);
    }
    fixture
        .run(&["search", "zips", "--ioc", "-", "--password-file", "-"])
        .expect(2)
        .says(&["cannot both read standard input"]);
    // One zip in a folder is that zip.
    fixture.package("one/ws-1.zip", "ws-1.contoso.com");
    fixture.write("one/ws-1.zip.manifest.json", b"{}");
    fixture.run(&["open", "one"]).expect(0).says(&["WS-1"]);
}

#[test]
fn what_is_no_package_is_not_an_empty_one() {
    let fixture = Fixture::new();
    fs::create_dir(fixture.path("empty")).unwrap();
    fixture.write("other/notes/a.txt", b"text");
    fixture.write("ioc.txt", b"svchost.exe\n");
    for arguments in [
        &["timeline"][..],
        &["open"],
        &["tree"],
        &["search", "--ioc", "ioc.txt"],
        &["tables", "--out", "o"],
        &["extract", "--out", "x"],
    ] {
        fixture.run(&[arguments, &["empty"]].concat()).expect(2).says(&["the folder has no files"]);
    }
    fixture.run(&["compare", "empty", "empty"]).expect(2);
    for arguments in [
        &["timeline"][..],
        &["open"],
        &["tree"],
        &["search", "--ioc", "ioc.txt"],
        &["tables", "--out", "o"],
    ] {
        let ended = fixture.run(&[arguments, &["other"]].concat()).expect(1);
        if arguments[0] != "tables" {
            ended.says(&["none is of a kind that is read"]);
        }
    }
    fixture
        .run(&["compare", "other", "other"])
        .expect(1)
        .says(&["not compared", "none is of a kind"]);
}

#[test]
fn what_is_encrypted_or_damaged_is_told_by_every_command() {
    let fixture = Fixture::new();
    fixture.locked("locked.zip");
    fixture.write("ioc.txt", b"svchost.exe\n");
    for (arguments, said) in [
        (&["open", "locked.zip"][..], "NOT BE VERIFIED"),
        (&["timeline", "locked.zip"], "members: member `…` cannot be read"),
        (&["tree", "locked.zip"], "members: member `…` cannot be read"),
        (&["compare", "locked.zip", "locked.zip"], "not compared"),
        (&["search", "locked.zip", "--ioc", "ioc.txt"], "NOT SEARCHED"),
        (&["tables", "locked.zip", "--out", "t"], "issues"),
        (&["extract", "locked.zip", "--out", "x"], "not extracted"),
    ] {
        fixture.run(arguments).expect(4).says(&[said]);
    }
    let found =
        fixture.run(&["search", "locked.zip", "--ioc", "ioc.txt", "--json"]).expect(4).json();
    let not_searched = found["packages"][0]["not_searched"].as_array().unwrap();
    let is_told = |name: &str| {
        not_searched.iter().any(|own| own["member"].as_str().is_some_and(|own| own.contains(name)))
    };
    assert!(is_told("Processes.csv") && is_told("Services.csv"), "{not_searched:#?}");
    assert_eq!(found["packages"][0]["total"], 0);
}

#[test]
fn one_truncated_zip_keeps_nobody_from_searching_the_others() {
    let fixture = Fixture::new();
    let whole = generated("ws-1.contoso.com", None);
    fixture.write("many/a.zip", &whole[..whole.len() / 2]);
    fixture.package("many/b.zip", "ws-1.contoso.com");
    fixture.write("ioc.txt", b"svchost.exe\n");
    let ended = fixture.run(&["search", "many", "--ioc", "ioc.txt"]).expect(4);
    ended.says(&["a.zip: NOT SEARCHED", "b.zip: "]);
    let found = fixture.run(&["search", "many", "--ioc", "ioc.txt", "--json"]).expect(4).json();
    assert_eq!(found["packages"][0]["failure"]["error"]["code"], "truncated");
    assert!(found["packages"][1]["total"].as_u64().unwrap() > 0);
    fixture.run(&["tables", "many", "--out", "t"]).expect(4);
}

#[test]
fn a_collection_that_is_there_twice_is_told_and_so_is_a_table_that_has_no_place() {
    let fixture = Fixture::new();
    fixture.package("many/a.zip", "ws-1.contoso.com");
    fixture.package("many/b.zip", "ws-1.contoso.com");
    fixture.run(&["tables", "many/a.zip", "--out", "one"]).expect(0);
    let twice = ["tables", "many", "--out", "both", "--json"];
    let record = fixture.run(&twice).expect(1).json();
    assert!(record["packages"][0]["same_as"].is_null());
    assert!(record["packages"][1]["same_as"].as_str().unwrap().ends_with("a.zip"));
    let other = ["tables", "many/a.zip", "--out", "t", "--format", "timesketch", "--table", "arp"];
    fixture.run(&other).expect(2).says(&["`timesketch`", "`arp`"]);
    let of = |format| ["tables", "many/a.zip", "--out", "t", "--format", format];
    let named = [of("ocsf").as_slice(), &["--table", "dns_cache"]].concat();
    fixture.run(&named).expect(2).says(&["`ocsf`", "`dns_cache`", "`csv`"]);
    assert!(!fixture.path("t").exists());
    fixture.run(&of("ocsf")).expect(0).says(&["not written", "dns_cache", "arp"]);
}

#[test]
fn hits_beyond_the_limit_are_counted() {
    let fixture = Fixture::new();
    fixture.package("a.zip", "ws-1.contoso.com");
    fixture.write("ioc.txt", b"svchost.exe # a remark\n");
    let all = fixture.run(&["search", "a.zip", "--ioc", "ioc.txt", "--json"]).expect(0).json();
    let all = &all["packages"][0];
    assert_eq!(all["hits"].as_array().unwrap().len() as u64, all["total"].as_u64().unwrap());
    let total = all["total"].as_u64().unwrap();
    assert!(total > 2);
    let some = ["search", "a.zip", "--ioc", "ioc.txt", "--limit", "2"];
    fixture.run(&some).expect(0).says(&[&format!("{total} hits, of which 2 are shown")]);
    let some = fixture.run(&[&some[..], &["--json"]].concat()).expect(0).json();
    assert_eq!(some["packages"][0]["total"], total);
    assert_eq!(some["packages"][0]["hits"].as_array().unwrap().len(), 2);
}

#[test]
fn lines_that_are_no_indicator_are_refused() {
    let fixture = Fixture::new();
    fixture.package("a.zip", "ws-1.contoso.com");
    fixture.write("ioc.txt", b"svchost.exe\n\n*.exe\n\x1b[2J\n10.0.0.0/8\n");
    let ended = fixture.run(&["search", "a.zip", "--ioc", "ioc.txt"]).expect(2);
    ended.says(&["3 lines", "line 3, `*.exe`", "line 4, `\\u{1b}[2J`", "line 5"]);
    fixture.write("utf16.txt", b"\xff\xfes\0v\0c\0h\0o\0s\0t\0.\0e\0x\0e\0");
    let found = fixture.run(&["search", "a.zip", "--ioc", "utf16.txt", "--json"]).expect(0).json();
    assert!(found["packages"][0]["total"].as_u64().unwrap() > 0);
}

#[test]
fn lists_and_passwords_without_an_end_are_refused() {
    let fixture = Fixture::new();
    fixture.package("a.zip", "ws-1.contoso.com");
    let list = fs::File::create(fixture.path("ioc.txt")).unwrap();
    list.set_len((256 << 20) + 1).unwrap();
    fixture.run(&["search", "a.zip", "--ioc", "ioc.txt"]).expect(2).says(&["256 MiB", "ioc.txt"]);
    fixture.write("password.txt", &[b'x'; 5_000]);
    let open = ["open", "a.zip", "--password-file", "password.txt"];
    fixture.run(&open).expect(2).says(&["4 KiB", "password.txt"]);
    fixture.write("password.txt", &[b"x".repeat(4_096), b"\n".repeat(5_000)].concat());
    fixture.run(&open).expect(0);
}

#[test]
fn what_is_missing_and_what_would_mislead_needs_a_look() {
    let fixture = Fixture::new();
    fixture.extracted("less", "ws-1.contoso.com");
    fixture.run(&["open", "less"]).expect(0).says(&["nothing needs a look"]);
    fs::remove_file(fixture.path("less/Services/Services.csv")).unwrap();
    fixture.run(&["open", "less"]).expect(1).says(&["missing", "something needs a look"]);
    fixture.write("ioc.txt", b"no-such-thing.example\n");
    let search = fixture.run(&["search", "less", "--ioc", "ioc.txt"]).expect(1);
    search.says(&["0 hits", "NOT SEARCHED", "`services` is not there"]);
    fixture.write("evil.zip", &generated("ws-1.contoso.com", Some(Damage::TraversalName)));
    fixture.run(&["open", "evil.zip"]).expect(1).says(&["traversal_name", "hazard", "evil.txt"]);
}

#[test]
fn issues_that_are_the_same_are_one_line() {
    let fixture = Fixture::new();
    fixture.extracted("small", "ws-1.contoso.com");
    let ended = fixture.run(&["open", "small", "--budget", "total-bytes=1"]).expect(1);
    let lines = ended.stdout.lines().filter(|line| line.contains("over_budget: "));
    assert!((1..5).contains(&lines.count()), "{ended:#?}");
}

#[test]
fn a_table_without_rows_is_a_file_with_its_columns() {
    let fixture = Fixture::new();
    fixture.write("few/Processes/Processes.csv", b"\r\n");
    let arguments = ["tables", "few", "--out", "t", "--format", "csv"];
    let ended = fixture.run(&arguments);
    assert_eq!(ended.code, 1, "{ended:#?}");
    for table in ["arp", "processes", "security_events"] {
        let text = fs::read_to_string(fixture.path(&format!("t/{table}.csv"))).unwrap();
        assert!(text.contains("package_id") && text.lines().count() == 1, "{table}: {text}");
    }
    fixture.run(&arguments).expect(5).says(&["is there already", "--overwrite"]);
}

#[test]
fn the_record_of_a_run_is_kept_unless_it_may_be_replaced() {
    let fixture = Fixture::new();
    fixture.package("a.zip", "ws-1.contoso.com");
    fixture.package("b.zip", "ws-2.contoso.com");
    let run = |package: &str, table: &str, more: &[&str]| {
        let own = ["tables", package, "--out", "t", "--format", "csv", "--table", table];
        fixture.run(&[&own[..], more].concat())
    };
    let record = || fs::read_to_string(fixture.path("t/tables.json")).unwrap();
    run("a.zip", "arp", &[]).expect(0);
    run("b.zip", "services", &[]).expect(5).says(&["tables.json", "is there already"]);
    assert!(record().contains("a.zip") && !record().contains("b.zip"), "{}", record());
    assert_eq!(fs::read_dir(fixture.path("t")).unwrap().count(), 2, "nothing half-written is left");
    run("b.zip", "services", &["--overwrite"]).expect(0);
    assert!(record().contains("b.zip"), "{}", record());

    #[cfg(unix)]
    {
        fixture.write("victim", b"theirs");
        fs::remove_file(fixture.path("t/tables.json")).unwrap();
        let link = || {
            std::os::unix::fs::symlink(fixture.path("victim"), fixture.path("t/tables.json"))
                .unwrap();
        };
        link();
        run("a.zip", "processes", &[]).expect(5).says(&["is there already"]);
        run("a.zip", "processes", &["--overwrite"]).expect(0);
        assert_eq!(fs::read(fixture.path("victim")).unwrap(), b"theirs");
        assert!(record().contains("a.zip"));
    }
}

#[test]
fn a_word_that_may_be_no_name_is_told() {
    let fixture = Fixture::new();
    let line = "    v    REG_SZ    C:\\Users\\agent\\x agent\n".repeat(2_000);
    let run = format!("HKEY_LOCAL_MACHINE\\Software\\Run\n{line}\n");
    fixture.write("few/Autoruns/Autoruns.txt", run.as_bytes());
    let ended = fixture.run(&["tables", "few", "--out", "t", "--redact", "--format", "ndjson"]);
    ended.says(&["user-1 replaced a word in", "may not be a name"]);
    assert!(!ended.stdout.contains("agent"), "{ended:#?}");
    let record = fs::read_to_string(fixture.path("t/tables.json")).unwrap();
    let record: Value = serde_json::from_str(&record).unwrap();
    assert_eq!(record["doubtful"][0]["name"], "user-1", "{record}");
}

#[test]
fn what_is_extracted_is_counted_and_is_for_this_user_alone() {
    let fixture = Fixture::new();
    fixture.package("a.zip", "ws-1.contoso.com");
    fixture.run(&["extract", "a.zip", "--out", "x"]).expect(0).says(&["written to x;"]);
    fixture
        .run(&["extract", "a.zip", "--out", "x"])
        .expect(0)
        .says(&["0 files of", "already there"]);
    fixture
        .run(&["extract", "a.zip", "--out", "y", "--member", "nosuch"])
        .expect(1)
        .says(&["`nosuch`"]);
    #[cfg(unix)]
    for file in crate::support::files(&fixture.path("x")) {
        use std::os::unix::fs::PermissionsExt as _;

        let mode = fs::metadata(&file).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "{}", file.display());
    }
}

#[test]
fn what_was_collected_and_is_not_there_is_told_by_every_command_that_lacks_it() {
    let fixture = Fixture::new();
    fixture.extracted("whole", "ws-1.contoso.com");
    for arguments in
        [&["timeline", "whole"][..], &["tree", "whole"], &["compare", "whole", "whole"]]
    {
        let ended = fixture.run(arguments).expect(0);
        assert_eq!(ended.stderr, "", "{arguments:?}");
    }
    for (folder, member, table) in [
        ("no-list", "Processes/Processes.csv", "processes"),
        ("no-log", "Security Event Log/Security.evtx", "security_events"),
        ("no-arp", "Network Connections/Arp.txt", "arp"),
    ] {
        fixture.extracted(folder, "ws-1.contoso.com");
        fs::remove_file(fixture.path(&format!("{folder}/{member}"))).unwrap();
        let said = format!("`{table}` is not there");
        let out = format!("out-{folder}");
        fixture.run(&["tables", folder, "--out", &out, "--table", table]).expect(1);
        let record = fs::read_to_string(fixture.path(&format!("{out}/tables.json"))).unwrap();
        assert!(record.contains("missing_member"), "{record}");
        let has_events = u8::from(table != "arp");
        let timeline = fixture.run(&["timeline", folder]).expect(has_events.into());
        assert_eq!(timeline.stderr.contains(&said), has_events == 1, "{timeline:#?}");
        let has_none = u8::from(table == "processes");
        let tree = fixture.run(&["tree", folder]).expect(has_none.into());
        assert_eq!(tree.stderr.contains(&said), has_none == 1, "{tree:#?}");
        // It is told once.
        let open = fixture.run(&["open", folder]).expect(1);
        assert!(!open.stdout.contains("missing_member"), "{open:#?}");
    }
}

#[test]
fn a_process_that_could_not_be_read_is_in_the_tree_and_is_missed_in_the_timeline() {
    let fixture = Fixture::new();
    fixture.extracted("odd", "ws-1.contoso.com");
    let file = fixture.path("odd/Processes/Processes.csv");
    let mut text = fs::read_to_string(&file).unwrap();
    text.push_str("\"evil.exe\",\"1\",\"2\",\"3\",\"C:\\evil.exe\",\"evil.exe\"\r\n");
    fs::write(file, text).unwrap();
    fixture.run(&["tree", "odd"]).expect(1).says(&["C:\\evil.exe", "1 row of the process list"]);
    fixture.run(&["timeline", "odd"]).expect(1).says(&["untimed: `processes`: 1 row "]);
}

#[test]
fn packages_of_two_devices_are_no_comparison_of_one() {
    let fixture = Fixture::new();
    fixture.extracted("one", "ws-1.contoso.com");
    for (member, bytes) in members("ws-1.contoso.com") {
        let renamed = String::from_utf8(bytes.clone()).map(|text| text.replace("WS-1", "WS-9"));
        fixture.write(&format!("other/{member}"), &renamed.map_or(bytes, String::into_bytes));
    }
    let ended = fixture.run(&["compare", "one", "other"]).expect(1);
    ended.says(&["DIFFERENT devices"]);
    assert!(!ended.stdout.contains("not compared"), "{ended:#?}");
    fixture.run(&["compare", "one", "one"]).expect(0);
}
