//! How often to ask, and to which question an answer belongs.

use std::time::Duration;

use mde_forensics_core::engine::{EventKind, Start};
use serde_json::{Value, json};

use crate::rig::{self, Rig};

#[test]
fn polling_without_a_pause_is_not_to_be_had() {
    let mut options = rig::options();
    options.poll_every = Some(Duration::ZERO);
    let mut rig = Rig::new(options, fleet());
    let begun = rig.now;
    for _ in 0..20 {
        let (ticket, request) = rig.next_sent();
        let found = (0..FLEET).find(|n| request.uri().path().ends_with(&format!("/a{n}")));
        rig.reply(ticket, 200, &found.map_or(rig::none(), |n| action(n, "Pending")));
    }
    assert!(rig.now.checked_sub(begun).unwrap() >= Duration::from_secs(3));
}

#[test]
fn the_answer_to_a_late_poll_is_not_taken_for_a_link() {
    let mut rig = Rig::new(rig::options(), fleet());
    // The list does not show them, so each is asked after on its own; these answers are late.
    let (mut late, mut list) = (Vec::new(), None);
    while late.len() < FLEET || list.is_none() {
        let (ticket, request) = rig.next_sent();
        if request.uri().path() != "/api/machineactions" {
            late.push(ticket);
        } else if late.is_empty() {
            rig.reply(ticket, 200, &rig::none());
        } else {
            list = Some(ticket);
        }
    }
    let ticket = list.unwrap();
    let done: Vec<_> = (0..FLEET).map(|n| action(n, "Succeeded")).collect();
    rig.reply(ticket, 200, &json!({ "value": done }));
    rig.go();
    assert_eq!(rig.inspecting.len(), FLEET);
    for ticket in late {
        rig.reply(ticket, 404, &json!({"error": {"code": "ResourceNotFound", "message": "x"}}));
    }
    rig.go();
    assert!(rig.fetching.is_empty());
    let retrying = rig.events.iter().any(|it| matches!(it.kind, EventKind::Retrying { .. }));
    assert!(!retrying, "{:#?}", rig.events);
}

#[test]
fn what_was_asked_for_days_before_the_others_does_not_lengthen_their_list() {
    let old = ["2026-01-02T10:00:00Z", "2026-01-03T10:00:00Z"].into_iter().enumerate();
    let old = old.map(|(n, created)| accepted(FLEET + n, created));
    let mut rig = Rig::new(rig::options(), fleet().into_iter().chain(old).collect());
    let (mut lists, mut alone) = (Vec::new(), Vec::new());
    while lists.len() < 5 {
        let (ticket, request) = rig.next_sent();
        let uri = request.uri();
        if uri.path() == "/api/machineactions" {
            lists.push(uri.query().unwrap().to_owned());
            let all: Vec<_> = (0..FLEET).map(|n| action(n, "Pending")).collect();
            rig.reply(ticket, 200, &json!({ "value": all }));
        } else {
            let n = (0..FLEET + 2).find(|n| uri.path().ends_with(&format!("/a{n}"))).unwrap();
            alone.push(n);
            rig.reply(ticket, 200, &action(n, "Pending"));
        }
    }
    assert!(lists.iter().all(|list| list.contains("2026-01-05T09%3A59%3A00Z")), "{lists:#?}");
    assert!(alone.len() >= 6 && alone.iter().all(|n| *n >= FLEET), "{alone:?}");
}

/// Accepted collections, enough for one list to poll them all.
fn fleet() -> Vec<Start> {
    (0..FLEET).map(|n| accepted(n, "2026-01-05T09:59:00Z")).collect()
}

fn accepted(n: usize, created: &str) -> Start {
    let fact = json!({
        "fact": "accepted", "action": format!("a{n}"), "adoption": "own", "status": "Pending", "created": created,
    });
    rig::resumed(&rig::handle_of(&machine(n), vec![fact]))
}

fn action(n: usize, status: &str) -> Value {
    let mut action = rig::action(&format!("a{n}"), status);
    action["machineId"] = json!(machine(n));
    action
}

fn machine(n: usize) -> String {
    format!("{n:020x}89abcdef0123456789ab")
}

const FLEET: usize = 4;
