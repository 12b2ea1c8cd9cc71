use std::fs;

use mde_forensics_emulator::package::Damage;
use serde_json::Value;

use crate::support::Service;

#[test]
fn a_package_is_compared_with_its_manifest() {
    let service = Service::start();
    service.collect(&[]).expect(0);
    let package = service.packages("evidence").remove(0);
    let path = package.to_str().unwrap();
    service.run(&["verify", path]).expect(0).says(&["intact"]);
    let document = service.run(&["verify", path, "--json"]).expect(0).json();
    assert_eq!(document["intact"], true);
    assert_eq!(document["packages"][0]["manifest"]["custody"]["comment"], "INC-42");

    let mut bytes = fs::read(&package).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&package, bytes).unwrap();
    let altered = service.run(&["verify", path]).expect(4);
    altered.says(&[
        "does not match its manifest",
        "sha256",
        "verdict: the manifest says good, the",
    ]);
    let document = service.run(&["verify", path, "--json"]).expect(4).json();
    assert_eq!(document["intact"], false);
}

#[test]
fn a_package_without_a_manifest_proves_nothing() {
    let service = Service::start();
    fs::write(service.path("x.zip"), "PK").unwrap();
    let finished = service.run(&["verify", "x.zip", "--json"]).expect(4);
    assert_eq!(finished.json()["error"]["code"], "manifest_missing");
    let finished = service.run(&["verify", "x.zip"]).expect(4);
    finished.says(&["there is no manifest", "nothing is known of the package"]);
    assert!(!finished.stderr.contains("altered"), "{finished:#?}");
    // One that cannot be used is another matter.
    fs::write(service.path("x.zip.manifest.json"), "{").unwrap();
    let finished = service.run(&["verify", "x.zip", "--json"]).expect(4);
    assert_eq!(finished.json()["error"]["code"], "manifest_mismatch");
}

#[test]
fn a_slip_of_the_hand_is_no_sign_of_tampering() {
    let service = Service::start();
    service.collect(&[]).expect(0);
    let package = service.packages("evidence").remove(0).to_str().unwrap().to_owned();
    fs::write(service.path("x.zip.part"), "PK").unwrap();
    for (name, said) in [
        (".", "contains no packages"),
        ("no-such.zip", "does not exist"),
        ("x.zip.part", "is an unfinished download"),
        (&format!("{package}.manifest.json"), "is not a package"),
    ] {
        let finished = service.run(&["verify", name]).expect(2);
        finished.says(&[said]);
        assert!(!finished.stderr.contains("altered"), "{finished:#?}");
        // The others are compared all the same.
        service.run(&["verify", name, &package]).expect(2).says(&[said, "intact"]);
    }
    fs::write(service.path("x.zip"), "PK").unwrap();
    let document = service.run(&["verify", "x.zip", &package, "--json"]).expect(4).json();
    assert_eq!(document["packages"][0]["failure"]["error"]["code"], "manifest_missing");
    assert_eq!(document["packages"][1]["verified"], true);
}

#[test]
fn a_folder_is_compared_with_all_that_was_collected_into_it() {
    let service = Service::start();
    service.collect(&[]).expect(0);
    let first = service.packages("evidence").remove(0);
    service.collect(&[]).expect(0);
    let [one, other] = &service.packages("evidence")[..] else { panic!("two packages") };
    let finished = service.run(&["verify", "evidence"]).expect(0);
    assert_eq!(finished.stdout.matches("intact").count(), 2);
    let document = service.run(&["verify", "evidence", "--json"]).expect(0).json();
    assert_eq!(document["packages"].as_array().unwrap().len(), 2);

    let gone = if first == *one { other } else { one };
    fs::rename(gone, service.path("elsewhere.zip")).unwrap();
    let said = &["is missing, but its manifest is there", "intact"];
    service.run(&["verify", "evidence"]).expect(4).says(said);
    let manifest = format!("{}.manifest.json", gone.to_str().unwrap());
    fs::remove_file(manifest).unwrap();
    let said = &["is missing, but the ledger lists it as stored", "intact"];
    service.run(&["verify", "evidence"]).expect(4).says(said);
    let document = service.run(&["verify", "evidence", "--json"]).expect(4).json();
    assert_eq!((&document["intact"], &document["verified"]), (&false.into(), &false.into()));
    let failures =
        document["packages"].as_array().unwrap().iter().filter_map(|it| it.get("failure"));
    let codes: Vec<_> = failures.map(|failure| &failure["error"]["code"]).collect();
    assert_eq!(codes, ["manifest_mismatch"]);

    // What has its name is not what it was.
    fs::create_dir(gone).unwrap();
    service
        .run(&["verify", "evidence"])
        .expect(4)
        .says(&["is missing, but something else", "intact"]);
    fs::remove_dir(gone).unwrap();
    fs::write(gone.with_extension("zip.part"), "PK").unwrap();
    service.run(&["verify", "evidence"]).expect(4).says(&["is unfinished", "resume"]);

    let ledger = service.path("evidence/mde-forensics.ledger.jsonl");
    let kept = fs::read_to_string(&ledger).unwrap();
    fs::write(&ledger, "{\n{\n").unwrap();
    service.run(&["verify", "evidence"]).expect(4).says(&["ledger", "intact"]);
    // What a ledger says leads nowhere else.
    let name = gone.file_name().unwrap().to_str().unwrap();
    fs::write(&ledger, kept.replace(name, "../elsewhere.zip")).unwrap();
    let finished = service.run(&["verify", "evidence"]).expect(0);
    assert!(!finished.stdout.contains("elsewhere"), "{finished:#?}");
}

#[cfg(unix)]
#[test]
fn a_name_that_is_no_text_keeps_nobody_from_comparing() {
    use std::os::unix::ffi::OsStrExt;

    let service = Service::start();
    service.collect(&[]).expect(0);
    let package = service.packages("evidence").remove(0);
    let odd = package.with_file_name(std::ffi::OsStr::from_bytes(b"\xff.zip"));
    fs::copy(&package, &odd).unwrap();
    let manifest = |path: &std::path::Path| path.with_extension("zip.manifest.json");
    fs::copy(manifest(&package), manifest(&odd)).unwrap();
    let document = service.run(&["verify", "evidence", "--json"]).expect(4).json();
    assert_eq!(document["packages"].as_array().unwrap().len(), 2);
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_a_ledger_is_not_waited_for() {
    let service = Service::start();
    service.collect(&[]).expect(0);
    let ledger = service.path("evidence/mde-forensics.ledger.jsonl");
    fs::remove_file(&ledger).unwrap();
    service.run(&["verify", "evidence"]).expect(0).says(&["intact"]);
    assert!(std::process::Command::new("mkfifo").arg(&ledger).status().unwrap().success());
    service.run(&["verify", "evidence"]).expect(4).says(&["is not a regular file", "intact"]);
    service.run(&["status", "evidence"]).expect(5).says(&["is not a regular file"]);
}

#[test]
fn damaged_evidence_is_no_success_however_intact_it_is() {
    let service = Service::with(|config| {
        config.fleet.devices[0].life.package.damage = Some(Damage::BadCrc);
    });
    service.collect(&[]).expect(4).says(&["package_damaged"]);
    let kept = service.packages("evidence").remove(0);
    let path = kept.to_str().unwrap();
    assert!(path.ends_with(".damaged.zip"));

    service.run(&["verify", path]).expect(4).says(&["DAMAGED", "CRC-32"]);
    let document = service.run(&["verify", path, "--json"]).expect(4).json();
    assert_eq!((&document["intact"], &document["verified"]), (&true.into(), &false.into()));
    assert_eq!(document["packages"][0]["manifest"]["verdict"], "damaged");
}

#[test]
fn a_package_that_cannot_be_checked_is_kept_and_never_called_verified() {
    let service = Service::with(|config| {
        config.fleet.devices[0].life.package.damage = Some(Damage::EncryptedFlag);
    });
    let finished = service.collect(&[]).expect(4);
    finished.says(&[
        "NOT VERIFIED",
        "encrypted",
        "1 of 1 device collected, 1 of them NOT VERIFIED",
    ]);
    assert!(!finished.stderr.contains(": verified"), "{finished:#?}");
    let package = service.packages("evidence").remove(0);
    let path = package.to_str().unwrap();
    assert!(!path.contains("damaged"));

    // What lies there already is judged by its manifest.
    let report = service.run(&["resume", "evidence", "--json"]).expect(4).json();
    assert_eq!(report["devices"][0]["outcome"], "collected");
    assert_eq!(report["devices"][0]["package"]["verdict"], "unverified");
    assert_eq!(report["succeeded"], 0);

    service.run(&["verify", path]).expect(4).says(&["NOT VERIFIED", "encrypted"]);
    let document = service.run(&["verify", path, "--json"]).expect(4).json();
    assert_eq!((&document["intact"], &document["verified"]), (&true.into(), &false.into()));
}

#[test]
fn a_manifest_whose_members_were_altered_is_found() {
    let service = Service::start();
    service.collect(&[]).expect(0);
    let package = service.packages("evidence").remove(0);
    let path = package.to_str().unwrap();
    let manifest = format!("{path}.manifest.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let mut altered: Value = serde_json::from_str(&text).unwrap();
    let member = &mut altered["members"][0];
    let name = member["name"].as_str().unwrap().to_owned();
    member["sha256"] = "0".repeat(64).into();
    fs::write(&manifest, altered.to_string()).unwrap();

    let finished = service.run(&["verify", path]).expect(4);
    finished.says(&["does not match its manifest", &format!("member `{name}`: sha256")]);
}

#[cfg(unix)]
#[test]
fn a_pipe_is_neither_a_package_nor_a_manifest() {
    let service = Service::start();
    let mkfifo = |name: &str| {
        let made = std::process::Command::new("mkfifo").arg(service.path(name)).status();
        assert!(made.unwrap().success());
    };
    mkfifo("pipe.zip");
    service.run(&["verify", "pipe.zip"]).expect(2).says(&["neither a file nor a folder"]);
    fs::write(service.path("x.zip"), "PK").unwrap();
    mkfifo("x.zip.manifest.json");
    service.run(&["verify", "x.zip"]).expect(4).says(&["is no file"]);
}
