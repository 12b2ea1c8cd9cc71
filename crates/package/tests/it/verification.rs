//! A verification in pieces: what a source that fails and is asked again costs.

use std::{cell::Cell, io};

use mde_forensics_package::{
    Budgets, Digests, Error, Inventory, Password, Source, Verdict, Verification,
};

use crate::builder::{Zip, deflated, stored};

/// A source of which every third read fails, once the structure was read: that is one step, and begins anew.
struct Flaky {
    bytes: Vec<u8>,
    reads: Cell<u32>,
    fails: Cell<bool>,
}

impl Flaky {
    fn of(bytes: Vec<u8>) -> Self {
        Self { bytes, reads: Cell::new(0), fails: Cell::new(false) }
    }
}

impl Source for Flaky {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let reads = self.reads.get() + 1;
        self.reads.set(reads);
        if self.fails.get() && reads.is_multiple_of(3) {
            return Err(io::ErrorKind::WouldBlock.into());
        }
        self.bytes.read_at(offset, buf)
    }
}

fn noise(length: u32) -> Vec<u8> {
    (0..length).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect()
}

/// Steps until it is at its end, whatever fails between; gives how often something did.
fn patiently(source: &Flaky, password: Option<&Password>) -> (Result<Inventory, Error>, u32) {
    let mut failures = 0;
    let budgets = Budgets::default();
    let mut verification = Verification::with_password(source, budgets, Digests::Sha256, password);
    loop {
        source.fails.set(verification.has_structure());
        match verification.step() {
            Ok(Some(_)) => {}
            Ok(None) => return (Ok(verification.into_inventory().unwrap()), failures),
            Err(Error::ReadFailed { .. }) => failures += 1,
            Err(error) => return (Err(error), failures),
        }
    }
}

#[test]
fn a_source_that_fails_now_and_then_gives_what_one_that_does_not_gives() {
    let plain = Zip::of([
        deflated("deflated", &noise(900_000)),
        stored("stored", &noise(500_000)),
        deflated("damaged", b"damaged").with(|header| header.crc32 ^= 1),
    ])
    .build();
    let whole = Inventory::verify(&plain, &Budgets::default(), Digests::Sha256, |_| ()).unwrap();
    assert_eq!(whole.members[2].verdict, Verdict::CrcMismatch);
    let (inventory, failures) = patiently(&Flaky::of(plain), None);
    assert!(failures > 1, "{failures}");
    let text = |inventory: &Inventory| serde_json::to_string(inventory).unwrap();
    assert_eq!(text(&inventory.unwrap()), text(&whole));
}

#[test]
fn so_it_is_with_a_password() {
    let members = [("one", noise(700_000)), ("two", b"two, two, two".to_vec())];
    for locked in crate::password::locked(&members) {
        let password = Password::from(crate::password::PASSWORD);
        let budgets = Budgets::default();
        let whole =
            Inventory::verify_with(&locked, &budgets, Digests::Sha256, Some(&password), |_| ())
                .unwrap();
        assert!(whole.is_verified());
        let flaky = Flaky::of(locked);
        let (inventory, failures) = patiently(&flaky, Some(&password));
        assert!(failures > 1, "{failures}");
        let text = |inventory: &Inventory| serde_json::to_string(inventory).unwrap();
        assert_eq!(text(&inventory.unwrap()), text(&whole));
        let (wrong, _) = patiently(&flaky, Some(&Password::from("wrong")));
        assert_eq!(wrong.unwrap_err().code(), "wrong_password");
    }
}
