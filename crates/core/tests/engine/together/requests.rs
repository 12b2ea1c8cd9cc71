//! Each request has a marker of its own, and one answer, whichever collections know of it.

use mde_forensics_core::engine::{Event, EventKind};

use super::*;

#[test]
fn a_request_that_was_answered_elsewhere_is_not_repeated() {
    let mut lost = calm(0, KEY, "here");
    (lost.drops, lost.stops) = (1, Some(8_000));
    let other = calm(10_000, None, "here");
    let back = Plan { loses: true, ..calm(253_000, KEY, "here") };
    let plans = vec![lost, other, back];
    let world = world(100_000, 60_000, &["Failed"], plans.clone());
    assert_eq!(sent_twice(&world), None);
    let after = calm(290_000, None, "here");
    let plans = plans.into_iter().chain([after]).collect();
    play(std::iter::once((service(100_000, 60_000, vec!["Failed"]), plans)));
}

#[test]
fn a_request_that_was_answered_elsewhere_is_not_in_doubt() {
    let mut lost = calm(0, KEY, "here");
    (lost.loses, lost.stops) = (true, Some(2_000));
    let plans = vec![lost, calm(3_000, None, "here"), calm(60_000, None, "here")];
    let world = world(20_000, 40_000, &[], plans);
    let stored: Vec<_> = world
        .runs
        .iter()
        .map(|run| run.rig.engine.handle(0).unwrap().action().map(|it| it.id.as_str()))
        .collect();
    assert_eq!(
        world.service.actions.len(),
        2,
        "the third call, of 60 s, has what ended at 40 s: {stored:?}"
    );
}

#[test]
fn no_marker_is_sent_twice() {
    let world = world(60_000, 21_212, &["Failed"], rounds());
    assert_eq!(sent_twice(&world), None);
}

#[test]
fn no_marker_of_a_cancelled_attempt_is_sent_again() {
    let first = Plan {
        latencies: vec![50],
        stops: Some(2_179),
        cancels: true,
        until: Until::Ready,
        ..calm(0, KEY, "here")
    };
    let unkeyed = Plan {
        latencies: vec![601, 61, 277],
        until: Until::Requested,
        ..calm(629, Some(PREPARED), "here")
    };
    let slow =
        Plan { latencies: vec![8_976], until: Until::Requested, ..calm(34_826, KEY, "here") };
    let mut other = Plan {
        latencies: vec![331, 278, 13_867, 8_665, 269],
        until: Until::Requested,
        ..calm(45_909, KEY, "here")
    };
    other.devices = vec!["ws-042.contoso.com"];
    let world = world(60_136, 31_612, &[], vec![first, unkeyed, slow, other]);
    assert_eq!(sent_twice(&world), None);
}

#[test]
fn no_marker_is_sent_again_after_another_collection_took_its_request_over_and_failed() {
    let until = Until::Requested;
    let begun = Plan { stops: Some(423), latencies: vec![50], until, ..calm(423, KEY, "here") };
    let mut lost =
        Plan { drops: 1, stops: Some(1_001), latencies: vec![89], until, ..calm(472, KEY, "here") };
    lost.devices = vec!["ws-042.contoso.com"];
    let takes_over =
        Plan { latencies: vec![85, 241, 282], until, ..calm(29_851, Some(PREPARED), "here") };
    let sees =
        Plan { latencies: vec![355], until: Until::Ready, ..calm(40_084, Some(PREPARED), "here") };
    let mut again = Plan { latencies: vec![50], until, ..calm(44_292, KEY, "here") };
    again.devices = vec!["ws-042", "WS-042"];
    let plans = vec![begun, sees, lost, again, takes_over];
    let world = world(60_000, 21_439, &["Failed"], plans);
    assert_eq!(sent_twice(&world), None);
}

#[test]
fn a_request_that_a_follower_wrote_down_is_not_answered_by_what_was_asked_before() {
    let until = Until::Requested;
    let mut both = calm(57_087, KEY, "here");
    both.devices = vec!["ws-042", "ws-042.contoso.com"];
    (both.latencies, both.loses, both.stops) = (vec![4_922, 447], true, Some(77_897));
    let first = Plan { latencies: vec![50], until: Until::Ready, ..calm(0, KEY, "here") };
    let after = Plan { latencies: vec![3_750], ..calm(54_958, Some(PREPARED), "here") };
    let plans = vec![Plan { until, ..both }, first, Plan { until, ..after }];
    play(std::iter::once((service(60_000, 59_007, vec!["Failed"]), plans)));
}

/// A marker that two requests had.
fn sent_twice(world: &World) -> Option<&Option<String>> {
    let markers = world.service.actions.iter().map(|it| &it.marker);
    let mut seen = BTreeSet::new();
    markers.into_iter().find(|marker| !seen.insert(*marker))
}

/// Runs that crowd around the end of the first attempts.
fn crowd() -> impl Strategy<Value = (Service, Vec<Plan>)> {
    let one = |takes: u64| {
        let begins = prop_oneof![
            1 => 0..3_000u64,
            2 => takes.saturating_sub(5_000)..takes + 30_000,
            1 => 2 * takes..2 * takes + 40_000,
        ];
        let key = prop::sample::select(vec![KEY, KEY, KEY, Some(PREPARED), None]);
        let until = prop::sample::select(vec![Until::Requested, Until::Ready, Until::Collected]);
        let devices = prop::sample::select(vec![
            vec!["ws-042"],
            vec!["ws-042"],
            vec!["ws-042.contoso.com"],
            vec!["ws-042", "ws-042.contoso.com"],
            vec!["ws-042", "WS-042"],
        ]);
        let stops = prop::option::weighted(0.4, (0u64..40_000, any::<bool>()));
        let latencies =
            prop::collection::vec(prop_oneof![3 => 50u64..500, 1 => 50u64..20_000], 1..8);
        let fact = prop::sample::select(vec![
            "accepted", "begun", "ended", "intended", "observed", "resolved",
        ]);
        let lost = prop_oneof![4 => Just(Vec::new()), 1 => prop::collection::vec(fact, 1..8)];
        (begins, key, until, devices, stops, latencies, prop::bool::weighted(0.2), 0usize..2, lost)
            .prop_map(|(begins, key, until, devices, stops, latencies, loses, drops, lost)| Plan {
                until,
                devices,
                latencies,
                loses,
                drops: if loses { 0 } else { drops },
                stops: stops.map(|(after, _)| begins + after),
                cancels: stops.is_some_and(|(_, cancels)| cancels),
                lost,
                ..calm(begins, key, "here")
            })
    };
    (20_000u64..120_000).prop_flat_map(move |takes| {
        let ends = prop::collection::vec(
            prop::sample::select(vec!["Succeeded", "Failed", "Failed"]),
            0..6,
        );
        (prop::collection::vec(one(takes), 3..8), ends, 60_000u64..150_000)
            .prop_map(move |(plans, ends, lag)| (service(lag, takes, ends), plans))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn runs_around_the_end_of_an_attempt_ask_once_and_end_once((service, plans) in crowd()) {
        let world = World::new(service, plans);
        prop_assert_eq!(sent_twice(&world), None);
        for run in &world.runs {
            let is_end = |event: &&Event| matches!(event.kind, EventKind::Ended { .. });
            let ends = run.rig.events.iter().filter(is_end).count();
            let wanted = if run.plan.key == Some(PREPARED) { 1 } else { run.plan.devices.len() };
            prop_assert_eq!(ends, wanted);
            prop_assert_eq!(run.report.as_ref().unwrap().devices.len(), wanted);
        }
    }
}
