use std::io;

use mde_forensics_package::{Budgets, Digests, Error, Inventory, Source};

use crate::builder::{Zip, deflated, stored};

/// Gives one byte at a time, says `Interrupted` in between, and fails from `fails_at` on.
struct Slow {
    bytes: Vec<u8>,
    fails_at: u64,
    calls: std::cell::Cell<u64>,
}

impl Source for Slow {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        self.calls.set(self.calls.get() + 1);
        if self.calls.get().is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        if self.calls.get() > self.fails_at {
            return Err(io::Error::other("the disk is gone"));
        }
        let end = buf.len().min(1);
        self.bytes.read_at(offset, &mut buf[..end])
    }
}

fn package() -> Vec<u8> {
    Zip::of([stored("a", b"some bytes"), deflated("b", &[7; 999])]).build()
}

#[test]
fn a_source_may_be_slow() {
    let bytes = package();
    let slow = Slow { bytes: bytes.clone(), fails_at: u64::MAX, calls: 0.into() };
    let inventory = Inventory::verify(&slow, &Budgets::default(), Digests::Sha256, |_| ()).unwrap();
    assert!(inventory.is_verified());
    assert_eq!(inventory.members, crate::check::verify(&bytes).members);
}

#[test]
fn a_source_that_fails_at_any_call_is_an_error() {
    let bytes = package();
    let whole = Slow { bytes: bytes.clone(), fails_at: u64::MAX, calls: 0.into() };
    Inventory::verify(&whole, &Budgets::default(), Digests::None, |_| ()).unwrap();
    for fails_at in 0..whole.calls.get() - 1 {
        let slow = Slow { bytes: bytes.clone(), fails_at, calls: 0.into() };
        let error = Inventory::verify(&slow, &Budgets::default(), Digests::None, |_| ());
        assert_eq!(error.unwrap_err().code(), "read_failed", "{fails_at}");
    }
}

/// Says that it is longer than it is, or that it read more than it was asked for.
struct Liar(Vec<u8>, usize);

impl Source for Liar {
    fn len(&self) -> u64 {
        self.0.len() as u64 + 10
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        Ok(self.0.read_at(offset, buf)? + self.1)
    }
}

#[test]
fn a_source_that_lies_is_an_error() {
    for excess in [0, 1_000_000] {
        let error = Inventory::read(&Liar(package(), excess), &Budgets::default()).unwrap_err();
        let Error::ReadFailed { source, .. } = &error else { panic!("{error}") };
        assert_eq!(source.kind(), io::ErrorKind::UnexpectedEof);
    }
}

#[test]
fn slices_and_references_are_sources() {
    let bytes = package();
    let slice = bytes.as_slice();
    let budgets = Budgets::default();
    assert_eq!(Inventory::read(&slice, &budgets).unwrap().members.len(), 2);
    assert_eq!(Inventory::read(&&bytes, &budgets).unwrap().members.len(), 2);
    assert!(!Source::is_empty(&slice) && Source::is_empty(&Vec::new()));
    assert_eq!(bytes.read_at(u64::MAX, &mut [0]).unwrap(), 0);
}
