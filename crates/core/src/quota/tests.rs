use std::time::Duration;

use time::OffsetDateTime;
use time::macros::datetime;

use super::*;
use crate::engine::Settlement;
use crate::ledger::{Account, Line, Lines, QuotaLine, Seen, snapshot};
use crate::{Now, Tenant};

mod simulation;

const CLASS: QuotaClass = QuotaClass::PackageUri;
const START: OffsetDateTime = datetime!(2026-01-05 10:00 UTC);
/// A process's clock at its start; it leaves room for earlier events.
const ORIGIN: Duration = Duration::from_secs(86_400);

fn at(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn sharing(share: f64) -> Quotas {
    Quotas::new(QuotaOptions { share, ..QuotaOptions::default() })
}

fn counting_by(scope: QuotaScope) -> QuotaOptions {
    QuotaOptions { scope, ..QuotaOptions::default() }
}

/// A sequence of processes with one ledger, as drivers keep it. All times are of a clock that is
/// never set.
struct Process {
    quotas: Quotas,
    by: u64,
    begun: Duration,
    /// Its own clock at its start.
    origin: Duration,
    /// How far the wall clock was set back and forward.
    behind: Duration,
    ahead: Duration,
    lines: Vec<QuotaLine>,
    /// How many of the last lines are not on disk yet.
    unsynced: usize,
}

impl Process {
    fn new(options: QuotaOptions) -> Self {
        Self {
            quotas: Quotas::new(options),
            by: 0,
            begun: Duration::ZERO,
            origin: ORIGIN,
            behind: Duration::ZERO,
            ahead: Duration::ZERO,
            lines: Vec::new(),
            unsynced: 0,
        }
    }

    fn now(&self, at: Duration) -> Now {
        let since = at.checked_sub(self.begun).unwrap();
        Now { wall: START + at - self.behind + self.ahead, monotonic: self.origin + since }
    }

    fn permit(&mut self, class: QuotaClass, at: Duration) -> Result<PermitId, Duration> {
        let now = self.now(at);
        let permit = self.quotas.permit(class, now.monotonic);
        let permit = permit.map_err(|until| at + until.checked_sub(now.monotonic).unwrap())?;
        self.lines.push(QuotaLine::granted(self.by, account(), permit, now));
        self.unsynced = 0;
        Ok(permit)
    }

    fn settle(&mut self, permit: PermitId, settlement: Settlement, at: Duration) {
        let now = self.now(at);
        self.unsynced += 1;
        self.quotas.settle(permit, settlement, now.monotonic);
        if let Settlement::Throttled(_) = settlement {
            // A 429 that was not synced is lost; no window of the service depends on it.
            self.unsynced = 0;
        }
        self.lines.push(QuotaLine::settled(self.by, account(), permit, settlement, now));
    }

    /// Starts another process with its own clock and numbers, which knows the ledger's content.
    fn restart(&mut self, options: QuotaOptions, at: Duration) {
        self.by += 1;
        (self.quotas, self.begun, self.unsynced) = (Quotas::new(options), at, 0);
        let now = self.now(at);
        let theirs = snapshot(&self.lines, self.by, &account(), &mut Seen::new(), now);
        self.quotas.absorb(&theirs, now.monotonic);
    }

    /// How many calls of a class are allowed at once.
    fn free(&self, class: QuotaClass, at: Duration) -> usize {
        let (mut quotas, now) = (self.quotas.clone(), self.now(at).monotonic);
        (0..200).filter(|_| quotas.permit(class, now).is_ok()).count()
    }
}

fn account() -> Account {
    Account::new(&Tenant::parse("contoso.com").unwrap(), Some("app"))
}

#[test]
fn the_third_link_of_a_minute_waits_for_the_first_to_be_a_minute_old() {
    let mut quotas = sharing(1.0);
    let first = quotas.permit(CLASS, at(0)).unwrap();
    let second = quotas.permit(CLASS, at(1)).unwrap();
    assert_eq!(quotas.permit(CLASS, at(2)), Err(at(3)), "only open calls stand in the way");
    quotas.settle(first, Settlement::Answered, at(5));
    assert_eq!(quotas.permit(CLASS, at(6)), Err(at(65)), "until the answer is a minute old");
    quotas.settle(second, Settlement::Answered, at(10));
    assert_eq!(quotas.permit(CLASS, at(64)), Err(at(65)));
    let third = quotas.permit(CLASS, at(65)).unwrap();
    assert_eq!(quotas.permit(CLASS, at(65)), Err(at(70)));
    assert_ne!(third, first);
}

#[test]
fn the_hour_counts_too() {
    let mut quotas = sharing(1.0);
    let mut now = at(0);
    let mut calls = 0;
    while now < at(3_599) {
        match quotas.permit(CLASS, now) {
            Ok(permit) => {
                quotas.settle(permit, Settlement::Answered, now);
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
    let mut quotas = sharing(0.5);
    let unused = quotas.permit(CLASS, at(0)).unwrap();
    assert!(quotas.permit(CLASS, at(0)).is_err(), "half of two is one");
    quotas.settle(unused, Settlement::Unused, at(0));
    let used = quotas.permit(CLASS, at(0)).unwrap();
    quotas.settle(used, Settlement::Answered, at(0));
    quotas.settle(used, Settlement::Answered, at(50));
    assert_eq!(quotas.permit(CLASS, at(59)), Err(at(60)));
    assert!(quotas.permit(CLASS, at(60)).is_ok());
}

#[test]
fn a_share_is_brought_into_range_and_leaves_one_call() {
    for (share, calls) in [(0.0, 1), (-3.0, 1), (f64::NAN, 1), (0.3, 30), (1.0, 100), (7.0, 100)] {
        let mut quotas = sharing(share);
        let taken = (0..200).filter(|_| quotas.permit(QuotaClass::Collect, at(0)).is_ok()).count();
        assert_eq!(taken, calls, "{share}");
    }
}

#[test]
fn a_429_closes_the_class_and_halves_the_estimate_until_a_clean_window() {
    let class = QuotaClass::Collect;
    let mut quotas = sharing(1.0);
    let permits: Vec<_> = (0..3).map(|_| quotas.permit(class, at(0)).unwrap()).collect();
    for permit in permits {
        quotas.settle(permit, Settlement::Answered, at(1));
        quotas.throttled(class, at(31), at(1));
    }
    assert_eq!(quotas.permit(class, at(2)), Err(at(31)));
    // Three replies at once halve once: 50 a minute, of which 3 are used until 61.
    let now = at(40);
    let taken: Vec<_> = (0..200).filter_map(|_| quotas.permit(class, now).ok()).collect();
    assert_eq!(taken.len(), 47);
    for permit in taken {
        quotas.settle(permit, Settlement::Answered, now);
    }
    assert_eq!(quotas.permit(class, now), Err(at(61)));
    // The minute is clean 60 s after the class opened again.
    let now = at(31 + 60);
    let taken = (0..200).filter_map(|_| quotas.permit(class, now).ok()).count();
    assert_eq!(taken, 100 - 47);
}

#[test]
fn a_second_429_within_the_window_halves_again() {
    let mut quotas = sharing(1.0);
    quotas.throttled(QuotaClass::Collect, at(10), at(0));
    quotas.throttled(QuotaClass::Collect, at(30), at(20));
    assert_eq!((0..200).filter(|_| quotas.permit(QuotaClass::Collect, at(31)).is_ok()).count(), 25);
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
        quotas.settle(permit, Settlement::Answered, at(0));
        quotas.permit(QuotaClass::GetMachineAction, at(0)).unwrap();
    }
    assert_eq!(quotas.permit(QuotaClass::ListMachines, at(0)), Err(at(60)));
    assert_eq!(quotas.permit(CLASS, at(0)), Err(at(60)));
    quotas.throttled(CLASS, at(90), at(1));
    assert_eq!(quotas.permit(QuotaClass::ListMachines, at(61)), Err(at(90)));
}

#[test]
fn a_restart_goes_on_where_the_ledger_ends() {
    let options = QuotaOptions::default();
    let mut process = Process::new(options);
    let first = process.permit(CLASS, at(1_000)).unwrap();
    process.permit(CLASS, at(1_000)).unwrap();
    process.settle(first, Settlement::Answered, at(1_010));
    let refused = process.permit(QuotaClass::Collect, at(1_010)).unwrap();
    process.settle(refused, Settlement::Throttled(at(20)), at(1_010));
    // As a ledger's file contains it.
    let lines = process.lines.drain(..).map(|line| Line::Quota(line).to_bytes());
    process.lines = Lines::read(&lines.collect::<Vec<_>>().concat(), "ledger").unwrap().quota;

    for (scope, lists) in [(QuotaScope::Endpoint, 100), (QuotaScope::App, 0)] {
        process.origin = ORIGIN;
        process.restart(counting_by(scope), at(1_020));
        assert_eq!(process.permit(QuotaClass::Collect, at(1_020)), Err(at(1_030)));
        assert_eq!(process.free(QuotaClass::ListMachines, at(1_020)), lists);
        assert_eq!(process.free(CLASS, at(1_069)), 0);
        assert_eq!(process.free(CLASS, at(1_070)), 1, "what has ended is a minute old");
        assert_eq!(process.free(CLASS, at(1_080)), 2, "what was open has counted from the restart");
        process.origin = at(5);
        process.restart(counting_by(scope), at(1_020));
        assert_eq!(process.free(CLASS, at(1_074)), 0);
        assert_eq!(
            process.free(CLASS, at(1_075)),
            1,
            "what came before the clock counts as its begin"
        );
        assert_eq!(process.free(CLASS, at(1_080)), 2);
    }
}

#[test]
fn a_restart_takes_no_permit_for_another_of_its_number() {
    let mut process = Process::new(QuotaOptions::default());
    let open = process.permit(CLASS, at(0)).unwrap();
    process.restart(QuotaOptions::default(), at(100));
    let unused = process.permit(CLASS, at(160)).unwrap();
    assert_eq!(unused, open);
    process.settle(unused, Settlement::Unused, at(160));
    process.restart(QuotaOptions::default(), at(200));
    assert_eq!(process.free(CLASS, at(200)), 1, "one is still open, and one was not used");
}

#[test]
fn what_has_ended_counts_however_long_ago_it_began() {
    let mut process = Process::new(QuotaOptions::default());
    let permits = [(); 2].map(|()| process.permit(CLASS, at(0)).unwrap());
    // The host was suspended meanwhile.
    for permit in permits {
        process.settle(permit, Settlement::Answered, at(10_000));
    }
    for (seconds, free) in [(10_001, 0), (10_059, 0), (10_060, 2)] {
        process.restart(QuotaOptions::default(), at(seconds));
        assert_eq!(process.free(CLASS, at(seconds)), free, "{seconds}");
    }
}

#[test]
fn a_class_is_closed_to_the_last_part_of_a_second_after_a_restart() {
    let mut process = Process::new(QuotaOptions::default());
    let permit = process.permit(QuotaClass::Collect, at(0)).unwrap();
    process.settle(permit, Settlement::Throttled(ms(1_500)), at(0));
    process.restart(QuotaOptions::default(), at(1));
    assert!(process.permit(QuotaClass::Collect, ms(1_499)).is_err());
    assert!(process.permit(QuotaClass::Collect, at(2)).is_ok());
}

#[test]
fn what_another_process_did_is_counted_on_top() {
    for scope in [QuotaScope::Endpoint, QuotaScope::App] {
        let mut other = Process::new(counting_by(scope));
        let ended = other.permit(CLASS, at(0)).unwrap();
        other.settle(ended, Settlement::Answered, at(0));

        let mut ours = Quotas::new(counting_by(scope));
        let own = ours.permit(CLASS, at(1_000)).unwrap();
        ours.settle(own, Settlement::Answered, at(1_005));
        let theirs = snapshot(&other.lines, 7, &account(), &mut Seen::new(), other.now(at(10)));
        ours.absorb(&theirs, at(1_010));
        assert_eq!(ours.permit(CLASS, at(1_011)), Err(at(1_060)), "theirs is 10 s old");
        assert!(ours.permit(CLASS, at(1_060)).is_ok());
    }
}

#[test]
fn an_open_call_and_a_429_of_another_process_count_from_now() {
    let mut other = Process::new(QuotaOptions::default());
    other.permit(CLASS, at(0)).unwrap();
    let refused = other.permit(CLASS, at(0)).unwrap();
    other.settle(refused, Settlement::Throttled(at(30)), at(1));
    let mut ours = Quotas::new(QuotaOptions::default());
    let theirs = snapshot(&other.lines, 7, &account(), &mut Seen::new(), other.now(at(10)));
    ours.absorb(&theirs, at(1_000));
    assert!(ours.permit(CLASS, at(1_020)).is_err(), "closed for 21 s more");
    // Of two links a minute, one remains until a minute without a 429 has passed, and the open call
    // has taken it.
    assert!(ours.permit(CLASS, at(1_059)).is_err());
    assert!(ours.permit(CLASS, at(1_060)).is_ok());
}

#[test]
fn a_permit_that_the_rule_would_refuse_counts_all_the_same() {
    let mut quotas = Quotas::new(QuotaOptions::default());
    for seconds in [0, 1, 30] {
        let permit = quotas.assume(CLASS, at(seconds));
        quotas.settle(permit, Settlement::Answered, at(seconds));
    }
    assert_eq!(quotas.permit(CLASS, at(60)), Err(at(61)));
    assert!(quotas.permit(CLASS, at(61)).is_ok());
    assert!(quotas.permit(CLASS, at(62)).is_err());
}
