//! The engine against an independent model of the service, in virtual time, with seeded faults and crashes.
//!
//! Each seed draws what is not known of the service, its devices and their names, what others do to them, the faults of
//! the network, and what happens to our own program: deaths between any two commands, stops in good order, other hosts
//! with nothing but the handles, other people with other tokens, records that are lost, claims that are held, clocks that
//! jump, permissions that are taken away, a 429 without end. When all is over that could go wrong, somebody goes on with
//! what can be gone on with, and then all must have come to its end.
//!
//! `SIMULATION_SEEDS=from..to` runs other seeds than the first thousand; a failure names its seed.

#![expect(
    clippy::disallowed_macros,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "core is pure; its tests print, and read which seeds to run"
)]

// Marked as tests, as lints treat these modules otherwise than a test's own file.
#[cfg(test)]
mod again;
#[cfg(test)]
mod check;
#[cfg(test)]
mod draw;
#[cfg(test)]
mod driver;
#[cfg(test)]
mod network;
#[cfg(test)]
mod places;
#[cfg(test)]
mod queue;
#[cfg(test)]
mod random;
#[cfg(test)]
mod service;
#[cfg(test)]
mod totals;
#[cfg(test)]
mod unknowns;
#[cfg(test)]
mod world;

use std::time::Duration;

use self::random::Random;
use self::world::World;

/// The application whose token the engine has.
const APP_ID: &str = "11111111-2222-3333-4444-555555555555";

#[test]
fn a_thousand_seeds_keep_every_promise() {
    let (from, to) = seeds();
    let mut totals = totals::Totals::default();
    let mut broken = Vec::new();
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let part = |thread: u64| {
        let run = |seed| (seed, keeps_every_promise(|| World::new(seed).run()));
        (from + thread..to).step_by(usize::try_from(threads).unwrap()).map(run).collect::<Vec<_>>()
    };
    let parts = std::thread::scope(|scope| {
        let parts: Vec<_> = (0..threads).map(|thread| scope.spawn(move || part(thread))).collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect::<Vec<_>>()
    });
    for (seed, one) in parts {
        match one {
            Some(one) => totals.add(&one),
            None => broken.push(seed),
        }
    }
    for seed in &broken {
        let again = seed + 1;
        eprintln!("seed {seed} broke a promise; again with SIMULATION_SEEDS={seed}..{again}");
    }
    let all = to - from;
    assert!(broken.is_empty(), "{} of {all} seeds broke a promise: {broken:?}", broken.len());
    println!("{totals:?}");
    totals.assert_varied(all);
}

#[test]
fn a_death_after_any_command_loses_nothing() {
    let mut small = (0..).filter(|seed| World::new(*seed).devices.len() == 1);
    let mut deaths = 0;
    for seed in small.by_ref().take(8) {
        let whole = World::new(seed).dying_after(u64::MAX / 2).run();
        for commands in 1..whole.commands.min(400) {
            deaths += 1;
            let died = keeps_every_promise(|| World::new(seed).dying_after(commands).run());
            assert!(died.is_some(), "seed {seed} broke a promise where it died after {commands}");
        }
    }
    println!("{deaths} deaths");
    assert!(deaths > 500);
}

/// What happened, unless a promise was broken.
fn keeps_every_promise(run: impl FnOnce() -> totals::Totals) -> Option<totals::Totals> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(run)).ok()
}

fn seeds() -> (u64, u64) {
    let Ok(range) = std::env::var("SIMULATION_SEEDS") else { return (0, 1_000) };
    let (from, to) = range.split_once("..").expect("SIMULATION_SEEDS=from..to");
    (from.parse().unwrap(), to.parse().unwrap())
}

const fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn draw(seed: u64) -> Random {
    Random::new(seed.wrapping_mul(0xA076_1D64_78BD_642F) ^ 0x5EED)
}
