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
fn an_unknown_action_is_said_to_be_unknown() {
    let service = Service::start();
    let id = "00000000-0000-4000-8000-000000000000";
    let finished = service.run(&["status", id, "--json"]).expect(1);
    assert_eq!(finished.json()["error"]["code"], "not_found");
    finished.says(&["error: ", "HTTP 404"]);
}
