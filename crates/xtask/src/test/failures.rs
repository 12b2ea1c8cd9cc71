//! Holds every public function that can fail to saying so. clippy's `missing_errors_doc` asks for a heading; the house
//! style asks for a sentence.

use std::{fs, path::Path};

use crate::{
    test::{
        paths,
        tally::{Broken, Tally},
    },
    workspace::Workspace,
};

pub(crate) fn run(workspace: &Workspace) -> Result<Tally, Broken> {
    let mut offences = Vec::new();
    for name in paths::files(workspace)? {
        let is_library = LIBRARIES.iter().any(|folder| name.starts_with(folder));
        let is_rust = Path::new(&name).extension().is_some_and(|extension| extension == "rs");
        if !is_library || !is_rust || name.ends_with("tests.rs") {
            continue;
        }
        let Ok(text) = fs::read_to_string(workspace.root.join(&name)) else { continue };
        offences.extend(silent(&text).into_iter().map(|function| {
            format!("{name}: `{function}` gives a Result, and its document says nothing of failing")
        }));
    }
    Tally::of_offences(&offences)
}

/// The public functions that give a `Result` and whose document does not say with what they fail.
fn silent(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut document = String::new();
    let mut lines = text.lines().map(str::trim);
    while let Some(line) = lines.next() {
        if let Some(said) = line.strip_prefix("///").or_else(|| line.strip_prefix("#[")) {
            document.push_str(said);
            continue;
        }
        if let Some(name) = public_function(line) {
            let mut signature = line.to_owned();
            while !signature.contains(['{', ';']) {
                let Some(more) = lines.next() else { break };
                signature.push_str(more);
            }
            // Of an argument that is a closure, the arrow stands before ours; of a bound, behind it.
            let own = signature.split("where").next().unwrap_or_default();
            let gives = own.rsplit_once("->").is_some_and(|(_, gives)| gives.contains("Result<"));
            let says = document.to_ascii_lowercase().contains("fail");
            if gives && !says {
                found.push(name.to_owned());
            }
        }
        document.clear();
    }
    found
}

fn public_function(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("pub ")?;
    let rest = rest.strip_prefix("const ").unwrap_or(rest);
    let rest = rest.strip_prefix("async ").unwrap_or(rest).strip_prefix("fn ")?;
    rest.split(['(', '<']).next()
}

const LIBRARIES: &[&str] =
    &["crates/client/src/", "crates/core/src/", "crates/emulator/src/", "crates/package/src/"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_that_hides_its_failures_is_named() {
        let silent_one =
            "/// Reads it.\n#[must_use]\npub async fn read(\n    &self,\n) -> Result<A, B> {\n}";
        assert_eq!(silent(silent_one), ["read"]);
        assert_eq!(
            silent("/// Fails with `x`.\nfn other() {}\npub fn read() -> Result<A, B>;"),
            ["read"]
        );
    }

    #[test]
    fn what_says_so_or_cannot_fail_is_left_alone() {
        for text in [
            "/// Reads it. Fails with `x`.\npub fn read() -> Result<A, B> {",
            "/// Reads it.\n///\n/// Fails as others do.\npub const fn read<T>(\n    t: T,\n) -> Result<A, B> {",
            "/// Reads it.\npub fn read(of: Result<A, B>) -> A {",
            "/// Reads it.\npub fn read<T>(\nby: impl Fn(&str) -> Result<A, B>,\n) -> A {",
            "/// Reads it.\npub fn read<F>(by: F) -> A\nwhere\nF: Fn() -> Result<A, B>,\n{",
            "pub(crate) fn read() -> Result<A, B> {",
        ] {
            assert_eq!(silent(text), Vec::<String>::new(), "{text}");
        }
    }
}
