//! The types that the npm package keeps are what the Rust types say.

use std::{env, fs};

#[test]
fn the_kept_types_are_what_rust_says() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../npm/src/opened/types.ts");
    let said = mde_forensics_package_wasm::typescript::module();
    if env::var_os("WRITE_TYPES").is_some() {
        fs::write(path, &said).unwrap();
    }
    let is_kept = fs::read_to_string(path).unwrap() == said;
    assert!(
        is_kept,
        "`npm/src/opened/types.ts` is not what the Rust types say: run `cargo xtask npm --types`"
    );
}
