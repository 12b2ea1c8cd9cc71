//! A token that is lost on the way, and whose token asked.

use mde_forensics_core::engine::{Answer, AskedBy, Handle};
use mde_forensics_core::{Code, Error};
use serde_json::{Value, json};

use crate::rig::{self, MACHINE, Next, Rig};

fn known(facts: Vec<Value>) -> Handle {
    rig::handle_named("mdef-00000000000000000001", MACHINE, "2026-01-05T09:59:00Z", facts)
}

fn intended() -> Value {
    json!({"fact": "intended", "marker": "mdef-aaaaaaaaaaaaaaaaaaaa", "attempt": 1, "post": 1,
           "t0": "2026-01-05T09:59:58Z", "before": [],
           "asked_by": {"application": "app-a", "user": null, "tenant": "t"}})
}

fn accepted(adoption: &str) -> Value {
    json!({"fact": "accepted", "action": "a1", "adoption": adoption, "status": "InProgress"})
}

#[test]
fn what_was_asked_for_has_failed_and_is_not_refused_when_the_token_is_lost() {
    let ways = [
        (vec![], "refused"),
        (vec![intended()], "failed"),
        (vec![intended(), accepted("own")], "failed"),
    ];
    for (facts, name) in ways {
        let ledger = [known(facts)];
        let mut rig = Rig::knowing(&ledger, rig::options(), vec![rig::resumed(&ledger[0])]);
        rig.gives_tokens = false;
        let error = Error::new(Code::TokenRefused, "the login service gave no token");
        let report = loop {
            match rig.go() {
                Next::Done(report) => break report,
                Next::Wait(Some(until)) if rig.tokens.is_empty() => rig.now = until,
                Next::Wait(_) => {
                    let ticket = rig.tokens.pop_front().unwrap();
                    let now = rig.clock();
                    rig.engine.answer(ticket, Answer::TokenFailed(error.clone()), now);
                }
            }
        };
        let device = &report.devices[0];
        assert_eq!(device.outcome.name(), name);
        assert_eq!(device.outcome.error().unwrap().code(), Code::TokenRefused);
        assert_eq!(device.handle.intent(), ledger[0].intent());
    }
}

#[test]
fn a_token_that_may_not_collect_does_not_undo_what_is_in_doubt() {
    let ledger = [known(vec![intended()])];
    let mut options = rig::options();
    options.preflight = true;
    let starts = vec![rig::resumed(&ledger[0])];
    let mut rig = Rig::knowing(&ledger, options, starts).with_roles(vec!["Machine.Read.All"]);
    let report = rig.run(|_| Some((200, rig::none())));
    assert_eq!(report.devices[0].outcome.name(), "failed");
    assert_eq!(report.devices[0].outcome.error().unwrap().code(), Code::MissingPermission);
    assert!(report.devices[0].handle.intent().is_some());
}

#[test]
fn the_manifest_says_who_asked_and_who_downloaded() {
    let app_a = json!({"application": "app-a", "user": null, "tenant": "t"});
    for (adoption, asked_by) in
        [("own", Some(&app_a)), ("uncertain", Some(&app_a)), ("foreign", None)]
    {
        let ledger = [known(vec![intended(), accepted(adoption)])];
        let starts = vec![rig::resumed(&ledger[0])];
        let mut rig = Rig::knowing(&ledger, rig::options(), starts).downloading();
        rig.run(|request| match request.uri().path() {
            "/api/machineactions/a1" => Some((200, rig::action("a1", "Succeeded"))),
            _ => Some((200, rig::link())),
        });
        let custody = rig.custody.remove(0);
        let asked_by = asked_by.map(|by| serde_json::from_value(by.clone()).unwrap());
        let asked_by: AskedBy = asked_by.unwrap_or_default();
        assert_eq!(custody.asked_by, asked_by, "{adoption}");
        assert_eq!(custody.downloaded_by.application.as_deref(), Some(rig::APP_ID));
    }
}

#[test]
fn a_request_says_whose_token_asks() {
    let mut rig = Rig::new(rig::options(), vec![rig::device("ws-042")]);
    let ticket = rig.sent_to("/machines");
    rig.reply(ticket, 200, &rig::machines());
    let ticket = rig.sent_to("/machineactions");
    rig.reply(ticket, 200, &rig::none());
    rig.sent_to("/collectInvestigationPackage");
    let handles = rig.handles();
    let asked_by = &handles[0].intent().unwrap().asked_by;
    assert_eq!(asked_by.application.as_deref(), Some(rig::APP_ID));
}

#[test]
fn what_one_person_asked_for_is_not_anothers_when_a_third_goes_on_with_it() {
    let mut asked = intended();
    asked["asked_by"]["application"] = json!("99999999-8888-7777-6666-555555555555");
    let ledger = [known(vec![asked])];
    let mut rig = Rig::knowing(&ledger, rig::options(), vec![rig::resumed(&ledger[0])]);
    // The service keeps no marker and no comment, only who asked.
    let mut action = rig::action("a1", "Failed");
    action["requestor"] = json!("99999999-8888-7777-6666-555555555555");
    let report = rig.run(|request| {
        assert_eq!(request.method(), http::Method::GET, "asked again");
        Some((200, rig::list(&[action.clone()])))
    });
    let found = report.devices[0].handle.action().unwrap();
    assert_eq!(found.adoption, mde_forensics_core::engine::Adoption::Uncertain);
}
