use std::fs;

use crate::support::{Service, finish};

#[test]
fn an_action_and_a_handle_say_where_they_stand() {
    let service = Service::start();
    let finished = service.collect(&["--no-wait", "--json"]).expect(0);
    let device = finished.json()["devices"][0].clone();
    let id = device["action"]["id"].as_str().unwrap().to_owned();

    let finished = service.run(&["status", &id]).expect(0);
    finished.says(&["status", "CollectInvestigationPackage", "ws-042.contoso.com", "INC-42"]);
    let finished = service.run(&["status", &id, "--json"]).expect(0);
    assert_eq!(finished.json()["id"], id.as_str());

    let handle = device["handle"].to_string();
    fs::write(service.path("handle.json"), &handle).unwrap();
    for finished in [
        service.run(&["status", "handle.json", "--json"]),
        service.run(&["status", &handle, "--json"]),
        finish(service.command(&["status", "-", "--json"]), Some(&handle)),
    ] {
        assert_eq!(finished.expect(0).json()[0]["action"]["id"], id.as_str());
    }
}

#[test]
fn a_folder_says_what_became_of_all_that_went_into_it() {
    let service = Service::start();
    let action =
        service.collect(&["--no-wait", "--json", "--key", "INC-42"]).expect(0).json()["devices"][0]
            ["action"]["id"]
            .clone();
    let out = service.path("evidence");
    let out = out.to_str().unwrap();
    let finished = service.run(&["status", out]).expect(0);
    finished.says(&["DEVICE", "ws-042", "INC-42", "requested", action.as_str().unwrap()]);
    let begun = finished.stdout.lines().nth(1).unwrap().split_whitespace().nth(2).unwrap();
    assert_eq!(begun.len(), "2026-01-05T10:00:00Z".len(), "{begun}");
    service.collect(&["--key", "INC-42"]).expect(0);
    service.run(&["status", out]).expect(0).says(&["collected", ".zip"]);
    let document = service.run(&["status", out, "--json"]).expect(0).json();
    assert_eq!(document.as_array().unwrap().len(), 1);
    assert_eq!(
        (&document[0]["state"], &document[0]["handle"]["key"]),
        (&"collected".into(), &"INC-42".into())
    );

    fs::create_dir(service.path("empty")).unwrap();
    let empty = service.path("empty");
    service
        .run(&["status", empty.to_str().unwrap()])
        .expect(5)
        .says(&["contains no ledger", "--out"]);
}

#[cfg(unix)]
#[test]
fn a_ledger_that_cannot_be_read_is_no_fault_of_the_command_line() {
    let service = Service::start();
    fs::create_dir(service.path("evidence")).unwrap();
    let ledger = service.path("evidence/mde-forensics.ledger.jsonl");
    std::os::unix::fs::symlink(&ledger, &ledger).unwrap();
    let finished = service.run(&["status", "evidence", "--json"]).expect(5);
    assert_eq!(finished.json()["error"]["code"], "ledger_failed");
}

#[test]
fn an_unknown_action_is_said_to_be_unknown() {
    let service = Service::start();
    let id = "00000000-0000-4000-8000-000000000000";
    let finished = service.run(&["status", id, "--json"]).expect(1);
    assert_eq!(finished.json()["error"]["code"], "not_found");
    finished.says(&["error: ", "HTTP 404"]);
    // It may have been meant for a folder.
    service
        .run(&["status", "evidnce"])
        .expect(1)
        .says(&["HTTP 404", "no file or folder of that name"]);
}
