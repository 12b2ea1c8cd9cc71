use std::{env, fs, path::PathBuf};

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
/// projects, and all of it again in Chromium, where there is one; then Rust's and Node's locks against each other.
/// Tables are compared with the command's, and with those of the wheel that the step `python` has installed.
pub(crate) fn run(workspace: &Workspace) -> Result<Tally, Broken> {
    // Before anything that takes minutes.
    check_version(workspace)?;
    let command = suite::command(workspace)?;
    npm::build(workspace)?;
    let mut node = workspace.command("node");
    node.args(["--test", "--test-reporter=tap", AT_ONCE, LIMIT]).args(files(workspace)?);
    node.env("MDE_FORENSICS", command);
    if let Some(chromium) = chromium(workspace) {
        node.env("CHROMIUM", chromium);
    }
    if let Some(python) = wheel::last(workspace) {
        node.env("PYTHON_WITH_WHEEL", python);
    }
    let ended = process::run(node)?;
    let mut tally = count::node(&ended.text);
    if !ended.success || tally.passed == 0 || tally.failed > 0 {
        let failure = Failure::new(format!("$ {}\n{}", ended.line, failures(&ended.text)));
        tally.failed = tally.failed.max(1);
        return Err(Broken { tally, failure });
    }
    match suite::alone(workspace, RACE) {
        Ok(raced) => tally.add(&raced),
        Err(Broken { tally: raced, failure }) => {
            tally.add(&raced);
            return Err(Broken { tally, failure });
        }
    }
    Ok(tally)
}

/// Fails where Node is too old for how it is called here.
fn check_version(workspace: &Workspace) -> Result<(), Failure> {
    let mut node = workspace.command("node");
    node.arg("--version");
    let version = process::must(node)?;
    let version = version.trim();
    if has_limits(version) {
        return Ok(());
    }
    let text = format!("the tests of the npm package need {NEEDED}, and `node` is {version}");
    Err(Failure::new(text))
}

/// Whether this Node knows [`AT_ONCE`] and [`LIMIT`].
fn has_limits(version: &str) -> bool {
    let mut numbers = version.trim_start_matches('v').split('.').map(str::parse::<u32>);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(20)), Some(Ok(minor))) => minor >= 11,
        (Some(Ok(21)), Some(Ok(minor))) => minor >= 2,
        (Some(Ok(major)), Some(Ok(_))) => major > 21,
        _ => false,
    }
}

/// The files of tests, each by its name: from 21 on Node takes a folder for a module.
fn files(workspace: &Workspace) -> Result<Vec<String>, Failure> {
    let mut files = Vec::new();
    for entry in fs::read_dir(workspace.root.join(FOLDER))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".test.mjs") {
            files.push(format!("{FOLDER}/{name}"));
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(Failure::new(format!("no test lies in {FOLDER}")));
    }
    Ok(files)
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
/// Rust and Node at one lock.
const RACE: &str =
    "ledger::lock::tests::node::of_rust_and_node_who_find_one_left_behind_one_has_it";
const NEEDED: &str = "Node 20.11, 21.2 or later";
const FOLDER: &str = "tests/npm";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_without_limits_for_its_tests_is_too_old() {
        for version in ["v20.11.0", "v20.20.2", "v21.2.0", "v22.0.0", "v24.21.0"] {
            assert!(has_limits(version), "{version}");
        }
        for version in ["v18.20.4", "v20.10.0", "v21.1.0", "", "bun 1.2"] {
            assert!(!has_limits(version), "{version}");
        }
    }
}
