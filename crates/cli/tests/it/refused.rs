use std::fs;

use mde_forensics_emulator::config::Endpoint;

use crate::support::{Service, bare, finish};

#[test]
fn what_cannot_be_carried_out_is_said_before_anything_is_sent() {
    let service = Service::start();
    let long = "x".repeat(10_000);
    for (arguments, said) in [
        (&["collect", "--comment", "x"][..], "no devices given"),
        (&["collect", "ws-042"], "--comment"),
        (&["collect", "../x", "--comment", "x"], "`../x`"),
        (&["collect", "a b", "--comment", "x"], "`a b`"),
        (&["collect", "'; drop", "--comment", "x"], "`'; drop`"),
        (&["collect", &long, "--comment", "x"], "xxxx"),
        (&["collect", "ws-042", "--comment", "  "], "comment"),
        (&["collect", "ws-042", "--comment", "a\u{7}b"], "comment"),
        (
            &["collect", "ws-042", "--comment", "x", "--timeout", "30"],
            "invalid duration `30`: add a unit",
        ),
        (&["collect", "ws-042", "--comment", "x", "--cloud", "mars"], "mars"),
        (&["collect", "ws-042", "--comment", "x", "--api-url", "http://example.com"], "http"),
        (&["collect", "ws-042", "--comment", "x", "--proxy", "http://a:b@c"], "HTTPS_PROXY"),
        (&["collect", "ws-042", "--comment", "x", "--ca-file", "nowhere"], "nowhere"),
        (&["collect", "ws-042", "--comment", "x", "--quiet", "-v"], "--verbose"),
        (&["resume", "nowhere"], "neither a handle nor a folder"),
        (&["resume", "{}"], "handle"),
        (&["status", "a/b"], "a/b"),
        (&["verify"], "<ZIP|DIR>"),
        (&["cancel", "x"], "--comment"),
        (&["emulator", "--time-scale=-1"], "--time-scale"),
        (&["frobnicate"], "frobnicate"),
    ] {
        service.run(arguments).expect(2).says(&[said]);
    }
    assert_eq!(service.handle.calls_seen(), 0);
}

#[test]
fn without_credentials_the_variables_to_set_are_named() {
    let finished = finish(bare(&["collect", "ws-042", "--comment", "x"]), None).expect(3);
    finished.says(&[
        "cannot sign in: `AZURE_TENANT_ID` is not set",
        "AZURE_CLIENT_SECRET",
        "mde-forensics demo",
    ]);
    let service = Service::start();
    let mut command = service.command(&["status", "x"]);
    command.env("AZURE_CLIENT_SECRET", "");
    finish(command, None).expect(3).says(&["neither `AZURE_CLIENT_SECRET` nor"]);
}

#[test]
fn a_refused_secret_is_not_repeated() {
    let service = Service::start();
    let mut command = service.command(&["collect", "ws-042", "--comment", "x", "--json", "-vv"]);
    command.env("AZURE_CLIENT_SECRET", "a-wrong-secret-of-somebody");
    let finished = finish(command, None).expect(3);
    assert_eq!(finished.json()["devices"][0]["error"]["code"], "token_refused");
    assert!(!format!("{finished:?}").contains("a-wrong-secret"), "{finished:#?}");
}

#[test]
fn a_missing_permission_is_named_before_the_request() {
    let service = Service::with(|config| {
        config.tenant.apps[0].roles = vec!["Machine.Read.All".to_owned()];
    });
    let finished = service.collect(&[]).expect(3);
    finished.says(&["Machine.CollectForensics", "missing_permission"]);
    assert_eq!(service.calls(Endpoint::Collect), 0);
}

#[test]
fn without_preflight_the_service_refuses() {
    let service = Service::with(|config| {
        config.tenant.apps[0].roles = vec!["Machine.Read.All".to_owned()];
    });
    let finished = service.collect(&["--no-preflight", "--json"]).expect(3);
    assert_eq!(finished.json()["devices"][0]["error"]["code"], "forbidden");
    assert_eq!(service.calls(Endpoint::Collect), 1);
}

#[test]
fn a_folder_that_cannot_be_used_ends_the_run_before_anything_is_sent() {
    let service = Service::start();
    fs::write(service.path("taken"), "a file").unwrap();
    let finished = service.collect(&["--out", "taken"]).expect(5);
    finished.says(&["taken"]);
    let finished = service.collect(&["--out", "taken/below", "--json"]).expect(5);
    assert_eq!(finished.json()["error"]["code"], "ledger_failed");
    assert_eq!(service.calls(Endpoint::Collect), 0);
}

#[test]
fn a_secret_can_come_from_a_file() {
    let service = Service::start();
    fs::write(service.path("secret"), format!("{}\n", crate::support::SECRET)).unwrap();
    let arguments = ["collect", "ws-042", "--comment", "x", "--client-secret-file", "secret"];
    let mut command = service.command(&arguments);
    command.env("AZURE_CLIENT_SECRET", "another one");
    finish(command, None).expect(0);
}
