use crate::support::{bare, finish};

#[test]
fn every_device_ends_as_the_scenario_expects_and_again_in_the_same_folder() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    for devices in ["1", "0"] {
        let arguments = ["demo", "--json", "--devices", devices, "--out", out.to_str().unwrap()];
        let finished = finish(bare(&arguments), None).expect(0);
        let document = finished.json();
        assert_eq!(document["as_expected"], true, "{finished:#?}");
        for device in document["devices"].as_array().unwrap() {
            let path = device["package"]["path"].as_str();
            assert_eq!(path.is_some(), device["outcome"] == "collected", "{device}");
            assert!(path.is_none_or(|path| std::path::Path::new(path).is_file()), "{device}");
        }
    }
}

#[test]
fn a_person_is_told_where_the_packages_are_and_what_to_run_next() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("demo");
    let finished =
        finish(bare(&["demo", "--devices", "0", "--out", out.to_str().unwrap()]), None).expect(0);
    finished.says(&["ended as expected", "custody records", "ledger"]);
    // The program is not on PATH under its name: its path is printed.
    let next =
        |verb: &str| format!("{} {verb} {}", env!("CARGO_BIN_EXE_mde-forensics"), out.display());
    finished.says(&[&next("verify"), &next("status")]);
    assert!(out.join("mde-forensics.ledger.jsonl").is_file());
    assert!(!finished.stderr.contains('\u{1b}') && !finished.stdout.contains('\u{1b}'));
}
