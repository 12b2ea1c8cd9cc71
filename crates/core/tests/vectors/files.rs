//! Finds and reads the files, and checks what they have in common.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::schema;

pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

pub(crate) fn read(path: &Path) -> Value {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The file of that name, without `.json`.
pub(crate) fn named(name: &str) -> Value {
    read(&root().join(format!("tests/vectors/{name}.json")))
}

/// The tests of a file; there is at least one.
pub(crate) fn tests(file: &Value) -> &[Value] {
    let tests = file["tests"].as_array().expect("a file has tests");
    assert!(!tests.is_empty());
    tests
}

/// Where a test stands, for the message of a failure.
pub(crate) fn place(file: &Value, test: &Value) -> String {
    let name = file["endpoint"].as_str().or(file["kind"].as_str()).unwrap_or_default();
    format!("{name} {}: {}", test["tcId"], test["comment"].as_str().unwrap_or_default())
}

pub(crate) fn all() -> Vec<(String, Value)> {
    in_folder("tests/vectors")
}

/// The files of flows.
pub(crate) fn families() -> Vec<(String, Value)> {
    in_folder("tests/vectors/flows")
}

fn in_folder(folder: &str) -> Vec<(String, Value)> {
    let folder = root().join(folder);
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension().is_some_and(|end| end == "json")
                && path.file_stem().unwrap() != "schema"
        })
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), read(path)))
        .collect()
}

#[test]
fn every_file_has_the_form_of_the_schema() {
    let schema = named("schema");
    let files = all();
    assert!(files.len() >= 18, "files are missing: {}", files.len());
    for (name, file) in &files {
        let wrong = schema::check(&schema, file);
        assert!(wrong.is_empty(), "{name}.json:\n{}", wrong.join("\n"));
    }
}

#[test]
fn every_flow_has_the_form_of_the_schema() {
    let schema = named("flows/schema");
    let families = families();
    assert!(families.len() >= 19, "files are missing: {}", families.len());
    for (name, family) in &families {
        let wrong = schema::check_flows(&schema, family);
        assert!(wrong.is_empty(), "{name}.json:\n{}", wrong.join("\n"));
    }
}

#[test]
fn every_file_counts_its_tests_and_explains_its_flags() {
    let mut total = 0;
    for (name, file) in all() {
        let tests = tests(&file);
        assert_eq!(file["numberOfTests"], tests.len(), "{name}");
        let ids: Vec<_> = tests.iter().map(|test| test["tcId"].as_u64().unwrap()).collect();
        assert_eq!(ids, (1..=tests.len() as u64).collect::<Vec<_>>(), "{name}");
        let used: BTreeSet<_> = tests
            .iter()
            .flat_map(|test| test["flags"].as_array().unwrap())
            .map(|flag| flag.as_str().unwrap())
            .collect();
        let explained: BTreeSet<_> =
            file["flags"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(used, explained, "{name}");
        total += tests.len();
    }
    assert!(total > 600, "{total}");
}
