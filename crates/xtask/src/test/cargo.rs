//! The steps that are one command and its exit status.

use crate::{
    failure::Failure,
    process,
    test::tally::{Broken, Tally},
    workspace::Workspace,
};

pub(crate) fn format(workspace: &Workspace) -> Result<Tally, Broken> {
    one(workspace, &["fmt", "--all", "--check"])
}

pub(crate) fn lints(workspace: &Workspace) -> Result<Tally, Broken> {
    one(workspace, &["clippy", "--quiet", "--workspace", "--all-targets", "--", "-D", "warnings"])
}

/// A crate that compiles here can still fail to on the system that most responders use.
pub(crate) fn windows(workspace: &Workspace) -> Result<Tally, Broken> {
    let mut check = workspace.cargo(&["check", "--quiet", "--workspace"]);
    check.args(["--target", "x86_64-pc-windows-gnu"]);
    // What is dead there alone is seen nowhere else.
    check.env("RUSTFLAGS", "-D warnings");
    process::must(check)?;
    Ok(Tally::passed(1))
}

/// What is built goes into a folder of its own, or each toolchain would build anew what the other has built.
pub(crate) fn msrv(workspace: &Workspace) -> Result<Tally, Broken> {
    let mut check = workspace.command("rustup");
    check.args([
        "run",
        workspace.rust_version.as_str(),
        "cargo",
        "check",
        "--quiet",
        "--workspace",
        // Who uses the crates has no use for it.
        "--exclude",
        "xtask",
    ]);
    check.env("CARGO_TARGET_DIR", workspace.target.join("xtask/msrv"));
    process::must(check)?;
    Ok(Tally::passed(1))
}

/// Advisories are left out: their database is not where the crates are, so that the step would fail
/// where only a registry can be reached.
pub(crate) fn deny(workspace: &Workspace) -> Result<Tally, Broken> {
    one(workspace, &["deny", "--log-level", "error", "check", "bans", "licenses", "sources"])
}

pub(crate) fn docs(workspace: &Workspace) -> Result<Tally, Broken> {
    let mut command = workspace.cargo(&["doc", "--no-deps", "--workspace"]);
    command.env("RUSTDOCFLAGS", "-D warnings");
    let text = process::must(command)?;
    // Cargo's own warnings, such as two documents under one name, are not rustdoc's.
    if text.lines().any(|line| line.starts_with("warning")) {
        return Err(Failure::new(text).into());
    }
    Ok(Tally::passed(1))
}

fn one(workspace: &Workspace, arguments: &[&str]) -> Result<Tally, Broken> {
    process::must(workspace.cargo(arguments))?;
    Ok(Tally::passed(1))
}
