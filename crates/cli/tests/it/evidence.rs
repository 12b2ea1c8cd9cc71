use std::fs;
use std::path::Path;

use mde_forensics_cli::MemberFiles;
use mde_forensics_package::{Budgets, FolderFile, Package, Sha256};
use serde_json::{Value, json};

use crate::support::{Finished, Service, bare, finish};

/// A service that has collected one package, and the package's path.
fn collected() -> (Service, String) {
    let service = Service::start();
    service.collect(&[]).expect(0);
    let package = service.packages("evidence").remove(0).to_str().unwrap().to_owned();
    (service, package)
}

#[test]
fn a_package_is_opened_counted_and_written() {
    let (service, package) = collected();
    let document = service.run(&["open", &package, "--json"]).expect(0).json();
    assert_eq!(document["device"], "WS-042");
    assert_eq!((&document["whole"], &document["needs_a_look"]), (&true.into(), &false.into()));
    let rows = |document: &Value, table: &str| {
        let tables = document["report"]["tables"].as_array().unwrap();
        tables.iter().find(|count| count["table"] == table).unwrap()["rows"].as_u64().unwrap()
    };
    assert!(rows(&document, "processes") > 10);
    service.run(&["open", &package]).expect(0).says(&["processes", "nothing needs a look"]);

    let out = service.path("tables");
    for format in ["parquet", "arrow", "csv", "ndjson"] {
        let out = out.join(format);
        let written = service
            .run(&[
                "tables",
                "evidence",
                "--out",
                out.to_str().unwrap(),
                "--format",
                format,
                "--json",
            ])
            .expect(0)
            .json();
        assert_eq!(rows(&written["packages"][0], "processes"), rows(&document, "processes"));
        let again = ["tables", "evidence", "--out", out.to_str().unwrap(), "--format", format];
        service.run(&again).expect(5).says(&["is there already"]);
    }
    let lines = fs::read_to_string(out.join("ndjson/processes.ndjson")).unwrap();
    assert_eq!(lines.lines().count() as u64, rows(&document, "processes"));
    for line in lines.lines() {
        let row: Value = serde_json::from_str(line).unwrap();
        assert_eq!(row["device"], "WS-042");
    }
    assert!(fs::read(out.join("parquet/processes.parquet")).unwrap().starts_with(b"PAR1"));
    service
        .run(&["tables", &package, "--out", "x", "--table", "nothing"])
        .expect(2)
        .says(&["processes"]);
}

#[test]
fn what_is_found_in_a_package_is_shown() {
    let (service, package) = collected();
    let timeline = service.run(&["timeline", &package, "--format", "timesketch"]).expect(0);
    for line in timeline.stdout.lines() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert!(event["datetime"].is_string() && event["timestamp_desc"].is_string(), "{event}");
    }
    assert!(timeline.stdout.lines().count() > 100);
    service.run(&["timeline", &package]).expect(0).says(&["process_started"]);
    service.run(&["tree", &package]).expect(0).says(&["svchost.exe"]);
    fs::write(service.path("ioc.txt"), "svchost.exe\nno-such-thing.example\n").unwrap();
    let document =
        service.run(&["search", &package, "--ioc", "ioc.txt", "--json"]).expect(0).json();
    let hits = document["packages"][0]["hits"].as_array().unwrap();
    assert!(hits.iter().all(|hit| hit["indicator"] == "svchost.exe") && !hits.is_empty());
    // A line that was understood as something else looks as if nothing had been found.
    assert_eq!(
        document["indicators"],
        json!([
            { "value": "svchost.exe", "kind": "name" },
            { "value": "no-such-thing.example", "kind": "domain" },
        ])
    );
    service.run(&["search", &package, "--ioc", "ioc.txt"]).expect(0).says(&[
        "looked for 2 indicators: svchost.exe (name), no-such-thing.example (domain)",
        &format!("svchost.exe: {}; no hits: no-such-thing.example", hits.len()),
    ]);
    // What is beyond the limit is counted too.
    assert!(hits.len() > 1);
    let few = ["search", &package, "--ioc", "ioc.txt", "--limit", "1"];
    service.run(&few).expect(0).says(&[
        "of which 1 are shown",
        &format!("svchost.exe: {}; no hits: no-such-thing.example", hits.len()),
    ]);
    let few = service.run(&[&few[..], &["--json"]].concat()).expect(0).json();
    assert_eq!(few["packages"][0]["hits_per_indicator"], json!([hits.len(), 0]));
    let document = service.run(&["compare", &package, &package, "--json"]).expect(0).json();
    assert_eq!(document["changes"].as_array().unwrap().len(), 0);
    service.run(&["tables", &package, "--out", "r", "--format", "ndjson", "--redact"]).expect(0);
    let redacted = fs::read_to_string(service.path("r/processes.ndjson")).unwrap();
    assert!(!redacted.to_lowercase().contains("ws-042") && redacted.contains("host-1"));
    let record = fs::read_to_string(service.path("r/tables.json")).unwrap();
    assert!(!record.to_lowercase().contains("ws-042") && record.contains("host-1"));
    service.run(&["tables", &package, "--out", "o", "--format", "ocsf"]).expect(0);
    let events = fs::read_to_string(service.path("o/evidence.ocsf.ndjson")).unwrap();
    let event: Value = serde_json::from_str(events.lines().next().unwrap()).unwrap();
    assert_eq!(event["class_uid"], 5040);
}

#[test]
fn members_are_extracted_by_their_hash_and_a_folder_is_a_package() {
    let (service, package) = collected();
    service.run(&["extract", &package, "--out", "x"]).expect(0);
    let list: Value =
        serde_json::from_str(&fs::read_to_string(service.path("x/members.json")).unwrap()).unwrap();
    let folder = service.path("folder");
    for member in list["packages"][0]["members"].as_array().unwrap() {
        let file = service.path("x").join(member["file"].as_str().unwrap());
        assert_eq!(fs::metadata(&file).unwrap().len(), member["size"].as_u64().unwrap());
        let name = member["member"].as_str().unwrap();
        if !name.contains('!') {
            let to = folder.join(name);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::copy(&file, to).unwrap();
        }
    }
    let of_zip = service.run(&["open", &package, "--json"]).expect(0).json();
    let of_folder = service.run(&["open", "folder", "--json"]).expect(0).json();
    assert_eq!(of_zip["report"]["tables"], of_folder["report"]["tables"]);
    assert_eq!(of_zip["report"]["issues"], of_folder["report"]["issues"]);
    service.run(&["extract", &package, "--out", "z", "--zip", "--member", "Processes"]).expect(0);
    let zip = fs::read(service.path("z/members.infected.zip")).unwrap();
    assert!(zip.starts_with(b"PK") && !zip.windows(8).any(|bytes| bytes == b"Win32_Pr"));
    let again = service.run(&["extract", &package, "--out", "z", "--zip"]).expect(5);
    again.says(&["members.infected.zip", "choose another folder"]);
    assert_eq!(fs::read(service.path("z/members.infected.zip")).unwrap(), zip);
}

fn run_in(folder: &Path, arguments: &[&str]) -> Finished {
    let mut command = bare(arguments);
    command.current_dir(folder);
    finish(command, None)
}

/// Of two that read the list at once, one would write over what the other has added.
#[test]
fn extracting_into_one_folder_at_once_forgets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let begin = std::sync::Barrier::new(PACKAGES);
    std::thread::scope(|scope| {
        for number in 0..PACKAGES {
            let (begin, out) = (&begin, folder.path());
            scope.spawn(move || {
                let file = FolderFile::new("a.txt", number.to_string().into_bytes());
                let package: Package<Vec<u8>> =
                    Package::open_folder(vec![file], &Budgets::default()).unwrap();
                begin.wait();
                mde_forensics_cli::extract(&package, &[], out, MemberFiles::Plain).unwrap();
            });
        }
    });
    let list = fs::read(folder.path().join("members.json")).unwrap();
    let list: Value = serde_json::from_slice(&list).unwrap();
    assert_eq!(list["packages"].as_array().unwrap().len(), PACKAGES);
}

/// Bytes of a wrong member under a hash, or a list that forgets, are evidence lost.
#[test]
fn what_was_extracted_is_what_its_name_says_and_stays_listed() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let run = |arguments: &[&str]| run_in(folder.path(), arguments);
    let arp = b"  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n";
    let (one, other) = (&b"FIRST"[..], &b"SECOND"[..]);
    fs::write(at("a.zip"), stored_zip(&[("a.txt", one), ("a.txt", other), ("Arp.txt", arp)]))
        .unwrap();
    fs::write(at("b.zip"), stored_zip(&[("b.txt", b"THIRD"), ("Arp.txt", arp)])).unwrap();
    let name = |bytes: &[u8]| format!("{}.bin", Sha256::of(bytes).unwrap());
    let sums = |bytes: &[u8]| format!("x/{}", name(bytes));

    run(&["extract", "a.zip", "--out", "x", "--member", "a.txt"]).expect(0);
    for bytes in [one, other] {
        assert_eq!(fs::read(at(&sums(bytes))).unwrap(), bytes);
    }
    run(&["extract", "a.zip", "--out", "x", "--member", "arp"]).expect(0);
    run(&["extract", "b.zip", "--out", "x"]).expect(0);
    let list = || fs::read_to_string(at("x/members.json")).unwrap();
    let listed: Value = serde_json::from_str(&list()).unwrap();
    let names = |package: usize| -> Vec<_> {
        let members = listed["packages"][package]["members"].as_array().unwrap().iter();
        members.map(|own| own["member"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!([names(0), names(1)], [vec!["Arp.txt", "a.txt", "a.txt"], vec!["Arp.txt", "b.txt"]]);

    let before = list();
    fs::write(at(&sums(other)), "something else").unwrap();
    let ended = run(&["extract", "a.zip", "--out", "x"]).expect(5);
    assert!(ended.stderr.contains(&name(other)), "{ended:#?}");
    assert!(ended.stderr.contains("does not match the hash in its name"), "{ended:#?}");
    fs::remove_file(at(&sums(other))).unwrap();
    fs::write(at("x/members.json"), "[1]").unwrap();
    let ended = run(&["extract", "a.zip", "--out", "x"]).expect(5);
    assert!(ended.stderr.contains("members.json"), "{ended:#?}");
    assert_eq!(list(), "[1]");
    assert!(!at(&sums(other)).exists());
    fs::write(at("x/members.json"), &before).unwrap();
    run(&["extract", "a.zip", "--out", "x"]).expect(0);
    assert_eq!((list(), fs::read(at(&sums(other))).unwrap()), (before, other.to_vec()));
    run(&["extract", "a.zip", "--out", "z", "--zip"]).expect(0);
    let mut zip =
        zip::ZipArchive::new(fs::File::open(at("z/members.infected.zip")).unwrap()).unwrap();
    for bytes in [one, other] {
        let mut member = zip.by_name_decrypt(&name(bytes), b"infected").unwrap();
        let mut read = Vec::new();
        std::io::Read::read_to_end(&mut member, &mut read).unwrap();
        assert_eq!(read, bytes);
    }
}

#[test]
fn one_bad_member_keeps_no_other_from_being_extracted() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let run = |arguments: &[&str]| run_in(folder.path(), arguments);
    let members: [(&str, &[u8]); 3] =
        [("a.txt", b"FIRST"), ("b.txt", b"SECOND"), ("c.txt", b"THIRD")];
    let mut bytes = stored_zip(&members);
    let place = bytes.windows(6).position(|own| own == b"SECOND").unwrap();
    bytes[place] = b'X';
    fs::write(at("bad.zip"), bytes).unwrap();
    for (out, kind) in [("plain", None), ("zipped", Some("--zip"))] {
        let arguments = ["extract", "bad.zip", "--out", out, "--json"];
        let said = run(&arguments.into_iter().chain(kind).collect::<Vec<_>>()).expect(4).json();
        let names = |list: &Value| -> Vec<_> {
            list.as_array()
                .unwrap()
                .iter()
                .map(|own| own["member"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(names(&said["members"]), ["a.txt", "c.txt"]);
        assert_eq!(names(&said["not_extracted"]), ["b.txt"]);
        assert_eq!(said["not_extracted"][0]["why"], "crc_mismatch");
        let list: Value =
            serde_json::from_str(&fs::read_to_string(at(out).join("members.json")).unwrap())
                .unwrap();
        assert_eq!(list["packages"][0]["members"], said["members"]);
    }
}

#[cfg(unix)]
#[test]
fn a_link_is_neither_evidence_nor_a_place_for_it() {
    use std::os::unix::fs::symlink;

    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let run = |arguments: &[&str]| run_in(folder.path(), arguments);
    fs::write(at("a.zip"), stored_zip(&[("a.txt", b"FIRST")])).unwrap();
    fs::write(at("elsewhere"), "FIRST").unwrap();
    let sum = Sha256::of(&b"FIRST"[..]).unwrap();
    for target in ["elsewhere", "nowhere"] {
        let out = format!("to-{target}");
        fs::create_dir(at(&out)).unwrap();
        symlink(at(target), at(&out).join(format!("{sum}.bin"))).unwrap();
        let ended = run(&["extract", "a.zip", "--out", &out]).expect(5);
        assert!(ended.stderr.contains("not a regular file"), "{ended:#?}");
        assert!(!at("nowhere").exists());
    }
    fs::create_dir(at("package")).unwrap();
    fs::write(at("package/Arp.txt"), b"  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n").unwrap();
    symlink(at("elsewhere"), at("package/link.txt")).unwrap();
    let ended = run(&["extract", "package", "--out", "out"]).expect(1);
    assert!(ended.stderr.contains("`link.txt` is a link"), "{ended:#?}");
}

/// A zip by hand: a library takes no name twice.
fn stored_zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut zip, mut directory) = (Vec::new(), Vec::new());
    for (name, bytes) in members {
        let size = u32::try_from(bytes.len()).unwrap().to_le_bytes();
        let length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let common = [
            &[20, 0, 0, 0, 0, 0, 0, 0, 0x21, 0x58],
            &crc32(bytes).to_le_bytes()[..],
            &size,
            &size,
            &length,
            &[0; 2],
        ]
        .concat();
        let offset = u32::try_from(zip.len()).unwrap().to_le_bytes();
        directory.extend(
            [b"PK\x01\x02\x14\0", &common[..], &[0; 10], &offset, name.as_bytes()].concat(),
        );
        zip.extend([b"PK\x03\x04", &common[..], name.as_bytes(), bytes].concat());
    }
    let count = u16::try_from(members.len()).unwrap().to_le_bytes();
    let [size, at] =
        [directory.len(), zip.len()].map(|own| u32::try_from(own).unwrap().to_le_bytes());
    [zip, directory, [b"PK\x05\x06\0\0\0\0", &count[..], &count, &size, &at, &[0; 2]].concat()]
        .concat()
}

fn crc32(bytes: &[u8]) -> u32 {
    let bit = |sum: u32| if sum & 1 == 1 { 0xedb8_8320 ^ (sum >> 1) } else { sum >> 1 };
    !bytes.iter().fold(!0, |sum, byte| (0..8).fold(sum ^ u32::from(*byte), |sum, _| bit(sum)))
}

#[test]
fn what_is_no_package_is_said_in_plain_words() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("x.zip");
    fs::write(&file, "<html>").unwrap();
    let finished = finish(bare(&["open", file.to_str().unwrap(), "--json"]), None).expect(4);
    let error = &finished.json()["error"];
    assert_eq!(error["code"], "not_a_zip");
    assert!(error["hint"].as_str().is_some_and(|hint| hint.contains("SHA-256")), "{error}");
    finish(bare(&["open", "no/such/file"]), None).expect(2).says(&["cannot read"]);
}

#[test]
fn members_of_hostile_names_are_written_nowhere_but_below_the_output() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("a/b/c");
    fs::create_dir_all(&below).unwrap();
    let mut zip = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let names = [
        "../../escaped/Processes.csv",
        "/tmp/absolute/Arp.txt",
        "C:\\drive\\Arp.txt",
        "CON",
        "NUL.txt",
        "a:stream/Arp.txt",
        "dot./Arp.txt",
        "x\u{202e}gpj.exe",
        "line\nbreak\u{1b}[2J/Arp.txt",
        "SAME/Arp.txt",
        "same/arp.txt",
    ];
    for name in names {
        zip.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
        std::io::Write::write_all(&mut zip, name.as_bytes()).unwrap();
    }
    fs::write(below.join("package.zip"), zip.finish().unwrap().into_inner()).unwrap();
    for (arguments, out) in [
        (&["extract", "package.zip", "--out", "plain"][..], "plain"),
        (&["extract", "package.zip", "--out", "zipped", "--zip"], "zipped"),
        (&["tables", "package.zip", "--out", "tables", "--format", "csv"], "tables"),
        (&["open", "package.zip", "--all"], ""),
        (&["timeline", "package.zip"], ""),
    ] {
        let mut command = bare(arguments);
        command.current_dir(&below);
        let ended = finish(command, None);
        assert!(ended.code <= 1, "{ended:#?}");
        let printed = ended.stdout + &ended.stderr;
        assert!(!printed.contains('\u{1b}') && !printed.contains('\u{202e}'), "{printed}");
        if !out.is_empty() {
            for file in crate::support::files(&below.join(out)) {
                let name = file.file_name().unwrap().to_str().unwrap();
                let is_plain =
                    name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
                assert!(is_plain && file.is_file(), "{name}");
            }
        }
    }
    let beside = |folder: &Path| crate::support::files(folder).len();
    assert_eq!(beside(&below), 4, "the package and three folders");
    assert_eq!((beside(&folder.path().join("a/b")), beside(&folder.path().join("a"))), (1, 1));
    assert_eq!(beside(folder.path()), 1);
    assert!(!Path::new("/tmp/absolute/Arp.txt").exists());
}

#[test]
fn a_package_that_cannot_be_read_is_not_named_where_names_are_replaced() {
    let (service, _) = collected();
    fs::write(service.path("evidence/ws-099.zip"), "no zip").unwrap();
    let arguments = ["tables", "evidence", "--out", "o", "--redact", "--json", "--format", "csv"];
    let ended = service.run(&arguments);
    assert_eq!(ended.code, 4, "{ended:#?}");
    let record = fs::read_to_string(service.path("o/tables.json")).unwrap();
    for text in [&record, &ended.stdout] {
        assert!(text.contains("not_a_zip") && text.contains("package-"), "{text}");
        assert!(!text.to_lowercase().contains("ws-099"), "{text}");
    }
}

const PACKAGES: usize = 16;
