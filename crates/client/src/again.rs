//! Re-runs one test in a child process with its own environment.

use std::process::Command;

const MARK: &str = "MDE_FORENSICS_TEST_AGAIN";

/// Whether this process is the child that [`run`] started.
pub(crate) fn is_child() -> bool {
    std::env::var_os(MARK).is_some()
}

/// Runs the test with this full name in a child process that has these extra environment variables.
/// Panics if the test fails there or does not exist.
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
