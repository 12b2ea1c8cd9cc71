//! What a run is set to reaches the engine, the quota and the manifest.

use std::fs;

use mde_forensics_emulator::config::{Device, End, Endpoint};
use serde_json::{Value, json};

use crate::support::{Service, bare, finish};

fn manifest(service: &Service) -> Value {
    let package = service.packages("evidence").remove(0);
    let text = fs::read_to_string(format!("{}.manifest.json", package.display())).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_manifest_says_how_the_run_was_set_up() {
    let service = Service::start();
    service.collect(&[]).expect(0);
    assert_eq!(
        manifest(&service)["options"],
        json!({
            "key": null,
            "comment_carries_marker": true,
            "marker_as_external_id": true,
            "preflight": true,
            "pick": "never",
            "until": "collected",
            "timeout_seconds": 1800,
            "deadline_seconds": 43200,
            "concurrency": 16,
            "downloads": 4,
            "poll_every_seconds": null,
            "quota_scope": "endpoint",
            "quota_share": 1.0,
            "verify_certificates": true,
        })
    );
}

#[test]
fn every_option_reaches_the_manifest() {
    let service = Service::start();
    let arguments = [
        ["--key", "INC-42", "--timeout", "1h", "--deadline", "2h"].as_slice(),
        &["--concurrency", "3", "--downloads", "2", "--poll-every", "45s"],
        &["--no-mark-comment", "--no-external-id", "--no-preflight", "--pick", "newest"],
        &["--quota-scope", "app", "--quota-share", "0.5"],
    ];
    service.collect(&arguments.concat()).expect(0);
    assert_eq!(
        manifest(&service)["options"],
        json!({
            "key": "INC-42",
            "comment_carries_marker": false,
            "marker_as_external_id": false,
            "preflight": false,
            "pick": "newest",
            "until": "collected",
            "timeout_seconds": 3600,
            "deadline_seconds": 7200,
            "concurrency": 3,
            "downloads": 2,
            "poll_every_seconds": 45.0,
            "quota_scope": "app",
            "quota_share": 0.5,
            "verify_certificates": true,
        })
    );
    let action = &service.handle.actions()[0];
    assert_eq!(action.comment.as_deref(), Some("INC-42"));
    assert_eq!(action.external_id, None);
}

#[test]
fn numbers_that_make_no_sense_are_refused() {
    let service = Service::start();
    for arguments in [
        ["--concurrency", "0"],
        ["--downloads", "0"],
        ["--poll-every", "0s"],
        ["--quota-share", "0"],
        ["--quota-share", "1.5"],
        ["--quota-share", "nan"],
        ["--quota-scope", "tenant"],
    ] {
        service.collect(&arguments).expect(2);
    }
    service.collect(&["--concurrency", "0"]).expect(2).says(&["0 is not in 1..=1000000"]);
    assert_eq!(service.handle.calls_seen(), 0);
}

#[test]
fn half_of_the_quota_is_one_link_a_minute() {
    let service = Service::with(|config| {
        config.fleet.devices.push(Device::new("ws-043.contoso.com"));
    });
    let arguments = ["ws-043", "--quota-share", "0.5"];
    service.collect(&arguments).expect(0).says(&["for the quota (package_uri)"]);
    let links: Vec<_> = service
        .handle
        .calls()
        .into_iter()
        .filter(|call| call.endpoint == Some(Endpoint::Link))
        .map(|call| call.time)
        .collect();
    assert_eq!(links.len(), 2);
    assert!((links[1] - links[0]).whole_seconds() >= 59, "{links:?}");
}

#[test]
fn single_calls_count_in_the_ledger_of_the_folder() {
    // What has ended cannot be cancelled.
    let service = Service::with(|config| config.fleet.devices[0].life.end = End::Never);
    let report = service.collect(&["--no-wait", "--json"]).expect(0).json();
    let id = report["devices"][0]["action"]["id"].as_str().unwrap().to_owned();
    let ledger = service.path("evidence/mde-forensics.ledger.jsonl");
    let granted = || {
        let text = fs::read_to_string(&ledger).unwrap();
        text.lines().filter(|line| line.contains("granted")).count()
    };
    let before = granted();
    service.run(&["status", &id]).expect(0);
    assert_eq!(granted(), before + 1);
    service.run(&["cancel", &id, "--comment", "x"]).expect(0);
    assert_eq!(granted(), before + 3);
    service.run(&["status", &id, "--out", "elsewhere"]).expect(0);
    assert_eq!(granted(), before + 3);
    assert!(!service.path("elsewhere").exists());

    let text = fs::read_to_string(&ledger).unwrap();
    let line = text.lines().find(|line| line.contains("granted")).unwrap();
    let line: Value = serde_json::from_str(line).unwrap();
    let ready = service.handle.ready();
    assert_eq!(line["quota"]["tenant"], ready["tenant"]);
    assert_eq!(line["quota"]["app"], ready["client_id"]);
}

#[test]
fn a_usage_asks_for_nothing_that_the_environment_gives() {
    let service = Service::start();
    service
        .run(&["status"])
        .expect(2)
        .says(&["Usage: mde-forensics status [OPTIONS] <DIR|HANDLE|ACTION_ID>\n"]);
}

#[test]
fn a_variable_that_is_set_to_nothing_counts_as_not_set() {
    let service = Service::start();
    // The second needs no service at all.
    for arguments in
        [&["collect", "ws-042", "--comment", "INC-42", "--no-wait"][..], &["status", "evidence"]]
    {
        let mut command = service.command(arguments);
        for name in ["SSL_CERT_FILE", "MDE_CLOUD", "MDE_RESOURCE", "MDE_TIME_SCALE"] {
            command.env(name, "");
        }
        finish(command, None).expect(0);
    }
    let help = finish(bare(&["collect", "--help"]), None).expect(0);
    help.says(&["SSL_CERT_FILE", "MDE_CLOUD", "MDE_TIME_SCALE"]);
}
