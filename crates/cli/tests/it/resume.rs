use std::fs;

use mde_forensics_emulator::config::{Endpoint, Rule};
use serde_json::{Value, json};

use crate::support::{Service, finish};

#[test]
fn a_folder_goes_on_where_it_was_left() {
    let service = Service::start();
    let finished = service.collect(&["--no-wait"]).expect(0);
    finished.says(&["requested", "mde-forensics resume evidence"]);
    assert!(service.packages("evidence").is_empty());
    service.run(&["resume", "evidence"]).expect(0).says(&["1 of 1 device collected"]);
    assert_eq!(service.packages("evidence").len(), 1);
    assert_eq!(service.calls(Endpoint::Collect), 1);

    // Once more is no harm.
    service.run(&["resume", "evidence"]).expect(0);
    assert_eq!(service.calls(Endpoint::Download), 1);
}

#[test]
fn a_handle_goes_on_from_a_file_its_text_and_standard_input() {
    let service = Service::start();
    let ready = service.collect(&["--no-download", "--json"]).expect(0);
    assert_eq!(ready.json()["devices"][0]["outcome"], "ready");
    let handle = ready.json()["devices"][0]["handle"].to_string();
    fs::write(service.path("handle.json"), &handle).unwrap();
    fs::write(service.path("report.json"), &ready.stdout).unwrap();
    service.run(&["resume", "handle.json", "--out", "one"]).expect(0);
    service.run(&["resume", &handle, "--out", "two"]).expect(0);
    finish(service.command(&["resume", "-", "--out", "three"]), Some(&handle)).expect(0);
    service.run(&["resume", "report.json", "--out", "four"]).expect(0);
    for folder in ["one", "two", "three", "four"] {
        assert_eq!(service.packages(folder).len(), 1, "{folder}");
    }
    assert_eq!(service.calls(Endpoint::Collect), 1);
}

#[test]
fn a_handle_of_another_place_or_edited_is_refused() {
    let service = Service::start();
    let finished = service.collect(&["--no-wait", "--json"]).expect(0);
    let handle = finished.json()["devices"][0]["handle"].clone();
    let with = |field: &str, value: &str| {
        let mut handle = handle.clone();
        handle[field] = value.into();
        handle.to_string()
    };
    let seen = service.handle.calls_seen();
    for (handle, code) in [
        (with("tenant", "fabrikam.com"), "handle_mismatch"),
        (with("base", "https://api.security.microsoft.com"), "handle_mismatch"),
        (with("device", "../x"), "invalid_handle"),
        (with("extra", "field"), "invalid_handle"),
        ("[]".to_owned(), "invalid_handle"),
        ("[1]".to_owned(), "invalid_handle"),
        ("[".repeat(100_000), "invalid_handle"),
    ] {
        fs::write(service.path("handle"), handle).unwrap();
        let finished = service.run(&["resume", "handle", "--json"]).expect(2);
        assert_eq!(finished.json()["error"]["code"], code);
    }
    assert_eq!(service.handle.calls_seen(), seen);
}

#[test]
fn a_folder_without_a_ledger_is_no_place_to_go_on_from() {
    let service = Service::start();
    fs::create_dir(service.path("empty")).unwrap();
    service.run(&["resume", "empty"]).expect(5).says(&["`empty`", "no ledger"]);
}

/// A call is refused while a collection is or may be running: the device has failed for now, and `resume` continues it.
fn refused_and_gone_on(faults: Value) {
    let service = Service::start();
    let rules: Vec<Rule> = serde_json::from_value(faults).unwrap();
    let add = || rules.iter().cloned().for_each(|rule| service.handle.add_fault(rule));
    add();
    let finished = service.collect(&[]).expect(3);
    finished.says(&["failed", "continue with: mde-forensics resume evidence"]);
    service.handle.clear_faults();
    service.run(&["resume", "evidence"]).expect(0).says(&["1 of 1 device collected"]);
    assert_eq!(service.handle.actions().len(), 1);

    add();
    let report = service.collect(&["--out", "again", "--json"]).expect(3).json();
    assert_eq!(report["devices"][0]["resumable"], true);
}

#[test]
fn refused_after_the_acceptance_goes_on() {
    refused_and_gone_on(json!([
        {"on": {"endpoint": "get_action", "times": 2}, "do": {"kind": "status", "code": 401}},
    ]));
}

#[test]
fn refused_in_doubt_goes_on() {
    refused_and_gone_on(json!([
        {"on": {"endpoint": "collect"}, "do": {"kind": "lost_answer"}},
        {"on": {"endpoint": "list_actions", "nth": 2}, "do": {"kind": "status", "code": 403}},
    ]));
}

#[test]
fn what_was_refused_before_anything_was_sent_is_over() {
    let service = Service::start();
    let rule = json!({"on": {"endpoint": "collect"}, "do": {"kind": "status", "code": 403}});
    service.handle.add_fault(serde_json::from_value(rule).unwrap());
    let finished = service.collect(&["--json"]).expect(3);
    assert_eq!(finished.json()["devices"][0]["resumable"], false);
    assert!(!finished.stdout.contains("continue with"));
}
