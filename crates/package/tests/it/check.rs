//! What most tests look at.

use mde_forensics_package::{Budgets, Digests, Inventory};

/// Verifies with the default budgets.
pub(crate) fn verify(package: &[u8]) -> Inventory {
    Inventory::verify(&package, &Budgets::default(), Digests::Sha256, |_| ()).unwrap()
}

/// The codes of all findings, sorted, each once.
pub(crate) fn codes(inventory: &Inventory) -> Vec<&'static str> {
    inventory.counts.keys().map(|kind| kind.code()).collect()
}
