//! Promises of a whole package.

mod damage;
mod reading;
mod sample;
mod unzip;

use time::macros::datetime;

use super::*;

fn spec(seed: u64) -> PackageSpec {
    PackageSpec::new(seed, "ws-042.corp.example.com", datetime!(2026-07-08 09:10:11 UTC))
}

fn bytes(package: &Package) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(package.len()).unwrap()];
    assert_eq!(package.read_at(0, &mut bytes), bytes.len());
    bytes
}
