use std::{env, path::PathBuf};

use crate::{
    failure::Failure,
    npm, process,
    test::{
        count, suite,
        tally::{Broken, Tally},
        wheel,
    },
    workspace::Workspace,
};

/// Builds the package and runs `tests/npm` with Node: vectors, flows, hostile input, sizes, the packed tarball in tiny
/// projects, and all of it again in Chromium, where there is one. Tables are compared with the command's, and with
/// those of the wheel that the step `python` has installed.
pub(crate) fn run(workspace: &Workspace) -> Result<Tally, Broken> {
    let command = suite::command(workspace)?;
    npm::build(workspace)?;
    let mut node = workspace.command("node");
    node.args(["--test", "--test-reporter=tap", AT_ONCE, LIMIT, "tests/npm/"]);
    node.env("MDE_FORENSICS", command);
    if let Some(chromium) = chromium(workspace) {
        node.env("CHROMIUM", chromium);
    }
    if let Some(python) = wheel::last(workspace) {
        node.env("PYTHON_WITH_WHEEL", python);
    }
    let ended = process::run(node)?;
    let tally = count::node(&ended.text);
    if ended.success && tally.passed > 0 && tally.failed == 0 {
        return Ok(tally);
    }
    let failure = Failure::new(format!("$ {}\n{}", ended.line, failures(&ended.text)));
    Err(Broken { tally: Tally { failed: tally.failed.max(1), ..tally }, failure })
}

/// The path of Chromium, as a program that can be run: Playwright does not look for it.
pub(crate) fn chromium(workspace: &Workspace) -> Option<PathBuf> {
    let runs = |path: &PathBuf| {
        let mut chromium = workspace.command(path);
        chromium.arg("--version");
        path.is_file() && process::run(chromium).is_ok_and(|ended| ended.success)
    };
    let folders: Vec<_> = env::split_paths(&env::var_os("PATH")?).collect();
    ["chromium", "chromium-browser", "google-chrome"]
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(runs)
}

/// What did not pass, and not the thousand lines of what did.
fn failures(text: &str) -> String {
    let mut shown = Vec::new();
    let mut is_failure = false;
    for line in text.lines() {
        let begun = line.trim_start();
        if begun.starts_with("not ok ") {
            is_failure = true;
        } else if begun.starts_with("ok ") || begun.starts_with("# Subtest") {
            is_failure = false;
        }
        if is_failure || line.starts_with("# ") && !line.starts_with("# Subtest") {
            shown.push(line);
        }
    }
    shown.join("\n")
}

/// Files of tests at one time: much of what they do is waiting.
const AT_ONCE: &str = "--test-concurrency=2";
/// Milliseconds for one file of tests, several times what the slowest takes: one that hangs is told, and not waited for.
const LIMIT: &str = "--test-timeout=900000";
