//! Of several collections of one machine, the one that has come furthest goes first.

use std::time::Duration;

use http::Method;
use mde_forensics_core::engine::{EventKind, Handle, Report, StopHow};
use serde_json::{Value, json};

use crate::rig::{self, MACHINE, Next, Rig};

const ONE: &str = "mdef-00000000000000000001";
const OTHER: &str = "mdef-00000000000000000002";
const MARKER: &str = "mdef-aaaaaaaaaaaaaaaaaaaa";
const NOW: &str = "2026-01-05T09:59:00Z";

fn intended(t0: &str) -> Value {
    json!({"fact": "intended", "marker": MARKER, "attempt": 1, "post": 1, "t0": t0, "before": []})
}

fn accepted(id: &str, status: &str) -> Value {
    json!({"fact": "accepted", "action": id, "adoption": "own", "created": "2026-01-05T09:59:59Z", "status": status})
}

fn known(name: &str, facts: Vec<Value>) -> Handle {
    rig::handle_named(name, MACHINE, NOW, facts)
}

fn marked(marker: &str, id: &str, status: &str) -> Value {
    let mut action = rig::action(id, status);
    action["externalId"] = json!(marker);
    action
}

fn outcomes(report: &Report) -> Vec<&'static str> {
    report.devices.iter().map(|device| device.outcome.name()).collect()
}

fn actions(report: &Report) -> Vec<&str> {
    report.devices.iter().map(|device| device.handle.action().unwrap().id.as_str()).collect()
}

/// `ws-042` finds its machine second and follows `ws-042.contoso.com`, whose request is under way.
fn follower_first() -> Rig {
    let starts = vec![rig::device("ws-042"), rig::device("ws-042.contoso.com")];
    let mut rig = Rig::new(rig::options(), starts);
    let first = rig.sent_to("/machines");
    let second = rig.sent_to("/machines");
    rig.reply(second, 200, &rig::machines());
    rig.go();
    rig.reply(first, 200, &rig::machines());
    let ticket = rig.sent_to("/machineactions");
    rig.reply(ticket, 200, &rig::none());
    rig
}

#[test]
fn the_request_of_a_second_name_is_not_made_again() {
    let mut died = follower_first();
    died.sent_to("/collectInvestigationPackage");
    let handles = died.handles();
    let asked: Vec<_> = handles.iter().map(|handle| handle.intent().is_some()).collect();
    assert_eq!(asked, [false, true]);
    let marker = handles[1].intent().unwrap().marker.as_str().to_owned();

    // The request arrives, and shows with the fourth list.
    let mut options = rig::options();
    options.entropy = [9; 16];
    let starts = handles.iter().map(rig::resumed).collect();
    let mut rig = died.later(Duration::from_secs(3), options, starts).downloading();
    let mut lists = 0;
    let report = rig.run(|request| {
        assert_eq!(request.method(), Method::GET, "asked again");
        if request.uri().path().ends_with("getPackageUri") {
            return Some((200, rig::link()));
        }
        lists += 1;
        let shown = (lists > 3).then(|| marked(&marker, "a1", "Succeeded"));
        Some((200, rig::list(shown.as_slice())))
    });
    assert_eq!(outcomes(&report), ["collected", "collected"]);
    assert_eq!(actions(&report), ["a1", "a1"]);
    let kept = rig.handles();
    assert_eq!(kept[0].action(), kept[1].action(), "the ledger knows it of both");
}

#[test]
fn what_is_in_doubt_is_in_doubt_under_both_names() {
    let mut rig = follower_first();
    let ticket = rig.sent_to("/collectInvestigationPackage");
    rig.lose(ticket);
    rig.go();
    rig.engine.cancel(None, &StopHow::Here, rig.clock());
    let Next::Done(report) = rig.go() else { panic!("a stopped engine waits") };
    let [first, second] = &report.devices[..] else { panic!("two devices") };
    assert!(first.handle.intent().is_some());
    assert_eq!(first.handle.intent(), second.handle.intent());

    // The handle of the second name alone goes on with the same request, under the same marker.
    let mut rig = Rig::new(rig::options(), vec![rig::resumed(&first.handle)]);
    let report = rig.run(|request| match *request.method() {
        Method::POST => Some((201, rig::action("a1", "Failed"))),
        _ => Some((200, rig::none())),
    });
    let intent = report.devices[0].handle.intent().unwrap();
    assert_eq!(intent.marker, first.handle.intent().unwrap().marker);
    assert_eq!(intent.post, 2);
}

#[test]
fn a_request_that_the_ledger_has_in_doubt_is_looked_for_first() {
    let doubted = json!({"fact": "doubted", "since": "2026-01-05T09:59:50Z", "code": "timed_out"});
    for doubt in [None, Some(doubted)] {
        let facts = std::iter::once(intended("2026-01-05T09:59:30Z")).chain(doubt).collect();
        let mut options = rig::options();
        options.key = Some("INC-43".to_owned());
        let starts = vec![rig::device("ws-042.contoso.com")];
        let mut rig = Rig::knowing(&[known(ONE, facts)], options, starts);
        let mut lists = 0;
        let report = rig.run(|request| {
            assert_eq!(request.method(), Method::GET, "asked again");
            if request.uri().path() == "/api/machines" {
                return Some((200, rig::machines()));
            }
            lists += 1;
            let shown = (lists > 4).then(|| marked(MARKER, "a1", "Failed"));
            Some((200, rig::list(shown.as_slice())))
        });
        assert_eq!(outcomes(&report), ["failed"]);
        assert_eq!(actions(&report), ["a1"]);
        assert_eq!(report.devices[0].handle.intent().unwrap().marker.as_str(), MARKER);
    }
}

#[test]
fn a_request_that_would_have_shown_long_ago_is_in_nobodys_way() {
    let ledger = [known(ONE, vec![intended("2026-01-05T08:00:00Z")])];
    let looked = |shown: Value| {
        let mut rig = Rig::knowing(&ledger, rig::options(), vec![rig::device("ws-042")]);
        let ticket = rig.sent_to("/machines");
        rig.reply(ticket, 200, &rig::machines());
        let ticket = rig.sent_to("/machineactions");
        rig.reply(ticket, 200, &rig::list(&[shown]));
        rig
    };
    looked(marked(MARKER, "a1", "Succeeded")).sent_to("/collectInvestigationPackage");

    // But where it runs it is our own.
    let mut rig = looked(marked(MARKER, "a1", "InProgress"));
    rig.go();
    let adopted = |event: &EventKind| matches!(event, EventKind::Adopted { adoption, .. } if *adoption == mde_forensics_core::engine::Adoption::Own);
    assert!(rig.events.iter().any(|event| adopted(&event.kind)));
}

#[test]
fn the_handle_with_an_action_leads() {
    let ledger = [known(ONE, vec![]), known(OTHER, vec![accepted("a1", "Pending")])];
    let starts = ledger.iter().map(rig::resumed).collect();
    let mut rig = Rig::knowing(&ledger, rig::options(), starts);
    let ticket = rig.sent_to("/machineactions/a1");
    rig.reply(ticket, 200, &rig::action("a1", "Failed"));
    let Next::Done(report) = rig.go() else { panic!("the other asks on its own") };
    assert_eq!(outcomes(&report), ["failed", "failed"]);
}

#[test]
fn collections_with_actions_of_their_own_do_not_follow_each_other() {
    let ledger = [
        known(ONE, vec![accepted("a1", "Succeeded")]),
        known(OTHER, vec![accepted("a2", "InProgress")]),
    ];
    let starts = ledger.iter().map(rig::resumed).collect();
    let mut rig = Rig::knowing(&ledger, rig::options(), starts).downloading();
    let report = rig.run(|request| match request.uri().path() {
        "/api/machineactions/a2" => Some((200, rig::action("a2", "Failed"))),
        _ => Some((200, rig::link())),
    });
    assert_eq!(outcomes(&report), ["collected", "failed"]);
    assert_eq!(actions(&report), ["a1", "a2"]);
}

#[test]
fn a_device_that_was_never_asked_does_not_get_what_ended_long_ago() {
    let long_ago = "2026-01-01T08:59:00Z";
    let old = rig::handle_named(ONE, MACHINE, long_ago, vec![accepted("a1", "Failed")]);
    let ledger = [old, known(OTHER, vec![])];
    let starts = ledger.iter().map(rig::resumed).collect();
    let mut rig = Rig::knowing(&ledger, rig::options(), starts);
    let report = rig.run(|request| match (request.method(), request.uri().path()) {
        (&Method::POST, _) => Some((201, rig::action("a2", "Failed"))),
        (_, "/api/machineactions") => Some((200, rig::none())),
        _ => Some((200, rig::action("a1", "Failed"))),
    });
    assert_eq!(outcomes(&report), ["failed", "failed"]);
    assert_eq!(actions(&report), ["a1", "a2"]);
}

#[test]
fn the_same_key_is_the_same_wish_under_another_name() {
    let mut options = rig::options();
    options.key = Some("INC-42".to_owned());
    let mut first = Rig::new(options.clone(), vec![rig::device("ws-042")]).downloading();
    // A service that gives neither the marker nor the comment back.
    let mut posts = 0;
    let service = |request: &http::Request<Vec<u8>>| match request.uri().path() {
        "/api/machines" => Some((200, rig::machines())),
        "/api/machineactions" => Some((200, rig::none())),
        path if path.ends_with("getPackageUri") => Some((200, rig::link())),
        _ => Some((201, rig::action("a1", "Succeeded"))),
    };
    let report = first.run(|request| {
        posts += usize::from(request.method() == Method::POST);
        service(request)
    });
    assert_eq!((posts, outcomes(&report)), (1, vec!["collected"]));

    let starts = vec![rig::device("ws-042.contoso.com")];
    let mut again = first.later(Duration::from_secs(3_600), options, starts).downloading();
    let report = again.run(|request| {
        posts += usize::from(request.method() == Method::POST);
        service(request)
    });
    assert_eq!((posts, outcomes(&report), actions(&report)), (1, vec!["collected"], vec!["a1"]));
}

#[test]
fn who_follows_a_follower_ends_with_it() {
    let mut options = rig::options();
    options.key = Some("INC-42".to_owned());
    let service = |request: &http::Request<Vec<u8>>| match request.uri().path() {
        "/api/machineactions" => Some((200, rig::none())),
        path if path.starts_with("/api/machines/") && request.method() == Method::POST => {
            Some((201, rig::action("a1", "Succeeded")))
        }
        path if path.starts_with("/api/machines") => Some((200, rig::machines())),
        path if path.ends_with("getPackageUri") => Some((200, rig::link())),
        _ => Some((200, rig::action("a1", "Succeeded"))),
    };
    let mut first = Rig::new(options.clone(), vec![rig::device("ws-042")]).downloading();
    let is_link = |request: &http::Request<_>| request.uri().path().ends_with("getPackageUri");
    loop {
        let (ticket, request) = first.next_sent();
        let (status, body) = service(&request).unwrap();
        if is_link(&request) {
            break;
        }
        first.reply(ticket, status, &body);
    }

    // The second name finds the first, which has the action, by its wish; the third finds the second by its machine.
    let mut starts = vec![rig::resumed(&first.handles()[0])];
    starts.extend(["ws-042.contoso.com", "10.0.0.5"].map(rig::device));
    let mut again = first.later(Duration::from_secs(3_600), options, starts).downloading();
    let mut sent: Vec<_> = (0..3).map(|_| again.next_sent()).collect();
    // The link comes last, and the address before it.
    sent.sort_by_key(|(_, request)| {
        let path = request.uri().path();
        (is_link(request), path.contains("findbyip"))
    });
    let mut next = None;
    for (ticket, request) in sent {
        let (status, body) = service(&request).unwrap();
        again.reply(ticket, status, &body);
        next = Some(again.go());
    }
    let Some(Next::Done(report)) = next else {
        panic!("nobody tells the third: {next:?} {:?}", again.events)
    };
    assert_eq!(outcomes(&report), ["collected"; 3]);
    assert_eq!(actions(&report), ["a1"; 3]);
}
