use std::{
    path::{Path, PathBuf},
    process::Command,
};

use crate::{failure::Failure, process, test::wheel::Interpreter, workspace::Workspace};

/// A fresh environment with these packages, each of the version that [`PINS`] says; its interpreter.
pub(super) fn make(
    workspace: &Workspace,
    interpreter: &Interpreter,
    name: &str,
    packages: &[&str],
) -> Result<PathBuf, Failure> {
    let folder = workspace.target.join("xtask/venv").join(name);
    let mut venv = workspace.command(&interpreter.program);
    venv.args(["-m", "venv", "--clear"]).arg(&folder);
    process::must(venv)?;
    let python = place(workspace, name);
    if packages.is_empty() {
        return Ok(python);
    }
    let mut pip = install(workspace, &python);
    pip.args(["--constraint", PINS]).args(packages);
    process::must(pip)?;
    Ok(python)
}

/// Installs what others have compiled for this Python; false where they have not, in any version.
///
/// Fails also where they have, but not in the version that is pinned, and where nobody could be asked.
pub(super) fn add_compiled(
    workspace: &Workspace,
    python: &Path,
    package: &str,
) -> Result<bool, Failure> {
    let compiled = ["--only-binary", ":all:", package];
    let mut pinned = install(workspace, python);
    pinned.args(["--constraint", PINS]).args(compiled);
    let ended = process::run(pinned)?;
    if ended.success {
        return Ok(true);
    }
    let mut any = install(workspace, python);
    any.arg("--dry-run").args(compiled);
    if is_for_others(&process::run(any)?.text) { Ok(false) } else { Err(ended.failure()) }
}

/// The interpreter of an environment.
pub(super) fn place(workspace: &Workspace, name: &str) -> PathBuf {
    let inside = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    workspace.target.join("xtask/venv").join(name).join(inside)
}

fn install(workspace: &Workspace, python: &Path) -> Command {
    let mut pip = workspace.command(python);
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
    pip
}

/// Whether pip says that there is no version of it at all for this Python and this machine.
fn is_for_others(text: &str) -> bool {
    // It says the same after it has tried in vain to reach the registry.
    text.contains("(from versions: none)") && !text.contains("Retrying (")
}

const PINS: &str = "tests/python/constraints.txt";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_there_is_in_no_version_may_be_missing() {
        let none = "ERROR: Could not find a version that satisfies the requirement polars \
            (from versions: none)\nERROR: No matching distribution found for polars\n";
        assert!(is_for_others(none));
        let gone = none.replace("none)", "1.0.0, 1.1.0)");
        assert!(!is_for_others(&gone), "there is one, and the pin is wrong");
        let offline = format!("WARNING: Retrying (Retry(total=4, connect=None)) after\n{none}");
        assert!(!is_for_others(&offline));
    }
}
