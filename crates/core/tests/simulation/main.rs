//! The engine against an independent model of the service, in virtual time, with seeded faults and crashes.
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
mod driver;
#[cfg(test)]
mod random;
#[cfg(test)]
mod service;
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
    let mut totals = world::Totals::default();
    for seed in from..to {
        let run = std::panic::catch_unwind(|| World::new(seed).run());
        match run {
            Ok(one) => totals.add(&one),
            Err(panic) => {
                eprintln!(
                    "seed {seed} broke a promise; again with SIMULATION_SEEDS={seed}..{}",
                    seed + 1
                );
                std::panic::resume_unwind(panic);
            }
        }
    }
    println!("{totals:?}");
    totals.assert_varied(to - from);
}

fn seeds() -> (u64, u64) {
    let Ok(range) = std::env::var("SIMULATION_SEEDS") else { return (0, 1_000) };
    let (from, to) = range.split_once("..").expect("SIMULATION_SEEDS=from..to");
    (from.parse().unwrap(), to.parse().unwrap())
}

fn seconds(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn draw(seed: u64) -> Random {
    Random::new(seed.wrapping_mul(0xA076_1D64_78BD_642F) ^ 0x5EED)
}
