//! A local clock that jumps changes nothing, and two hosts' clocks are never compared where there is another order.

use std::time::Duration;

use http::Method;
use mde_forensics_core::Device;
use mde_forensics_core::engine::{Handle, Start};
use serde_json::json;

use crate::rig::{self, MACHINE, Next, Rig};

fn failed(action: &str) -> serde_json::Value {
    json!({"fact": "accepted", "action": action, "adoption": "own", "status": "Failed"})
}

#[test]
fn another_attempt_under_the_key_is_told_from_the_first_when_the_clock_goes_back() {
    for jump in [-86_400, 0, 86_400] {
        let mut options = rig::options();
        options.key = Some("INC-42".to_owned());
        let plan = |known: &[Handle]| {
            let mut options = rig::options();
            options.key = Some("INC-42".to_owned());
            Start::plan(&options, vec![Device::parse("ws-042").unwrap()], known)
        };
        let mut first = Rig::new(options.clone(), plan(&[]));
        let report = first.run(|request| match (request.method(), request.uri().path()) {
            (_, "/api/machines") => Some((200, rig::machines())),
            (&Method::POST, _) => Some((201, rig::action("a1", "Failed"))),
            _ => Some((200, rig::none())),
        });
        assert_eq!(report.devices[0].outcome.name(), "failed");

        // Another attempt; it dies while it waits for the answer.
        let mut second =
            first.later_ahead(Duration::ZERO, jump, options.clone(), plan(&first.handles()));
        let ticket = second.sent_to("/machines");
        second.reply(ticket, 200, &rig::machines());
        let ticket = second.sent_to("/machineactions");
        second.reply(ticket, 200, &rig::none());
        second.sent_to("/collectInvestigationPackage");
        let mut records = first.records.clone();
        records.append(&mut second.records);
        second.records = records;
        let known = second.handles();
        assert!(known[0].action().is_none(), "jump of {jump} s: the first attempt's action");

        // The request is looked for, and not made again at once.
        let mut third = second.later(Duration::ZERO, options, plan(&known));
        for _ in 0..3 {
            let ticket = third.sent_to("/machineactions");
            third.reply(ticket, 200, &rig::none());
        }
    }
}

#[test]
fn what_was_begun_later_by_the_ledger_was_begun_later() {
    let named = |name, at, facts| rig::handle_named(name, MACHINE, at, facts);
    let one = "mdef-00000000000000000001";
    let other = "mdef-00000000000000000002";
    for (first, second) in [
        ("2026-01-01T08:59:00Z", "2026-01-05T09:59:00Z"),
        ("2026-01-05T09:59:00Z", "2026-01-01T08:59:00Z"),
    ] {
        let ledger = [named(one, first, vec![failed("a1")]), named(other, second, vec![])];
        let starts = ledger.iter().map(rig::resumed).collect();
        let mut rig = Rig::knowing(&ledger, rig::options(), starts);
        let report = rig.run(|request| match (request.method(), request.uri().path()) {
            (&Method::POST, _) => Some((201, rig::action("a2", "Failed"))),
            (_, "/api/machineactions") => Some((200, rig::none())),
            _ => Some((200, rig::action("a1", "Failed"))),
        });
        let actions: Vec<_> = report
            .devices
            .iter()
            .map(|device| device.handle.action().unwrap().id.as_str())
            .collect();
        assert_eq!(actions, ["a1", "a2"], "begun {first} and {second}");
    }
}

#[test]
fn a_ledger_folds_in_the_order_of_its_records() {
    let begun = |name: &str, at: &str, round: u32| {
        serde_json::from_value(json!({
            "collection": name, "at": at, "fact": "begun", "tenant": "contoso.onmicrosoft.com",
            "base": "https://api.security.microsoft.com", "device": name, "comment": "INC-42", "key": "INC-42",
            "round": round,
        }))
        .unwrap()
    };
    let records = [
        begun("one", "2026-01-05T10:00:00Z", 1),
        begun("two", "2026-01-05T09:00:00Z", 1),
        begun("one", "2026-01-05T08:00:00Z", 2),
        begun("two", "2026-01-05T11:00:00Z", 1),
    ];
    let names: Vec<_> =
        Handle::fold(records).iter().map(|handle| handle.device().to_owned()).collect();
    assert_eq!(names, ["two", "one"]);
}

#[test]
fn an_address_that_a_wrong_clock_does_not_find_is_looked_for_at_the_services_time() {
    let refusal = json!({"error": {"code": "InvalidInput", "message": "the time is too long ago"}});
    for (ahead, status, body) in [(1_200, 200, rig::none()), (-86_400 * 40, 400, refusal)] {
        let mut rig = Rig::ahead(rig::options(), vec![rig::device("10.0.0.5")], ahead);
        let (first, request) = rig.next_sent();
        assert!(!request.uri().path().contains("2026-01-05T10:00:00Z"), "{}", request.uri());
        rig.reply(first, status, &body);
        let (second, request) = rig.next_sent();
        assert!(request.uri().path().contains("2026-01-05T10:00:0"), "{}", request.uri());
        rig.reply(second, 200, &rig::machines());
        rig.sent_to("/machineactions");
    }
    // Of a clock that is right an empty list is taken as it is.
    let mut rig = Rig::ahead(rig::options(), vec![rig::device("10.0.0.5")], 20);
    let report = rig.run(|_| Some((200, rig::none())));
    assert_eq!(report.devices[0].outcome.name(), "not_found");
}

#[test]
fn a_gateway_that_answers_in_place_of_the_service_does_not_tell_its_time() {
    let of_service = json!({"error": {"code": "ServiceUnavailable", "message": "busy"}});
    for (kind, body, outcome) in [
        ("text/html", json!("<html>"), "collected"),
        ("application/json", json!({"detail": "busy"}), "collected"),
        ("application/json", of_service, "deadline_reached"),
    ] {
        let accepted = json!({"fact": "accepted", "action": "a1", "adoption": "own", "status": "Pending",
                              "created": "2026-01-05T10:00:00Z"});
        let start = vec![rig::resumed(&rig::handle(vec![accepted]))];
        let mut rig = Rig::new(rig::options(), start).downloading();
        // So many that the call is repeated in vain, and the collection hears of it.
        let mut strangers = 7;
        let report = loop {
            let next = rig.go();
            if let Some((ticket, request)) = rig.sent.pop_front() {
                if strangers > 0 {
                    strangers -= 1;
                    rig.reply_at(ticket, 502, &body, kind, time::Duration::hours(2));
                } else if request.uri().path().ends_with("/getPackageUri") {
                    rig.reply(ticket, 200, &rig::link());
                } else {
                    rig.reply(ticket, 200, &rig::action("a1", "Succeeded"));
                }
                continue;
            }
            match next {
                Next::Done(report) => break report,
                Next::Wait(until) => rig.now = rig.now.max(until.unwrap()),
            }
        };
        assert_eq!(report.devices[0].outcome.name(), outcome, "{kind} {body}");
    }
}
