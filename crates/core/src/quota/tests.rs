use std::time::Duration;

use proptest::prelude::*;

use super::*;

const CLASS: QuotaClass = QuotaClass::PackageUri;

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[test]
fn the_third_link_of_a_minute_waits_for_the_first_to_be_a_minute_old() {
    let mut log = QuotaLog::new(CLASS, 1.0);
    let first = log.permit(at(0)).unwrap();
    let second = log.permit(at(1)).unwrap();
    assert_eq!(log.permit(at(2)), Err(at(3)), "only open calls stand in the way");
    log.settle(first, at(5));
    assert_eq!(log.permit(at(6)), Err(at(65)), "until the answer is a minute old");
    log.settle(second, at(10));
    assert_eq!(log.permit(at(64)), Err(at(65)));
    let third = log.permit(at(65)).unwrap();
    assert_eq!(log.permit(at(65)), Err(at(70)));
    assert_ne!(third, first);
}

#[test]
fn the_hour_counts_too() {
    let mut log = QuotaLog::new(CLASS, 1.0);
    let mut now = at(0);
    let mut calls = 0;
    while now < at(3_599) {
        match log.permit(now) {
            Ok(permit) => {
                log.settle(permit, now);
                calls += 1;
            }
            Err(until) => now = until,
        }
    }
    assert_eq!(calls, 120);
    assert_eq!(now, at(3_600));
}

#[test]
fn a_released_permit_counts_for_nothing_and_a_settled_one_counts_once() {
    let mut log = QuotaLog::new(CLASS, 0.5);
    let unused = log.permit(at(0)).unwrap();
    assert!(log.permit(at(0)).is_err(), "half of two is one");
    log.release(unused);
    let used = log.permit(at(0)).unwrap();
    log.settle(used, at(0));
    log.settle(used, at(50));
    assert_eq!(log.permit(at(59)), Err(at(60)));
    assert!(log.permit(at(60)).is_ok());
}

#[test]
fn a_share_is_brought_into_range_and_leaves_one_call() {
    for (share, calls) in [(0.0, 1), (-3.0, 1), (f64::NAN, 1), (0.3, 30), (1.0, 100), (7.0, 100)] {
        let mut log = QuotaLog::new(QuotaClass::Collect, share);
        let taken = (0..200).filter(|_| log.permit(at(0)).is_ok()).count();
        assert_eq!(taken, calls, "{share}");
    }
}

#[test]
fn a_429_closes_the_class_and_halves_the_estimate_until_a_clean_window() {
    let class = QuotaClass::Collect;
    let mut log = QuotaLog::new(class, 1.0);
    let permits: Vec<_> = (0..3).map(|_| log.permit(at(0)).unwrap()).collect();
    for permit in permits {
        log.settle(permit, at(1));
        log.throttled(at(31), at(1));
    }
    assert_eq!(log.permit(at(2)), Err(at(31)));
    // Three answers at once halve once: 50 a minute, of which 3 are used up until 61.
    let now = at(40);
    let taken = (0..200).filter_map(|_| log.permit(now).ok()).count();
    assert_eq!(taken, 47);
    log.abandon_open(now);
    assert_eq!(log.permit(now), Err(at(61)));
    // The minute is clean 60 s after the class opened again.
    let now = at(31 + 60);
    let taken = (0..200).filter_map(|_| log.permit(now).ok()).count();
    assert_eq!(taken, 100 - 47);
}

#[test]
fn a_second_429_within_the_window_halves_again() {
    let mut log = QuotaLog::new(QuotaClass::Collect, 1.0);
    log.throttled(at(10), at(0));
    log.throttled(at(30), at(20));
    assert_eq!((0..200).filter(|_| log.permit(at(31)).is_ok()).count(), 25);
}

#[test]
fn permits_are_unique_over_all_classes_and_know_their_own() {
    let mut quotas = Quotas::new(QuotaOptions::default());
    let mut seen = std::collections::BTreeSet::new();
    for class in QuotaClass::ALL {
        for _ in 0..2 {
            let permit = quotas.permit(*class, at(0)).unwrap();
            assert_eq!(permit.class(), Some(*class));
            assert!(seen.insert(permit));
        }
    }
}

#[test]
fn one_app_wide_quota_is_shared_by_all_classes() {
    let mut quotas = Quotas::new(QuotaOptions { share: 1.0, scope: QuotaScope::App });
    for _ in 0..50 {
        let permit = quotas.permit(QuotaClass::Collect, at(0)).unwrap();
        quotas.settle(permit, at(0));
        quotas.permit(QuotaClass::GetMachineAction, at(0)).unwrap();
    }
    assert_eq!(quotas.permit(QuotaClass::ListMachines, at(0)), Err(at(60)));
    assert_eq!(quotas.permit(CLASS, at(0)), Err(at(60)));
    quotas.throttled(CLASS, at(90), at(1));
    assert_eq!(quotas.permit(QuotaClass::ListMachines, at(61)), Err(at(90)));
}

#[test]
fn a_snapshot_goes_on_where_it_was_taken() {
    let mut quotas = Quotas::new(QuotaOptions::default());
    let first = quotas.permit(CLASS, at(1_000)).unwrap();
    let second = quotas.permit(CLASS, at(1_000)).unwrap();
    quotas.settle(first, at(1_010));
    quotas.throttled(QuotaClass::Collect, at(1_030), at(1_010));
    let json = serde_json::to_string(&quotas.snapshot(at(1_020))).unwrap();
    let snapshot: QuotaSnapshot = serde_json::from_str(&json).unwrap();

    // Another process, whose clock began five seconds ago.
    let mut other = Quotas::restore(QuotaOptions::default(), &snapshot, at(5));
    assert_eq!(other.permit(QuotaClass::Collect, at(5)), Err(at(15)));
    other.settle(second, at(5));
    assert_eq!(
        other.permit(CLASS, at(5)),
        Err(at(60)),
        "ages before the clock began count as its begin"
    );
    let third = other.permit(CLASS, at(65)).unwrap();
    assert!(third > second);

    let app = QuotaOptions { scope: QuotaScope::App, ..QuotaOptions::default() };
    assert_eq!(
        Quotas::restore(app, &snapshot, at(5)).permit(QuotaClass::ListMachines, at(5)),
        Err(at(15))
    );
}

/// One step of a random run.
#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Call { arrives: f64, takes: u64 },
    Burst(u8),
    Throttle(u64),
    Reopen,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0_u64..90_000).prop_map(Step::Wait),
        4 => (0.0..=1.0, 0_u64..100_000).prop_map(|(arrives, takes)| Step::Call { arrives, takes }),
        2 => (1_u8..130).prop_map(Step::Burst),
        1 => (0_u64..120_000).prop_map(Step::Throttle),
        1 => Just(Step::Reopen),
    ]
}

/// Runs the steps; gives when each call arrived at the service, in milliseconds.
fn arrivals(class: QuotaClass, steps: &[Step]) -> Vec<u64> {
    let mut log = QuotaLog::new(class, 1.0);
    let mut now = 0_u64;
    let ms = Duration::from_millis;
    let mut arrivals = Vec::new();
    let mut open: Vec<(u64, PermitId)> = Vec::new();
    for step in steps {
        let calls = match step {
            Step::Wait(time) => {
                now += time;
                vec![]
            }
            Step::Call { arrives, takes } => vec![(*arrives, *takes)],
            Step::Burst(calls) => (0..*calls)
                .map(|call| (f64::from(call % 5) / 4.0, u64::from(call) * 37 % 3_000))
                .collect(),
            Step::Throttle(wait) => {
                log.throttled(ms(now + wait), ms(now));
                vec![]
            }
            Step::Reopen => {
                log = QuotaLog::restore(class, 1.0, &log.snapshot(ms(now)), ms(now));
                vec![]
            }
        };
        open.sort_unstable();
        let done = open.iter().take_while(|(end, _)| *end <= now).count();
        for (end, permit) in open.drain(..done) {
            log.settle(permit, ms(end.max(now)));
        }
        for (arrives, takes) in calls {
            if let Ok(permit) = log.permit(ms(now)) {
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    clippy::cast_precision_loss,
                    reason = "a fraction of a small number"
                )]
                arrivals.push(now + (takes as f64 * arrives) as u64);
                open.push((now + takes, permit));
            }
        }
    }
    arrivals.sort_unstable();
    arrivals
}

fn keeps_within(class: QuotaClass, arrivals: &[u64]) -> Result<(), TestCaseError> {
    for (calls, length) in class.limits() {
        let (calls, length) = (*calls as usize, u64::try_from(length.as_millis()).unwrap());
        for pair in arrivals.windows(calls + 1) {
            prop_assert!(
                pair[calls] - pair[0] >= length,
                "{calls} calls and one within {length} ms"
            );
        }
        let mut fixed = std::collections::BTreeMap::new();
        for arrival in arrivals {
            *fixed.entry(arrival / length).or_insert(0_usize) += 1;
        }
        prop_assert!(fixed.values().all(|seen| *seen <= calls));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_window_of_the_service_sees_more_than_the_limit(steps in prop::collection::vec(step(), 1..200)) {
        for class in [CLASS, QuotaClass::Collect] {
            keeps_within(class, &arrivals(class, &steps))?;
        }
    }

    #[test]
    fn whoever_waits_as_told_gets_his_turn(steps in prop::collection::vec(step(), 1..50)) {
        let mut log = QuotaLog::new(CLASS, 1.0);
        let mut now = 0;
        for step in steps {
            match step {
                Step::Wait(time) => now += time,
                Step::Throttle(wait) => log.throttled(Duration::from_millis(now + wait), Duration::from_millis(now)),
                _ => if let Ok(permit) = log.permit(Duration::from_millis(now)) {
                    log.settle(permit, Duration::from_millis(now));
                },
            }
        }
        let mut now = Duration::from_millis(now);
        let waits = (0..10).take_while(|_| log.permit(now).map_err(|until| {
            assert!(until > now);
            now = until;
        }).is_err()).count();
        prop_assert!(waits < 10);
    }
}

#[test]
fn what_another_process_did_is_counted_on_top() {
    for scope in [QuotaScope::Endpoint, QuotaScope::App] {
        let options = QuotaOptions { scope, ..QuotaOptions::default() };
        let mut other = Quotas::new(options);
        let ended = other.permit(CLASS, at(0)).unwrap();
        other.settle(ended, at(0));
        let snapshot = other.snapshot(at(10));

        let mut ours = Quotas::new(options);
        let own = ours.permit(CLASS, at(1_000)).unwrap();
        ours.settle(own, at(1_005));
        ours.absorb(&snapshot, at(1_010));
        assert_eq!(ours.permit(CLASS, at(1_011)), Err(at(1_060)), "theirs is 10 s old");
        assert!(ours.permit(CLASS, at(1_060)).is_ok());
    }
}

#[test]
fn an_open_call_and_a_429_of_another_process_count_from_now() {
    let mut other = Quotas::new(QuotaOptions::default());
    other.permit(CLASS, at(0)).unwrap();
    let refused = other.permit(CLASS, at(0)).unwrap();
    other.settle(refused, at(1));
    other.throttled(CLASS, at(31), at(1));
    let mut ours = Quotas::new(QuotaOptions::default());
    ours.absorb(&other.snapshot(at(10)), at(1_000));
    assert!(ours.permit(CLASS, at(1_020)).is_err(), "closed for 21 s more");
    // Of two links a minute one is left until a minute without a 429 has gone by, and it is taken by the open call.
    assert!(ours.permit(CLASS, at(1_059)).is_err());
    assert!(ours.permit(CLASS, at(1_060)).is_ok());
}

#[test]
fn a_permit_that_the_rule_would_refuse_counts_all_the_same() {
    let mut quotas = Quotas::new(QuotaOptions::default());
    for seconds in [0, 1, 30] {
        let permit = quotas.assume(CLASS, at(seconds));
        quotas.settle(permit, at(seconds));
    }
    assert_eq!(quotas.permit(CLASS, at(60)), Err(at(61)));
    assert!(quotas.permit(CLASS, at(61)).is_ok());
    assert!(quotas.permit(CLASS, at(62)).is_err());
}
