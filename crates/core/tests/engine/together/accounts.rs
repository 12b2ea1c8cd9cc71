//! Runs that know different things of one collection, or of one device.

use std::panic::{AssertUnwindSafe, catch_unwind};

use mde_forensics_core::ledger::Lately;
use mde_forensics_core::{BaseUrl, MachineId};

use super::*;
use crate::rig::{MACHINE, handle_named};

/// Plays each case; whatever fails is told by how many did, and the first of them.
fn play(cases: impl Iterator<Item = (Service, Vec<Plan>)>) {
    let (mut wrong, mut all) = (Vec::new(), 0);
    for (service, plans) in cases {
        all += 1;
        let begins: Vec<_> = plans.iter().map(|plan| plan.begins).collect();
        if let Err(why) = catch_unwind(AssertUnwindSafe(|| World::new(service, plans))) {
            let why = why.downcast_ref::<String>().cloned().unwrap_or_default();
            wrong.push(format!("runs that begin at {begins:?}: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {all}: {}", wrong.len(), wrong[0]);
}

fn service(lag: u64, takes: u64, ends: Vec<&'static str>) -> Service {
    Service { lag, takes, ends, actions: Vec::new() }
}

#[test]
fn an_older_handle_is_not_written_over_what_a_run_is_at() {
    let facts = vec![
        json!({"fact": "intended", "marker": "mdef-aaaaaaaaaaaaaaaaaaaa", "attempt": 1, "post": 1,
               "t0": "2026-01-05T09:40:00Z", "before": []}),
        json!({"fact": "doubted", "since": "2026-01-05T09:40:10Z", "code": "timed_out"}),
    ];
    let kept = handle_named("mdef-0123456789abcdef0123", MACHINE, "2026-01-05T09:40:00Z", facts);
    play((7_000..9_000).step_by(100).map(|begins| {
        let first = Plan {
            kept: Some(kept.clone()),
            // Two lists, and a request whose answer is long in coming.
            latencies: vec![100, 100, 100, 100, 100, 60_000],
            stops: Some(9_500),
            ..calm(0, None, "here")
        };
        let second = Plan { kept: Some(kept.clone()), ..calm(begins, None, "here") };
        (service(100_000, 600_000, vec![]), vec![first, second])
    }));
}

#[test]
fn evidence_is_of_the_device_that_the_handle_names() {
    let mut options = rig::options();
    options.entropy = [99; 16];
    let base = BaseUrl::parse("https://api.security.microsoft.com").unwrap();
    let mut json: Value = serde_json::from_str(&prepared(&options).to_json()).unwrap();
    json["machine"] = json!({"id": OTHER_MACHINE, "name": "ws-042.contoso.com"});
    let kept = Handle::parse(&json.to_string(), &options.tenant, &base).unwrap();
    let first = calm(0, Some(PREPARED), "here");
    let second = Plan { kept: Some(kept), ..calm(10_000, None, "here") };
    let world = world(0, 60_000, &[], vec![first, second]);
    let report = &world.runs[1].report.as_ref().unwrap().devices[0];
    let Outcome::Refused(error) = &report.outcome else { panic!("{:?}", report.outcome) };
    assert_eq!(error.code(), Code::InvalidHandle);
    assert!(error.to_string().contains("device id"), "{error}");
}

#[test]
fn the_marker_of_a_failed_attempt_is_not_sent_again() {
    let key = Some("INC-42");
    let takes = 90_000;
    for step in 0..20 {
        let begins = takes + 12_000 + step * 10;
        let stopped = Plan { stops: Some(begins + 150), ..calm(begins, key, "here") };
        let plans = vec![calm(0, key, "here"), stopped, calm(begins + 50, key, "here")];
        let world = world(170_000, takes, &["Failed"], plans);
        let markers: Vec<_> = world.service.actions.iter().map(|it| &it.marker).collect();
        let distinct: BTreeSet<_> = markers.iter().collect();
        assert_eq!(distinct.len(), markers.len(), "{begins}: {markers:?}");
    }
}

#[test]
fn a_lost_answer_to_a_second_attempt_is_looked_for_as_that() {
    let key = Some("INC-42");
    let takes = 90_000;
    play((0..20).flat_map(|step| {
        let begins = takes + 12_000 + step * 10;
        let stopped = Plan { stops: Some(begins + 150), ..calm(begins, key, "here") };
        let lost = Plan { loses: true, ..calm(begins + 50, key, "here") };
        (0..6).map(move |at| {
            let after = calm(lost.begins + 70_000 + at * 5_000, key, "here");
            let plans = vec![calm(0, key, "here"), stopped.clone(), lost.clone(), after];
            (service(170_000, takes, vec!["Failed"]), plans)
        })
    }));
}

#[test]
fn a_second_name_of_the_device_in_one_run_is_not_written_over() {
    let key = Some("INC-42");
    play((200_000..230_000).step_by(1_500).map(|takes| {
        let mut both = calm(0, key, "here");
        both.devices = vec!["ws-042", "ws-042.contoso.com"];
        let mut one = calm(takes + 500, key, "here");
        one.devices = vec!["ws-042.contoso.com"];
        let again = Plan { begins: takes + 1_700, ..one.clone() };
        let plans = vec![both, one, again, calm(takes + 25_000, None, "here")];
        (service(100_000, takes, vec!["Failed"]), plans)
    }));
}

#[test]
fn a_device_that_nobody_has_does_not_wait_for_those_that_others_have() {
    let shared = Rc::new(RefCell::new(Shared::default()));
    let mut options = rig::options();
    options.key = Some("INC-42".to_owned());
    let begin = |options: &Options, devices: Vec<Device>, now| {
        let office = Office::begin(&shared, "here");
        let known = office.free(&Start::names(options, &devices));
        let starts = Start::plan(options, devices, &known);
        let mut rig = Rig::beginning(now, options.clone(), starts, &known);
        rig.office = Some(office);
        rig
    };
    let ws = Device::parse("ws-042").unwrap();
    let mut first = begin(&options, vec![ws.clone()], BEGIN);
    for (path, status, body) in [
        ("/machines", 200, rig::machines()),
        ("/machineactions", 200, rig::none()),
        ("/collectInvestigationPackage", 201, rig::action("a1", "Pending")),
    ] {
        let ticket = first.sent_to(path);
        first.reply(ticket, status, &body);
    }
    first.go();
    options.concurrency = 1;
    options.entropy = [8; 16];
    let free = Device::parse(OTHER_MACHINE).unwrap();
    let mut second = begin(&options, vec![ws, free], first.now);
    let ticket = second.sent_to("/machines");
    second.reply(ticket, 200, &rig::machines());
    second.sent_to(OTHER_MACHINE);
}

#[test]
fn what_was_asked_for_two_minutes_ago_is_remembered() {
    let second = |second| Duration::from_secs(second);
    let time = |at| (EPOCH + second(at)).format(&Rfc3339).unwrap();
    let asked = |machine, attempt, at| {
        let intended = json!({"fact": "intended", "marker": "mdef-aaaaaaaaaaaaaaaaaaaa", "attempt": attempt,
                              "post": 1, "t0": time(at), "before": []});
        handle_named("mdef-0123456789abcdef0123", machine, "2026-01-05T09:59:00Z", vec![intended])
    };
    let mut lately = Lately::default();
    let machine = MachineId::parse(MACHINE).unwrap();
    for (machine, attempt, at) in [(MACHINE, 1, 0), (MACHINE, 2, 1_100), (OTHER_MACHINE, 1, 1_201)]
    {
        lately.note("here", asked(machine, attempt, at), Now::new(EPOCH, second(at)));
    }
    assert!(lately.of(&machine).is_some());
    lately.note("here", asked(OTHER_MACHINE, 2, 2_400), Now::new(EPOCH, second(2_400)));
    assert!(lately.of(&machine).is_none());
}

const OTHER_MACHINE: &str = "ffffffffffffffffffffffffffffffffffffffff";
