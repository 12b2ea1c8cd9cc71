//! Evidence that was packed again with a password.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use zip::{AesMode, ZipWriter, write::SimpleFileOptions};

use crate::support::{Finished, Service, files, finish};

const PASSWORD: &str = "Tr0ub4dor-and-3";

/// A package that was collected and zipped again, in the folder `locked`.
fn locked(service: &Service) {
    service.collect(&[]).expect(0);
    let package = fs::read(service.packages("evidence").remove(0)).unwrap();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().with_aes_encryption(AesMode::Aes256, PASSWORD);
    zip.start_file("case 42/package.zip", options).unwrap();
    zip.write_all(&package).unwrap();
    fs::create_dir(service.path("locked")).unwrap();
    fs::write(service.path("locked/again.zip"), zip.finish().unwrap().into_inner()).unwrap();
    fs::write(service.path("password.txt"), format!("{PASSWORD}\r\n")).unwrap();
    fs::write(service.path("ioc.txt"), "svchost.exe\n").unwrap();
}

fn with_variable(service: &Service, arguments: &[&str]) -> Finished {
    let mut command = service.command(arguments);
    command.env("MDE_EVIDENCE_PASSWORD", PASSWORD);
    finish(command, None)
}

fn all_text(folder: &Path, texts: &mut Vec<Vec<u8>>) {
    for file in files(folder) {
        if file.is_dir() {
            all_text(&file, texts);
        } else {
            texts.push(fs::read(file).unwrap());
        }
    }
}

#[test]
fn every_command_opens_it_and_none_repeats_the_password() {
    let service = Service::start();
    locked(&service);
    let again = "locked/again.zip";
    let mut printed = Vec::new();
    for arguments in [
        &["open", again, "--all"][..],
        &["open", again, "--all", "--json", "-vv"],
        &["tables", "locked", "--out", "out/tables", "--format", "ndjson"],
        &["timeline", again],
        &["compare", again, again],
        &["search", again, "--ioc", "ioc.txt"],
        &["tree", again],
        &["extract", again, "--out", "out/files"],
        &["extract", again, "--out", "out/zip", "--zip"],
    ] {
        let by_file = service.run(&[arguments, &["--password-file", "password.txt"]].concat());
        assert!(by_file.code <= 1, "{arguments:?}: {by_file:#?}");
        printed.push(by_file);
    }
    printed[3].says(&["process_started"]);
    printed[5].says(&["svchost.exe"]);
    printed[6].says(&["svchost.exe"]);
    let by_variable = with_variable(&service, &["tree", again]).expect(0);
    assert_eq!(by_variable.stdout, printed[6].stdout);
    let by_option = service.run(&["tree", again, "--password", PASSWORD]).expect(0);
    assert_eq!(by_option.stdout, printed[6].stdout);
    let mut texts = Vec::new();
    all_text(&service.path("out"), &mut texts);
    assert!(texts.len() > 20);
    texts
        .extend(printed.into_iter().flat_map(|ended| [ended.stdout, ended.stderr]).map(Into::into));
    let is_in = |text: &[u8]| text.windows(PASSWORD.len()).any(|part| part == PASSWORD.as_bytes());
    assert!(texts.iter().all(|text| !is_in(text)));
}

#[test]
fn a_wrong_password_and_none_are_told_apart() {
    let service = Service::start();
    locked(&service);
    let again = "locked/again.zip";
    let wrong = service.run(&["open", again, "--password", "tr0ub4dor", "--json"]).expect(4);
    let error = &wrong.json()["error"];
    assert_eq!(error["code"], "wrong_password");
    assert!(error["message"].as_str().unwrap().contains("case 42/package.zip"), "{error}");
    assert!(!format!("{wrong:?}").contains("tr0ub4dor"));
    // Nothing is known to be damaged, but it could not be verified.
    let none = service.run(&["open", again]).expect(4);
    none.says(&["is encrypted", "--password-file"]);
    fs::write(service.path("empty.txt"), "\n").unwrap();
    service
        .run(&["open", again, "--password-file", "empty.txt"])
        .expect(2)
        .says(&["contains no password"]);
    let both = ["open", again, "--password-file", "empty.txt", "--password", "x"];
    service.run(&both).expect(2);
    service.run(&["open", again, "--password", ""]).expect(2).says(&["--password"]);
    let with = |password: &str, more: &[&str]| {
        let mut command = service.command(&[&["open", again, "--json"], more].concat());
        command.env("MDE_EVIDENCE_PASSWORD", password);
        finish(command, None)
    };
    // An empty variable is none, and what the command line says goes before it.
    with("", &[]).expect(4);
    let by_file = with("another", &["--password-file", "password.txt"]);
    assert!(by_file.code <= 1, "{by_file:#?}");
    let by_option = with("another", &["--password", PASSWORD]);
    assert!(by_option.code <= 1, "{by_option:#?}");
    let by_variable = with("another", &[]);
    assert_eq!(by_variable.code, 4, "{by_variable:#?}");
}

#[test]
fn what_is_extracted_into_a_locked_zip_is_read_again() {
    let service = Service::start();
    service.collect(&[]).expect(0);
    let package = service.packages("evidence").remove(0).to_str().unwrap().to_owned();
    let list =
        service.run(&["extract", &package, "--out", "z", "--zip", "--json"]).expect(0).json();
    let arguments = ["open", "z/members.infected.zip", "--all", "--json", "--password", "infected"];
    let opened = service.run(&arguments).expect(1).json();
    assert_eq!(opened["whole"], true);
    let members = opened["members"].as_array().unwrap();
    assert!(members.len() > 20);
    for member in members {
        let name = format!("{}.bin", member["sha256"].as_str().unwrap());
        assert_eq!((&member["name"], &member["verdict"]), (&name.into(), &"good".into()));
        assert_eq!(member["encryption"], "aes_256");
    }
    let listed: std::collections::BTreeSet<_> = list["members"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["file"].as_str().unwrap())
        .collect();
    assert_eq!(listed.len(), members.len());
}

#[test]
fn a_budget_can_be_set() {
    let service = Service::start();
    service.collect(&[]).expect(0);
    let package = service.packages("evidence").remove(0).to_str().unwrap().to_owned();
    let arguments = ["open", &package, "--budget", "table-rows=7", "--budget", "entries=1000"];
    service.run(&arguments).expect(1).says(&["rows are missing", "over_budget"]);
    service
        .run(&["open", &package, "--budget", "rows=7"])
        .expect(2)
        .says(&["unknown budget `rows`", "timeline-bytes"]);
}
