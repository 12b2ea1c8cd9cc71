//! Whatever a sequence of processes does, no window of the service exceeds its limit.

use proptest::prelude::*;

use super::*;

/// One step of a random run.
#[derive(Clone, Debug)]
enum Step {
    Wait(u64),
    Call {
        arrives: f64,
        takes: u64,
    },
    Burst(u8),
    Throttle(u64),
    /// A permit for a call that is never sent.
    Unused,
    /// The process dies, and `lost` lines did not reach the disk. The wall clock is set back or
    /// forward by this much, and the next process's clock begins at `origin`.
    Restart {
        lost: usize,
        back: u64,
        forward: u64,
        origin: u64,
    },
}

/// `leaps` is how many times out of ten a clock is set forward.
fn step(leaps: u32) -> impl Strategy<Value = Step> {
    let back = prop_oneof![4 => Just(0), 1 => 0_u64..5_000_000];
    let forward = prop_oneof![10 - leaps => Just(0), leaps => 1_u64..20_000_000];
    let origin = prop_oneof![2 => Just(86_400_000), 1 => 0_u64..5_000_000];
    prop_oneof![
        3 => (0_u64..90_000).prop_map(Step::Wait),
        4 => (0.0..=1.0, 0_u64..100_000).prop_map(|(arrives, takes)| Step::Call { arrives, takes }),
        2 => (1_u8..130).prop_map(Step::Burst),
        1 => (1_u64..120).prop_map(|seconds| Step::Throttle(seconds * 1_000)),
        1 => Just(Step::Unused),
        1 => (0_usize..9, back, forward, origin).prop_map(|(lost, back, forward, origin)| {
            Step::Restart { lost, back, forward, origin }
        }),
    ]
}

/// A call in flight.
struct Open {
    ends: u64,
    permit: PermitId,
    /// Its index in the arrivals.
    arrival: usize,
}

/// Runs the steps. Returns when each call arrived at the service, in milliseconds, and when a
/// process began to which earlier calls looked older than they were.
fn arrivals(
    class: QuotaClass,
    scope: QuotaScope,
    steps: &[Step],
) -> Result<(Vec<u64>, Vec<u64>), TestCaseError> {
    let mut process = Process::new(counting_by(scope));
    let (mut now, mut closed_until) = (0, 0);
    let (mut arrivals, mut leaps) = (Vec::new(), Vec::new());
    let mut open: Vec<Open> = Vec::new();
    for step in steps {
        for Open { permit, .. } in open.extract_if(.., |call| call.ends <= now) {
            process.settle(permit, Settlement::Answered, ms(now));
        }
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
                if let Some(Open { permit, arrival, .. }) = open.pop() {
                    arrivals[arrival] = now.min(arrivals[arrival]);
                    process.settle(permit, Settlement::Throttled(ms(*wait)), ms(now));
                    closed_until = closed_until.max(now + wait);
                }
                vec![]
            }
            Step::Unused => {
                if let Ok(permit) = process.permit(class, ms(now)) {
                    process.settle(permit, Settlement::Unused, ms(now));
                }
                vec![]
            }
            Step::Restart { lost, back, forward, origin } => {
                // A dead process sends nothing more.
                for Open { arrival, .. } in open.drain(..) {
                    arrivals[arrival] = now.min(arrivals[arrival]);
                }
                let lost = process.unsynced.min(*lost);
                process.lines.truncate(process.lines.len() - lost);
                let before = process.free(class, ms(now));
                let was_exact = process.origin == ORIGIN;
                process.behind += ms(*back);
                process.ahead += ms(*forward);
                if *forward > 0 {
                    leaps.push(now);
                    // The closure of the class may look long past as well.
                    closed_until = 0;
                }
                process.origin = ms(*origin);
                process.restart(counting_by(scope), ms(now));
                let after = process.free(class, ms(now));
                // If a clock has put lines out of order, a 429 may be taken for the reply to
                // another call, and a clock that had just begun made calls look younger than they
                // were.
                if was_exact && process.behind.is_zero() && leaps.is_empty() {
                    prop_assert!(after <= before, "{before} were free, and {after} are");
                }
                vec![]
            }
        };
        for (arrives, takes) in calls {
            if let Ok(permit) = process.permit(class, ms(now)) {
                prop_assert!(now >= closed_until, "the class is closed");
                open.push(Open { ends: now + takes, permit, arrival: arrivals.len() });
                #[expect(
                    clippy::cast_possible_truncation,
                    clippy::cast_sign_loss,
                    clippy::cast_precision_loss,
                    reason = "a fraction of a small number"
                )]
                arrivals.push(now + (takes as f64 * arrives) as u64);
            }
        }
    }
    arrivals.sort_unstable();
    Ok((arrivals, leaps))
}

/// No window exceeds the limit, plus one limit for each leap within it.
fn keeps_within(
    class: QuotaClass,
    (arrivals, leaps): &(Vec<u64>, Vec<u64>),
) -> Result<(), TestCaseError> {
    for (calls, length) in class.limits() {
        let (calls, length) = (*calls as usize, u64::try_from(length.as_millis()).unwrap());
        let begins = arrivals.iter().flat_map(|at| [*at, at / length * length]);
        for begin in begins {
            let within = |times: &[u64]| {
                let before = |end| times.partition_point(|time| *time < end);
                before(begin + length) - before(begin)
            };
            let (seen, leaps) = (within(arrivals), within(leaps));
            prop_assert!(
                seen <= calls * (1 + leaps),
                "{seen} calls within {length} ms from {begin} on, and {leaps} leaps"
            );
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_window_of_the_service_sees_more_than_the_limit(steps in prop::collection::vec(step(0), 1..200)) {
        for class in [CLASS, QuotaClass::Collect] {
            for scope in [QuotaScope::Endpoint, QuotaScope::App] {
                keeps_within(class, &arrivals(class, scope, &steps)?)?;
            }
        }
    }

    /// Only the wall clock tells how old the calls of an earlier process are.
    #[test]
    fn a_clock_that_is_put_forward_costs_one_limit_more_and_no_more(steps in prop::collection::vec(step(5), 1..200)) {
        for class in [CLASS, QuotaClass::Collect] {
            for scope in [QuotaScope::Endpoint, QuotaScope::App] {
                keeps_within(class, &arrivals(class, scope, &steps)?)?;
            }
        }
    }

    #[test]
    fn whoever_waits_as_told_gets_his_turn(steps in prop::collection::vec(step(0), 1..50)) {
        let mut quotas = sharing(1.0);
        let mut now = 0;
        for step in steps {
            match step {
                Step::Wait(time) => now += time,
                Step::Throttle(wait) => quotas.throttled(CLASS, ms(now + wait), ms(now)),
                _ => if let Ok(permit) = quotas.permit(CLASS, ms(now)) {
                    quotas.settle(permit, Settlement::Answered, ms(now));
                },
            }
        }
        let mut now = ms(now);
        let waits = (0..10).take_while(|_| quotas.permit(CLASS, now).map_err(|until| {
            assert!(until > now);
            now = until;
        }).is_err()).count();
        prop_assert!(waits < 10);
    }
}
