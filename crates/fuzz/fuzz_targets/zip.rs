//! A package is opened and read whole, whatever its bytes are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use mde_forensics_package::{Budgets, Package};

fuzz_target!(|bytes: &[u8]| {
    let budgets = Budgets::default().with_total_bytes(16 << 20).with_held_bytes(4 << 20);
    if let Ok(package) = Package::open(bytes, &budgets) {
        package.report().unwrap();
    }
});
