use std::{env, path::PathBuf, process::Command};

use crate::{
    failure::Failure,
    process::{self, Ended},
    test::{
        count,
        tally::{Broken, Tally},
    },
    workspace::Workspace,
};

/// Every test but those of the documentation, under cargo-nextest where it is installed.
pub(crate) fn tests(workspace: &Workspace) -> Result<Tally, Broken> {
    let found = process::run(workspace.cargo(&["nextest", "--version"]))?;
    let (arguments, count) = if found.success {
        (NEXTEST, count::nextest as fn(&str) -> Tally)
    } else {
        (LIBTEST, count::libtest as fn(&str) -> Tally)
    };
    let mut command = tested(workspace, arguments);
    if !found.success {
        command.args(["--", "--show-output"]);
    }
    // A changed golden file is a failure to look at, not a new golden file.
    command.env("INSTA_UPDATE", "no");
    let ended = process::run(command)?;
    let tally = count(&ended.text);
    verdict(ended, tally)
}

/// The examples in the documentation, which cargo-nextest cannot run.
pub(crate) fn doctests(workspace: &Workspace) -> Result<Tally, Broken> {
    let ended = process::run(tested(workspace, &["test", "--quiet", "--doc"]))?;
    let tally = count::libtest(&ended.text);
    verdict(ended, tally)
}

/// Builds what [`tests`] builds, and gives the command that lies among that. Built with other features, most of it would
/// be built anew.
pub(crate) fn command(workspace: &Workspace) -> Result<PathBuf, Failure> {
    process::must(tested(workspace, &["test", "--quiet", "--no-run"]))?;
    let name = format!("mde-forensics{}", env::consts::EXE_SUFFIX);
    Ok(workspace.target.join("debug").join(name))
}

/// A test of a library that the others leave out, as it needs what they do not. It is built as [`command`] builds it.
pub(crate) fn alone(workspace: &Workspace, name: &str) -> Result<Tally, Broken> {
    let mut command = tested(workspace, &["test", "--quiet", "--lib"]);
    command.args(["--", "--exact", "--ignored", name]);
    let ended = process::run(command)?;
    let tally = count::libtest(&ended.text);
    verdict(ended, tally)
}

/// Cargo does this with all that we ship, and with the features that tests alone need. What the benchmarks depend on is
/// left out: it would change the features of libraries that we share, so that others were tested than are shipped.
fn tested(workspace: &Workspace, arguments: &[&str]) -> Command {
    let mut command = workspace.cargo(arguments);
    command.args(["--workspace", "--exclude", "mde-forensics-bench", "--features", FEATURES]);
    command
}

/// The count of a run, with the tests that skipped themselves counted as skipped. One in which nothing ran has failed.
fn verdict(mut ended: Ended, mut tally: Tally) -> Result<Tally, Broken> {
    if ended.success && tally.passed == 0 {
        return Err(Failure::new(format!("no test ran\n{}", ended.failure())).into());
    }
    let reasons = count::reasons(&ended.text);
    let skipped = (reasons.len() as u64).min(tally.passed);
    tally.passed -= skipped;
    tally.skipped += skipped;
    tally.notes = reasons.into_iter().map(str::to_owned).collect();
    if ended.success && tally.failed == 0 {
        return Ok(tally);
    }
    // It did not compile, or the runner itself failed.
    tally.failed = tally.failed.max(1);
    ended.text.truncate(count::end_of_summary(&ended.text));
    Err(Broken { tally, failure: ended.failure() })
}

const NEXTEST: &[&str] = &[
    "nextest",
    "run",
    "--no-fail-fast",
    "--show-progress",
    "none",
    "--status-level",
    "fail",
    "--final-status-level",
    "fail",
    // What a test says when it skips itself must reach us.
    "--success-output",
    "final",
];

const LIBTEST: &[&str] =
    &["test", "--quiet", "--no-fail-fast", "--lib", "--bins", "--tests", "--examples"];

const FEATURES: &str = "mde-forensics-package-wasm/typescript,mde-forensics-wasm/typescript";

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(success: bool, text: &str) -> Ended {
        Ended { success, line: "cargo test".to_owned(), text: text.to_owned() }
    }

    #[test]
    fn a_test_that_skipped_itself_did_not_pass() {
        let tally = verdict(ended(true, "SKIPPED: no sample\n"), Tally::passed(5)).unwrap();
        assert_eq!((tally.passed, tally.skipped), (4, 1));
        assert_eq!(tally.notes, ["SKIPPED: no sample"]);
    }

    #[test]
    fn a_run_of_nothing_has_failed() {
        let broken = verdict(ended(true, "\n"), Tally::default()).unwrap_err();
        assert_eq!(broken.tally.failed, 1);
        assert!(broken.failure.to_string().starts_with("no test ran"), "{}", broken.failure);
    }

    #[test]
    fn what_does_not_compile_is_one_failure() {
        let broken = verdict(ended(false, "error: oops\n"), Tally::default()).unwrap_err();
        assert_eq!(broken.tally.failed, 1);
        assert_eq!(broken.failure.to_string(), "$ cargo test\nerror: oops");
    }
}
