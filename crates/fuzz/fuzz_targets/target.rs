//! Every target is this file; its binary's name says which.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| mde_forensics_fuzz::targets::run(env!("CARGO_BIN_NAME"), bytes));
