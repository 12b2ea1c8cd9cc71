//! A playbook goes on step by step, as if it had never been interrupted.

use std::time::Duration;

use mde_forensics_core::engine::{
    Answer, Fetched, Handle, Limit, Options, Outcome, Start, StopHow,
};
use mde_forensics_core::{Code, Error};
use serde_json::json;

use crate::rig::{self, MACHINE, Next, Rig};

fn known(facts: Vec<serde_json::Value>) -> Handle {
    rig::handle_named("mdef-00000000000000000001", MACHINE, "2026-01-05T09:59:00Z", facts)
}

fn accepted(status: &str) -> Handle {
    known(vec![json!({
        "fact": "accepted", "action": "a1", "adoption": "own", "status": status,
        "accepted": "2026-01-05T10:00:00Z"
    })])
}

fn options() -> Options {
    let mut options = rig::options();
    options.timeout = Duration::from_secs(120);
    options
}

/// Works for a minute; what `answer` says to each call, and the handle with which it stopped, or how it ended.
fn step(
    before: &Rig,
    start: Start,
    answer: impl Fn(&str) -> (u16, serde_json::Value),
) -> (Rig, Result<Handle, Outcome>) {
    let mut rig = before.later(Duration::ZERO, options(), vec![start]).downloading();
    let back_by = rig.now + Duration::from_secs(60);
    let report = loop {
        let next = rig.go();
        if let Some((ticket, request)) = rig.sent.pop_front() {
            let (status, body) = answer(request.uri().path());
            rig.reply(ticket, status, &body);
            continue;
        }
        match next {
            Next::Done(report) => break report,
            Next::Wait(Some(until)) if until < back_by => rig.now = rig.now.max(until),
            Next::Wait(_) => {
                rig.now = back_by;
                rig.engine.cancel(None, &StopHow::Here, rig.clock());
            }
        }
    };
    let device = report.devices.into_iter().next().unwrap();
    let handle = device.handle;
    let ended = match device.outcome {
        Outcome::Stopped => Ok(handle),
        outcome => Err(outcome),
    };
    (rig, ended)
}

/// Steps until it ends; how it does, and in how many minutes.
fn steps(
    handle: &Handle,
    answer: impl Fn(&str) -> (u16, serde_json::Value),
) -> (Option<Outcome>, u32) {
    let mut handle = handle.clone();
    let mut rig = Rig::new(options(), vec![]);
    for minutes in 1..=20 {
        let (stepped, ended) = step(&rig, rig::resumed(&handle), &answer);
        rig = stepped;
        match ended {
            Ok(later) => handle = later,
            Err(outcome) => return (Some(outcome), minutes),
        }
    }
    (None, 20)
}

#[test]
fn the_timeout_counts_from_acceptance_through_all_steps() {
    let pending = |_: &str| (200, rig::action("a1", "Pending"));
    let (outcome, minutes) = steps(&accepted("Pending"), pending);
    assert!(
        matches!(outcome, Some(Outcome::DeadlineReached { limit: Limit::Timeout, .. })),
        "{outcome:?}"
    );
    // At the beginning of the third.
    assert_eq!(minutes, 3);
}

#[test]
fn what_has_ended_after_the_timeout_is_taken_all_the_same() {
    for (now, name) in [("Pending", "deadline_reached"), ("Failed", "failed")] {
        let late = Rig::new(options(), vec![]);
        let start = vec![rig::resumed(&accepted("Pending"))];
        let mut rig = late.later(Duration::from_secs(86_400), options(), start);
        let mut calls = 0;
        let report = rig.run(|_| {
            calls += 1;
            Some((200, rig::action("a1", now)))
        });
        assert_eq!((report.devices[0].outcome.name(), calls), (name, 1));
        assert_eq!(report.devices[0].is_resumable(), now == "Pending");
    }
}

#[test]
fn patience_beyond_the_timeout_is_for_the_asking() {
    let mut longer = options();
    longer.timeout = Duration::from_secs(600);
    let late = Rig::new(options(), vec![]);
    let start = vec![rig::resumed(&accepted("Pending"))];
    let mut rig = late.later(Duration::from_secs(300), longer, start);
    let begun = rig.now;
    let report = rig.run(|_| Some((200, rig::action("a1", "Pending"))));
    assert_eq!(report.devices[0].outcome.name(), "deadline_reached");
    let waited = rig.now.checked_sub(begun).unwrap().as_secs();
    assert!((300..340).contains(&waited), "{waited}");
}

#[test]
fn an_action_that_is_gone_is_not_asked_after_for_ever() {
    let body = json!({"error": {"code": "ResourceNotFound", "message": "no such action"}});
    let (outcome, minutes) = steps(&accepted("Pending"), |_| (404, body.clone()));
    assert_eq!(outcome.unwrap().error().unwrap().code(), Code::NotFound);
    assert!(minutes <= 3, "{minutes}");
}

#[test]
fn a_link_that_is_never_to_be_had_ends_the_steps() {
    let body = json!({"error": {"code": "ResourceNotFound", "message": "the package has expired"}});
    let (outcome, minutes) = steps(&accepted("Pending"), |path| match path {
        "/api/machineactions/a1" => (200, rig::action("a1", "Succeeded")),
        _ => (404, body.clone()),
    });
    assert_eq!(outcome.unwrap().error().unwrap().code(), Code::NotFound);
    assert!(minutes <= 8, "{minutes}");
}

#[test]
fn whoever_goes_on_after_failures_has_them_counted_anew() {
    let struck = |ended: &str| {
        known(vec![
            json!({"fact": "accepted", "action": "a1", "adoption": "own", "status": "Succeeded"}),
            json!({"fact": "struck", "strikes": 8}),
            json!({"fact": "ended", "outcome": ended, "code": null}),
        ])
    };
    let body = json!({"error": {"code": "ResourceNotFound", "message": "the package has expired"}});
    for (ended, asked) in [("stopped", 1), ("failed", 9)] {
        let ledger = [struck(ended)];
        let starts = vec![rig::resumed(&ledger[0])];
        let mut rig = Rig::knowing(&ledger, options(), starts).downloading();
        let mut links = 0;
        rig.run(|_| {
            links += 1;
            Some((404, body.clone()))
        });
        assert_eq!(links, asked, "after `{ended}`");
    }
}

#[test]
fn the_service_says_when_an_action_was_accepted() {
    let mut rig = Rig::ahead(rig::options(), vec![rig::device("ws-042")], 7_200);
    let ticket = rig.sent_to("/machines");
    rig.reply(ticket, 200, &rig::machines());
    let ticket = rig.sent_to("/machineactions");
    rig.reply(ticket, 200, &rig::none());
    let ticket = rig.sent_to("/collectInvestigationPackage");
    rig.now += Duration::from_secs(5);
    rig.reply(ticket, 201, &rig::action("a1", "Pending"));
    rig.go();
    let accepted = rig.handles()[0].action().unwrap().accepted.unwrap();
    assert_eq!(accepted - rig::EPOCH, time::Duration::seconds(5));
}

#[test]
fn what_cannot_be_done_again_is_not_interrupted() {
    let mut rig = Rig::new(rig::options(), vec![rig::device("ws-042")]);
    assert!(rig.engine.is_interruptible());
    let ticket = rig.sent_to("/machines");
    assert!(rig.engine.is_interruptible());
    rig.reply(ticket, 200, &rig::machines());
    let ticket = rig.sent_to("/machineactions");
    rig.reply(ticket, 200, &rig::none());
    let ticket = rig.sent_to("/collectInvestigationPackage");
    assert!(!rig.engine.is_interruptible(), "its answer would be lost");
    rig.reply(ticket, 201, &rig::action("a1", "Pending"));
    rig.go();
    assert!(rig.engine.is_interruptible());
    let ticket = rig.sent_to("/machineactions/a1");
    rig.reply(ticket, 200, &rig::action("a1", "Succeeded"));
    rig.go();
    assert!(!rig.engine.is_interruptible(), "what lies there is read through");
    let ticket = rig.inspecting.pop_front().unwrap();
    let now = rig.clock();
    rig.engine.answer(ticket, Answer::Held(mde_forensics_core::engine::Held::Nothing), now);
    let ticket = rig.sent_to("/getPackageUri");
    assert!(rig.engine.is_interruptible());
    rig.reply(ticket, 200, &rig::link());
    rig.go();
    assert!(!rig.engine.is_interruptible(), "without a validator it would begin anew each time");
    let ticket = rig.fetching.pop_front().unwrap();
    let dead = Fetched::Dead(Error::new(Code::LinkDead, "dead"));
    let now = rig.clock();
    rig.engine.answer(ticket, Answer::Fetched(dead), now);
    rig.go();
    assert!(rig.engine.is_interruptible());
}
