use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use mde_forensics_emulator::NewCollection;
use mde_forensics_emulator::config::{End, Endpoint, Requestor};

use crate::support::Service;

/// A device whose collections never end by themselves.
fn endless() -> Service {
    Service::with(|config| config.fleet.devices[0].life.end = End::Never)
}

#[test]
fn our_own_action_is_cancelled() {
    let service = endless();
    let finished = service.collect(&["--no-wait", "--json"]).expect(0);
    let id = finished.json()["devices"][0]["action"]["id"].as_str().unwrap().to_owned();
    let finished = service.run(&["cancel", &id, "--comment", "wrong device", "--json"]).expect(0);
    assert_eq!(finished.json()["status"], "Cancelled");
    service.run(&["status", &id]).expect(0).says(&["Cancelled", "wrong device"]);
    // The folder knows it, too, and who resumes it is told.
    service.run(&["status", "evidence"]).expect(0).says(&["cancelled", &id]);
    service.run(&["resume", "evidence"]).expect(1).says(&["cancelled at the service"]);
}

#[test]
fn an_action_of_somebody_else_is_left_alone() {
    let service = endless();
    let id = service.handle.start_collection(&NewCollection::new("ws-042")).unwrap().id;
    let cancel = ["cancel", id.as_str(), "--comment", "wrong device"];
    let finished = service.run(&[&cancel[..], &["--json"]].concat()).expect(1);
    assert_eq!(finished.json()["error"]["code"], "not_ours");
    finished.says(&["analyst@contoso.com", "--foreign"]);
    assert_eq!(service.calls(Endpoint::Cancel), 0);

    service.run(&[&cancel[..], &["--foreign"]].concat()).expect(0).says(&["Cancelled"]);
}

#[test]
fn taking_an_action_over_does_not_make_it_ours() {
    let service = endless();
    let id = service.handle.start_collection(&NewCollection::new("ws-042")).unwrap().id;
    service.collect(&["--no-wait"]).expect(0);
    service.run(&["cancel", &id, "--comment", "x"]).expect(1).says(&["was not asked for by us"]);
}

#[test]
fn a_marker_says_which_tool_asked_and_not_who() {
    let service = endless();
    let ours = service.collect(&["--no-wait", "--json", "--out", "ours"]).expect(0).json();
    let comment = ours["devices"][0]["action"]["requestor_comment"].as_str().unwrap().to_owned();
    assert!(comment.contains("[mdef-"), "{comment}");
    let id = ours["devices"][0]["action"]["id"].as_str().unwrap();
    service.run(&["cancel", id, "--comment", "x"]).expect(0);

    // Another analyst's, made with this tool too; even with a marker that we have used.
    let mut another = NewCollection::new("ws-042");
    another.by = "other.analyst@contoso.com".to_owned();
    another.comment = comment;
    let id = service.handle.start_collection(&another).unwrap().id;
    let finished = service.run(&["cancel", &id, "--comment", "x"]).expect(1);
    finished.says(&["other.analyst@contoso.com", "--foreign"]);
    service.run(&["cancel", &id, "--comment", "x", "--out", "ours"]).expect(1);
    service.run(&["cancel", &id, "--comment", "x", "--foreign"]).expect(0);
}

/// One collection of our own, and how often it can be cancelled from elsewhere and from its own folder.
fn cancelled_where(requestor: Requestor) -> [i32; 2] {
    let service = Service::with(|config| {
        config.fleet.devices[0].life.end = End::Never;
        config.options.requestor = requestor;
    });
    let report = service.collect(&["--no-wait", "--json"]).expect(0).json();
    let id = report["devices"][0]["action"]["id"].as_str().unwrap();
    ["elsewhere", "evidence"]
        .map(|folder| service.run(&["cancel", id, "--comment", "x", "--out", folder]).code)
}

#[test]
fn ours_is_what_our_identity_or_our_ledger_asked_for() {
    // The second time it is cancelled already, which the service refuses.
    assert_eq!(cancelled_where(Requestor::AppId)[0], 0);
    // An app's display name is not its own alone.
    assert_eq!(cancelled_where(Requestor::AppName), [1, 0]);
    assert_eq!(cancelled_where(Requestor::None), [1, 0]);
}

#[test]
fn an_action_is_cancelled_while_its_collection_waits() {
    let service = endless();
    let arguments = ["collect", "ws-042", "--comment", "INC-42", "--timeout", "90d"];
    let mut command = service.command(&arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    let begun = Instant::now();
    while service.calls(Endpoint::GetAction) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(5));
    }
    let id = service.handle.actions()[0].id.clone();
    let finished = service.run(&["cancel", &id, "--comment", "wrong device"]).expect(0);
    finished
        .says(&["Cancelled", "another process, or another client of this one, is working with"]);
    finished_of(child).expect(1).says(&["cancelled"]);
}

fn finished_of(child: std::process::Child) -> crate::support::Finished {
    crate::support::finished(child.wait_with_output().unwrap())
}

#[test]
fn a_status_that_waits_to_sign_in_keeps_no_run_out_of_the_folder() {
    let service = Service::start();
    let report = service.collect(&["--no-wait", "--json"]).expect(0).json();
    let id = report["devices"][0]["action"]["id"].as_str().unwrap();
    let never = serde_json::json!({
        "on": {"endpoint": "token"}, "do": {"kind": "stall", "seconds": 1e9},
    });
    service.handle.add_fault(serde_json::from_value(never).unwrap());
    let before = service.calls(Endpoint::Token);
    let mut command = service.command(&["status", id]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let begun = Instant::now();
    while service.calls(Endpoint::Token) == before {
        assert!(begun.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(5));
    }
    let resumed = service.run(&["resume", "evidence"]);
    child.kill().unwrap();
    child.wait().unwrap();
    resumed.expect(0);
}

#[test]
fn the_ledger_knows_an_action_that_lost_its_marker() {
    let service = endless();
    let finished = service.collect(&["--no-wait", "--json"]).expect(0);
    let ours = finished.json()["devices"][0]["action"]["id"].as_str().unwrap().to_owned();
    // The service gives an action's comment and external id back as they are; this one has neither of ours.
    let foreign = service.handle.start_collection(&NewCollection::new("ws-042")).unwrap().id;
    let ledger = service.path("evidence/mde-forensics.ledger.jsonl");
    let text = std::fs::read_to_string(&ledger).unwrap();
    std::fs::write(&ledger, text.replace(&ours, &foreign)).unwrap();

    service.run(&["cancel", &foreign, "--comment", "x", "--out", "elsewhere"]).expect(1);
    service.run(&["cancel", &foreign, "--comment", "x"]).expect(0).says(&["Cancelled"]);
}
