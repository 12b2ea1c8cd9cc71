//! What happened over all seeds.

use std::collections::BTreeMap;

use mde_forensics_core::engine::{Adoption, Fact, Intent, Record, Report};

use crate::world::World;

/// What happened over all seeds, so that a simulation in which nothing happens fails.
#[derive(Debug, Default)]
pub(crate) struct Totals {
    outcomes: BTreeMap<&'static str, u64>,
    crashes: u64,
    doubts: u64,
    adopted: u64,
    second_requests: u64,
    /// Devices that are one machine with another of the same run.
    doubles: u64,
    cancelled_by_us: u64,
    lost_records: u64,
    turned_away: u64,
    meddled: u64,
    /// Seeds in which somebody goes on once nothing goes wrong any more.
    healed: u64,
    /// Seconds of the longest run.
    longest: u64,
    /// Commands until the last report.
    pub(crate) commands: u64,
    /// The most calls of any seed, in per cent of what they may be.
    calls: u64,
}

impl Totals {
    pub(crate) fn of(world: &World, report: &Report) -> Self {
        let mut totals = Self {
            crashes: u64::from(world.crashes),
            doubts: count(&world.all, |fact| matches!(fact, Fact::Doubted(_))),
            second_requests: count(&world.all, |fact| {
                matches!(fact, Fact::Intended(Intent { post: 2, .. }))
            }),
            doubles: (world.devices.len() - world.service.machines.len()) as u64,
            cancelled_by_us: world.service.cancelled,
            outcomes: world.outcomes.clone(),
            lost_records: world.lost_records,
            turned_away: world.turned_away,
            meddled: world.meddled,
            healed: u64::from(world.is_healed),
            longest: world.longest.as_secs(),
            commands: world.commands,
            calls: world.service.calls * 100 / world.most_calls(),
            ..Self::default()
        };
        for ended in &report.devices {
            totals.adopted +=
                u64::from(ended.adoption().is_some_and(|adoption| adoption != Adoption::Own));
        }
        totals
    }

    pub(crate) fn add(&mut self, one: &Self) {
        for (outcome, count) in &one.outcomes {
            *self.outcomes.entry(outcome).or_default() += count;
        }
        self.crashes += one.crashes;
        self.doubts += one.doubts;
        self.adopted += one.adopted;
        self.second_requests += one.second_requests;
        self.doubles += one.doubles;
        self.cancelled_by_us += one.cancelled_by_us;
        self.lost_records += one.lost_records;
        self.turned_away += one.turned_away;
        self.meddled += one.meddled;
        self.healed += one.healed;
        self.longest = self.longest.max(one.longest);
        self.commands += one.commands;
        self.calls = self.calls.max(one.calls);
    }

    /// A simulation in which nothing goes wrong proves nothing.
    pub(crate) fn assert_varied(&self, seeds: u64) {
        if seeds < 1_000 {
            return;
        }
        for outcome in [
            "cancelled",
            "collected",
            "deadline_reached",
            "failed",
            "refused",
            "service_timed_out",
            "stopped",
        ] {
            assert!(
                self.outcomes.get(outcome).is_some_and(|count| *count > 10),
                "too few `{outcome}`: {self:?}"
            );
        }
        let happened = [self.crashes, self.doubts, self.doubles, self.turned_away];
        assert!(happened.iter().all(|count| *count > 300), "{self:?}");
        let happened = [
            self.adopted,
            self.second_requests,
            self.cancelled_by_us,
            self.lost_records,
            self.meddled,
            self.healed,
        ];
        assert!(happened.iter().all(|count| *count > 30), "{self:?}");
        let all: u64 = self.outcomes.values().sum();
        assert!(self.outcomes["collected"] * 2 > all, "most are collected: {self:?}");
    }
}

fn count(records: &[Record], which: impl Fn(&Fact) -> bool) -> u64 {
    records.iter().filter(|record| which(&record.fact)).count() as u64
}
