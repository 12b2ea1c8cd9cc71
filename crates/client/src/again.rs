//! Runs a test once more, as a process with an environment of its own.

use std::process::Command;

const MARK: &str = "MDE_FORENSICS_TEST_AGAIN";

/// Whether this is the process that [`run`] started.
pub(crate) fn is_child() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Runs the test of this full name in a process whose environment has these variables besides; fails as it does.
pub(crate) fn run(test: &str, variables: &[(&str, &str)]) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", test, "--nocapture"])
        .envs(variables.iter().copied())
        .env(MARK, "1")
        .output()
        .unwrap();
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(printed.contains("1 passed"), "no such test: {printed}");
}
