use mde_forensics_emulator::NewCollection;
use mde_forensics_emulator::config::{End, Endpoint};

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
    service.run(&["cancel", &id, "--comment", "x"]).expect(1).says(&["not by this tool"]);
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
