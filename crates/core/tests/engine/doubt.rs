//! A request whose answer was lost is not repeated before its effect must have shown.

use std::time::Duration;

use http::Method;
use mde_forensics_core::Code;
use mde_forensics_core::engine::Start;
use serde_json::json;

use crate::rig::{self, MACHINE, Rig};

#[test]
fn a_local_clock_that_is_fast_does_not_shorten_the_doubt() {
    let handle = rig::handle(vec![
        json!({"fact": "intended", "marker": "mdef-aaaaaaaaaaaaaaaaaaaa", "attempt": 1, "post": 1,
               "t0": "2026-01-05T09:59:50Z", "before": []}),
        json!({"fact": "doubted", "since": "2026-01-05T09:59:58Z", "code": "timed_out"}),
    ]);
    for ahead in [-7_200, -300, 0, 300, 7_200] {
        let mut rig = Rig::ahead(rig::options(), vec![rig::resumed(&handle)], ahead);
        let begun = rig.now;
        let waited = loop {
            let (ticket, request) = rig.next_sent();
            if request.method() == Method::POST {
                break rig.now.checked_sub(begun).unwrap();
            }
            rig.reply(ticket, 200, &rig::none());
        };
        // It had lasted for two seconds.
        let least = Duration::from_secs(178);
        assert!((least..least * 2).contains(&waited), "{waited:?} with a clock {ahead} s ahead");
    }
}

#[test]
fn a_second_request_that_was_refused_for_now_is_not_taken_for_lost() {
    let mut rig = Rig::new(rig::options(), vec![rig::device("ws-042")]);
    let ticket = rig.sent_to("/machines");
    rig.reply(ticket, 200, &rig::machines());
    let ticket = rig.sent_to("/machineactions");
    rig.reply(ticket, 200, &rig::none());
    let ticket = rig.sent_to("/collectInvestigationPackage");
    rig.lose(ticket);
    let mut refusals = 0;
    let answer = loop {
        let (ticket, request) = rig.next_sent();
        if request.method() == Method::GET {
            rig.reply(ticket, 200, &rig::none());
        } else if refusals < 2 {
            refusals += 1;
            let body = json!({"error": {"code": "TooManyRequests", "message": "quota"}});
            rig.reply_with(ticket, 429, &body, &[("retry-after", "90")]);
        } else {
            break ticket;
        }
    };
    let mut accepted = rig::action("7b8c0e6e-1111-4d2b-9a55-0c0c0c0c0c0c", "Pending");
    accepted["creationDateTimeUtc"] = json!("2026-01-05T12:00:00Z");
    rig.reply(answer, 201, &accepted);
    rig.go();
    assert!(rig.handles()[0].action().is_some());
}

#[test]
fn a_refused_repetition_does_not_answer_the_first_request() {
    for (status, code) in [(403, "Forbidden"), (404, "ResourceNotFound"), (400, "InvalidInput")] {
        let mut posts = 0;
        let mut rig = Rig::new(rig::options(), vec![rig::device("ws-042")]);
        let report = rig.run(|request| match (request.method(), request.uri().path()) {
            (&Method::POST, _) => {
                posts += 1;
                let body = json!({"error": {"code": code, "message": "no"}});
                (posts > 1).then_some((status, body))
            }
            (_, "/api/machines") => Some((200, rig::machines())),
            _ => Some((200, rig::none())),
        });
        assert_eq!(posts, 2);
        let device = &report.devices[0];
        let error = device.outcome.error().unwrap();
        assert_eq!((device.outcome.name(), error.code()), ("failed", Code::CollectionUncertain));
        assert_eq!(error.service_code(), Some(code), "the service's own words are kept");
        assert!(device.is_resumable() && device.handle.intent().is_some(), "{error}");
        assert_eq!(rig.handles()[0].intent(), device.handle.intent());

        // What shows later is taken over, and nothing is asked for a third time.
        let mut late = rig::action("7b8c0e6e-1111-4d2b-9a55-0c0c0c0c0c0c", "Pending");
        let marker = device.handle.intent().unwrap().marker.clone();
        late["externalId"] = json!(marker.as_str());
        let start = vec![rig::resumed(&rig.handles()[0])];
        let mut rig = rig.later(Duration::from_secs(600), rig::options(), start);
        loop {
            let (ticket, request) = rig.next_sent();
            assert_eq!(request.method(), Method::GET, "{}", request.uri());
            if !request.uri().path().ends_with("/machineactions") {
                break;
            }
            rig.reply(ticket, 200, &rig::list(&[late.clone()]));
        }
        assert!(rig.handles()[0].action().is_some());
    }
}

#[test]
fn the_same_key_asks_again_where_nothing_ever_came_of_it() {
    let mut options = rig::options();
    options.key = Some("INC-42".to_owned());
    let mut posts = 0;
    let mut rig = Rig::new(options.clone(), vec![rig::device("ws-042")]);
    let report = rig.run(|request| match (request.method(), request.uri().path()) {
        (&Method::POST, _) => {
            posts += 1;
            None
        }
        (_, "/api/machines") => Some((200, rig::machines())),
        _ => Some((200, rig::none())),
    });
    assert_eq!(posts, 2);
    assert_eq!(report.devices[0].outcome.error().unwrap().code(), Code::CollectionUncertain);

    let ws_042 = mde_forensics_core::Device::parse("ws-042").unwrap();
    let starts = Start::plan(&options, vec![ws_042], &rig.handles());
    let mut rig = Rig::new(options, starts);
    let ticket = rig.sent_to("/machines");
    rig.reply(ticket, 200, &rig::machines());
    let ticket = rig.sent_to("/machineactions");
    rig.reply(ticket, 200, &rig::none());
    rig.sent_to(&format!("/machines/{MACHINE}/collectInvestigationPackage"));
}

#[test]
fn a_request_that_the_quota_kept_waiting_looks_again_before_it_goes_out() {
    // What was started meanwhile is taken over, and a look of less than a minute ago holds good.
    for (seconds, looks) in [(50, 1), (70, 2)] {
        let mut rig = Rig::new(rig::options(), vec![rig::device("ws-042")]);
        let ticket = rig.sent_to("/machines");
        rig.reply(ticket, 200, &rig::machines());
        let ticket = rig.sent_to("/machineactions");
        rig.close_quota(seconds);
        rig.reply(ticket, 200, &rig::none());
        for _ in 1..looks {
            let ticket = rig.sent_to("/machineactions");
            rig.reply(ticket, 200, &rig::none());
        }
        rig.sent_to(&format!("/machines/{MACHINE}/collectInvestigationPackage"));
    }
}
