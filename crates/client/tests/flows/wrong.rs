//! Flows that are wrong, so that each kind of check is seen to fail.

use std::fs;

use serde_json::{Value, json};

use crate::check;
use crate::flow::{Flow, Step};
use crate::play;
use crate::stage::call;

/// A flow that says nothing wrong, with this in place of what stands there.
fn altered(pointer: &str, value: Value) -> Flow {
    let mut flow = json!({
        "id": "wrong",
        "comment": "Right, but for one thing.",
        "service": {"options": {}, "faults": []},
        "steps": [{
            "do": "collect",
            "devices": ["ws-042"],
            "during": [],
            "expect": {"devices": [{"outcome": "collected", "adoption": "own"}]}
        }],
        "expect": {"collections": {"ws-042": 1}}
    });
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    flow.pointer_mut(parent).unwrap()[key] = value;
    serde_json::from_value(flow).unwrap()
}

#[test]
fn each_kind_of_expectation_can_fail() {
    let step = |what: &str| format!("/steps/0/{what}");
    let device = |what: &str| format!("/steps/0/expect/devices/0/{what}");
    let late = json!([{"when": 100_000, "do": "stop"}]);
    let vain = json!([{"when": {"event": "throttled"}, "do": "stop"}]);
    let crash = json!([{"when": {"event": "accepted"}, "do": "crash"}]);
    let unneeded = json!([{"on": {"endpoint": "cancel"}, "do": {"kind": "reset"}}]);
    let backwards = json!([{"event": "verified"}, {"event": "accepted"}]);
    for (pointer, value, complaint) in [
        (device("outcome"), json!("failed"), "outcome of `ws-042`"),
        (device("code"), json!("not_found"), "code of `ws-042`"),
        (device("status"), json!(404), "status of `ws-042`"),
        (device("hint"), json!("grant"), "the hint of `ws-042`"),
        (device("adoption"), json!(null), "adoption of `ws-042`"),
        (device("limit"), json!("timeout"), "limit of `ws-042`"),
        (device("candidates"), json!(["a"]), "candidates of `ws-042`"),
        (device("machine"), json!("a"), "machine of `ws-042`"),
        (step("expect/devices"), json!([]), "devices: 1"),
        (step("expect/each"), json!({"outcome": "failed"}), "outcome of `ws-042`"),
        (step("expect/error"), json!("invalid_device"), "the run began and ended"),
        (step("expect/crashed"), json!(true), "the program did not die"),
        (step("expect/events"), json!([{"event": "throttled"}]), "no event"),
        (step("expect/events"), backwards, "no event"),
        (step("expect/never"), json!([{"event": "accepted"}]), "which is one of"),
        (step("expect/elapsed"), json!(5), "virtual seconds"),
        (step("expect/calls"), json!({"collect": 2}), "1 calls of collect"),
        (step("expect/calls"), json!({"collect": {"at_most": 0}}), "1 calls of collect"),
        (step("expect/answers"), json!({"collect": [400]}), "collect was answered"),
        (step("devices"), json!(["a b"]), "the run could not begin"),
        (step("client"), json!({"tenant": "fabrikam.com"}), "outcome of `ws-042`"),
        (step("during"), late, "the run ended before 1 of its alarms"),
        (step("during"), vain, "in vain"),
        (step("during"), crash, "crashed: true"),
        ("/service/faults".to_owned(), unneeded, "was never needed"),
        ("/service/options".to_owned(), json!({"quotas": {"per_minute": 1}}), "over the quota"),
        ("/expect/collections".to_owned(), json!({}), "collections that we started"),
        ("/expect/collections".to_owned(), json!({"ws-042": 2}), "collections that we started"),
        ("/expect/damaged".to_owned(), json!(1), "damaged packages"),
        ("/expect/parts".to_owned(), json!(1), "unfinished downloads"),
    ] {
        let complaints = play::play(&altered(&pointer, value.clone()));
        let heard = complaints.iter().any(|heard| heard.contains(complaint));
        assert!(heard, "{pointer} {value}: no `{complaint}` in {complaints:#?}");
    }
    assert_eq!(play::play(&altered("/comment", json!("Right."))), Vec::<String>::new());
}

#[test]
fn each_promise_can_be_seen_broken() {
    let flow = altered("/steps/0/client", json!({"until": "requested"}));
    let (stage, all, _) = play::perform(&flow);
    let token = stage.service.issue_token(&mde_forensics_emulator::TokenRequest::default());
    let (token, action) = (token.unwrap(), stage.service.actions()[0].clone());
    let machine = stage.service.devices()[0].id.clone();
    let api = stage.api();
    let uri = format!("{api}/api/machineactions/{}/getPackageUri", action.id);
    let collect = format!("{api}/api/machines/{machine}/collectInvestigationPackage");
    call("GET", &uri, Some(&token));
    call("GET", &format!("{api}/api/machines"), None);
    call("GET", &format!("{api}/api/machines"), Some("no token of ours"));
    call("GET", &format!("{}/safedownload/x", stage.download()), Some(&token));
    stage.clock.advance(std::time::Duration::from_secs(300));
    call("POST", &collect, Some(&token));
    fs::write(stage.folder().join("notes.json"), "emulator-secret, eyJ, ?token=").unwrap();
    fs::write(stage.folder().join("stray.zip"), "").unwrap();
    fs::write(stage.folder().join("stray.damaged.zip"), "").unwrap();
    fs::write(stage.folder().join("stray.zip.part"), "").unwrap();

    let mut complaints = Vec::new();
    check::whole(&mut complaints, &flow, &all, &stage);
    for complaint in [
        "getPackageUri was called before the action had succeeded",
        "/api/machines without a token",
        "/api/machines came with a token that had ended",
        "/safedownload/x with a token",
        "collections that we started: {\"ws-042\": 2}",
        "`emulator-secret` is shown or kept",
        "`eyJ` is shown or kept",
        "`?token=` is shown or kept",
        "packages: {",
        "damaged packages: 1",
        "has no manifest",
        "unfinished downloads: 1",
    ] {
        let heard = complaints.iter().any(|heard| heard.contains(complaint));
        assert!(heard, "no `{complaint}` in {complaints:#?}");
    }
}

#[test]
fn a_package_that_was_altered_is_noticed() {
    let flow = altered("/comment", json!("Right."));
    let (stage, all, complaints) = play::perform(&flow);
    assert!(complaints.is_empty(), "{complaints:?}");
    stage.spoil_packages();
    let Step::Run(run) = &flow.steps[0] else { panic!("the step is a run") };
    let mut complaints = Vec::new();
    check::run(&mut complaints, &flow, run, &all[0], &stage);
    for complaint in ["differences from the manifest", "size of the file", "sha256 of the file"] {
        let heard = complaints.iter().any(|heard| heard.contains(complaint));
        assert!(heard, "no `{complaint}` in {complaints:#?}");
    }
}
