use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{failure::Failure, process, workspace::Workspace};

/// Python with the wheels, or where they could not be installed the machine's own.
pub(crate) fn command(workspace: &Workspace) -> Command {
    let own = interpreter(workspace);
    if own.is_file() { workspace.command(own) } else { workspace.command(PYTHON) }
}

/// Whether the wheels were installed as they are pinned today; that they can be used, [`imports`] shows.
pub(crate) fn is_current(workspace: &Workspace) -> bool {
    has_pins(&folder(workspace), WHEELS)
}

/// A command that succeeds where the wheels are installed, and says so.
pub(crate) fn imports(workspace: &Workspace) -> Command {
    let mut python = workspace.command(interpreter(workspace));
    python.args([
        "-c",
        "import evtx, jc, jsonschema, ocsf_json_schema, pyscca, pyzipper; print('found')",
    ]);
    python
}

/// Makes an environment with the wheels, and says how that went.
///
/// Where it fails, for not every Python can make one and not every system has these wheels, the
/// checks that need them skip themselves and say so.
pub(crate) fn install(workspace: &Workspace) -> String {
    match try_install(workspace) {
        Ok(()) => format!("installed with `pip install {}`", WHEELS.join(" ")),
        Err(failure) => format!("not installed, what needs them is skipped:\n{failure}"),
    }
}

fn try_install(workspace: &Workspace) -> Result<(), Failure> {
    let mut python = workspace.command(PYTHON);
    python.args(["-m", "venv", "--clear"]).arg(folder(workspace));
    process::must(python)?;
    let mut pip = workspace.command(interpreter(workspace));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(WHEELS);
    process::must(pip)?;
    fs::write(folder(workspace).join(PINS), WHEELS.join("\n"))?;
    Ok(())
}

/// Whether all that was installed into this environment is what these pins say.
fn has_pins(folder: &Path, pins: &[&str]) -> bool {
    fs::read_to_string(folder.join(PINS)).is_ok_and(|installed| installed == pins.join("\n"))
}

fn interpreter(workspace: &Workspace) -> PathBuf {
    let inside = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    folder(workspace).join(inside)
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("xtask/python")
}

/// What was installed, written once it was.
const PINS: &str = "pins.txt";

const PYTHON: &str = if cfg!(windows) { "python" } else { "python3" };

/// Readers of event logs, of what Windows commands print, of prefetch files and of encrypted zips, and the schema of
/// OCSF.
const WHEELS: &[&str] = &[
    "evtx==0.14.0",
    "jc==1.26.1",
    "jsonschema==4.26.0",
    "libscca-python==20260527",
    "ocsf-json-schema==1.2.0",
    "pyzipper==0.4.0",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_of_other_pins_is_made_anew() {
        let folder = tempfile::tempdir().unwrap();
        assert!(!has_pins(folder.path(), &["a==1"]));
        fs::write(folder.path().join(PINS), "a==1\nb==2").unwrap();
        assert!(has_pins(folder.path(), &["a==1", "b==2"]));
        assert!(!has_pins(folder.path(), &["a==1", "b==3"]));
        assert!(!has_pins(folder.path(), &["a==1"]));
    }
}
