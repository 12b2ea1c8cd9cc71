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
/// `SKIPPED: REASON` of it counts as one more that was skipped. One that says no `ok: WHAT` has checked nothing.
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
        let found = judged(ended.success, &ended.text);
        if found.failed > 0 {
            texts.push(ended.failure().to_string());
        }
        tally.add(&found);
        tally.notes.extend(found.notes);
    }
    if texts.is_empty() {
        return Ok(tally);
    }
    Err(Broken { tally, failure: crate::failure::Failure::new(texts.join("\n")) })
}

/// What one script came to.
fn judged(success: bool, text: &str) -> Tally {
    let reasons = count::reasons(text);
    let has_checked = text.lines().any(|line| line.starts_with("ok: "));
    let mut tally = Tally::skipped(reasons.len() as u64);
    if success && has_checked {
        tally.passed = 1;
    } else if !success || reasons.is_empty() {
        tally.failed = 1;
    }
    tally.notes = reasons.into_iter().map(str::to_owned).collect();
    tally
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

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(success: bool, text: &str) -> (u64, u64, u64) {
        let tally = judged(success, text);
        (tally.passed, tally.failed, tally.skipped)
    }

    #[test]
    fn a_script_that_checked_nothing_has_not_passed() {
        assert_eq!(counts(true, "ok: a\nok: b\n"), (1, 0, 0));
        assert_eq!(counts(true, "SKIPPED: no zip\nok: b\n"), (1, 0, 1));
        assert_eq!(counts(true, "SKIPPED: no zip\nSKIPPED: no 7z\n"), (0, 0, 2));
        assert_eq!(counts(true, "it is ok: not\n"), (0, 1, 0));
        assert_eq!(counts(false, "ok: a\nSKIPPED: no zip\n"), (0, 1, 1));
    }
}
