//! Runs that know different things of one collection, or of one device.

use mde_forensics_core::ledger::Taken;
use mde_forensics_core::{BaseUrl, MachineId};

use super::*;
use crate::rig::{MACHINE, OTHER_MACHINE, handle_named};

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
fn what_was_asked_for_two_minutes_ago_is_remembered() {
    let second = |second| Duration::from_secs(second);
    let time = |at| (EPOCH + second(at)).format(&Rfc3339).unwrap();
    let asked = |machine, attempt, at| {
        let intended = json!({"fact": "intended", "marker": "mdef-aaaaaaaaaaaaaaaaaaaa", "attempt": attempt,
                              "post": 1, "t0": time(at), "before": []});
        handle_named("mdef-0123456789abcdef0123", machine, "2026-01-05T09:59:00Z", vec![intended])
    };
    let mut taken = Taken::default();
    let run = taken.begin("here");
    let machine = MachineId::parse(MACHINE).unwrap();
    for (machine, attempt, at) in [(MACHINE, 1, 0), (MACHINE, 2, 1_100), (OTHER_MACHINE, 1, 1_201)]
    {
        let now = Now::new(EPOCH, second(at));
        taken.end_append(&[], true, [asked(machine, attempt, at)], run, now);
    }
    let now = Now::new(EPOCH, second(2_400));
    assert!(taken.claim(&machine, true, "c", run, now).unwrap().is_some());
    taken.end_append(&[], true, [asked(OTHER_MACHINE, 2, 2_400)], run, now);
    assert!(taken.claim(&machine, true, "c", run, now).unwrap().is_none());
}

#[test]
fn a_late_look_is_not_taken_for_one_at_the_next_attempt() {
    play((56_000..70_000).step_by(500).map(|takes| {
        let asks = Plan { until: Until::Requested, ..calm(0, KEY, "here") };
        let waits = Plan { until: Until::Ready, ..calm(1_000, KEY, "here") };
        let sees = calm(takes + 600, KEY, "here");
        let again = Plan { until: Until::Requested, ..calm(takes + 1_700, KEY, "here") };
        let third = calm(takes + 20_000, KEY, "here");
        (service(100_000, takes, vec!["Failed"]), vec![asks, waits, sees, again, third])
    }));
}

#[test]
fn who_takes_over_a_request_has_its_device() {
    play((0..10).flat_map(|phase| {
        (0..10).map(move |other| {
            let first = Plan { until: Until::Requested, ..calm(0, KEY, "here") };
            let resumed = [calm(10_000, KEY, "here"), calm(10_000, KEY, "here")];
            let mut again = calm(50_000 + phase * 100, KEY, "here");
            (again.drops, again.stops) = (1, Some(90_000));
            let foreign = calm(90_000 + other * 100, None, "here");
            let [one, two] = resumed;
            (service(0, 60_000, vec!["Failed"]), vec![first, one, two, again, foreign])
        })
    }));
}

#[test]
fn a_device_that_is_named_twice_is_gone_on_with_from_the_ledger() {
    play((30_000..45_000).step_by(1_000).map(|stops| {
        let first = calm(0, KEY, "here");
        let mut twice = calm(10_000, KEY, "here");
        twice.devices = vec!["ws-042", "WS-042"];
        // The answer to its request is lost, and it is stopped.
        (twice.loses, twice.stops) = (true, Some(stops + 22_000));
        let after = calm(stops + 23_000, None, "here");
        (service(100_000, 30_000, vec!["Failed"]), vec![first, twice, after])
    }));
}

#[test]
fn what_another_run_could_not_write_down_is_written_down() {
    let mut first = calm(0, None, "here");
    first.key = KEY;
    first.lost = vec!["begun"; 9];
    let mut second = calm(250, KEY, "here");
    (second.loses, second.stops) = (true, Some(15_000));
    let after = calm(16_000, None, "here");
    play(std::iter::once((service(100_000, 600_000, vec![]), vec![first, second, after])));
}

#[test]
fn a_prepared_collection_that_failed_is_not_begun_anew_by_who_waited() {
    let plans = vec![calm(0, Some(PREPARED), "here"), calm(5_000, Some(PREPARED), "here")];
    let world = world(0, 30_000, &["Failed"], plans);
    assert_eq!(world.service.actions.len(), 1);
}

#[test]
fn a_failed_action_is_the_answer_to_all_that_waited_for_it() {
    let plans = (0..5).map(|number| calm(number * 1_000, KEY, "here")).collect();
    let world = world(0, 30_000, &["Failed"; 5], plans);
    assert_eq!(world.service.actions.len(), 1);
}

#[test]
fn a_follower_does_not_write_over_what_was_asked_since() {
    let plans = rounds().into_iter().chain([calm(66_000, None, "here")]).collect();
    play(std::iter::once((service(60_000, 21_212, vec!["Failed"]), plans)));
}
