//! Writes `npm/src/types.ts` to its output.

fn main() {
    print!("{}", mde_forensics_wasm::typescript::module());
}
