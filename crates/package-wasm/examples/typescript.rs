//! Writes `npm/src/opened/types.ts` to its output.

fn main() {
    print!("{}", mde_forensics_package_wasm::typescript::module());
}
