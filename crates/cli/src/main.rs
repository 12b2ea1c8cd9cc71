//! The `mde-forensics` command.
fn main() {}
