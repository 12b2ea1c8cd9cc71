use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    process,
    test::{
        count, demo, python,
        tally::{Broken, Tally},
    },
    workspace::Workspace,
};

/// Runs every `tests/e2e/*.py`; each is one check, and its exit status is the verdict. A line
/// `SKIPPED: REASON` of it counts as one more that was skipped.
///
/// A script finds the command that it tries in `MDE_FORENSICS_BIN`.
pub(crate) fn run(workspace: &Workspace) -> Result<Tally, Broken> {
    let scripts = scripts(&workspace.root.join("tests/e2e"))?;
    if scripts.is_empty() {
        return Ok(Tally::skipped(1).note("SKIPPED: there is no tests/e2e/*.py"));
    }
    let binary = demo::build(workspace)?;
    let mut tally = Tally::default();
    let mut texts = Vec::new();
    for script in scripts {
        let mut python = python::command(workspace);
        python.arg(&script).env("MDE_FORENSICS_BIN", &binary).env("PYTHONDONTWRITEBYTECODE", "1");
        let ended = process::run(python)?;
        let reasons = count::reasons(&ended.text);
        tally.skipped += reasons.len() as u64;
        tally.notes.extend(reasons.into_iter().map(str::to_owned));
        if ended.success {
            tally.passed += 1;
        } else {
            tally.failed += 1;
            texts.push(ended.failure().to_string());
        }
    }
    if texts.is_empty() {
        return Ok(tally);
    }
    Err(Broken { tally, failure: crate::failure::Failure::new(texts.join("\n")) })
}

/// The scripts in `folder` in the order of their names; none when there is no such folder.
fn scripts(folder: &Path) -> Result<Vec<PathBuf>, Broken> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut scripts = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "py") {
            scripts.push(path);
        }
    }
    scripts.sort();
    Ok(scripts)
}
