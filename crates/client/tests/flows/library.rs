//! Reads the flows from their folder.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::flow::{Family, Flow};

/// All flows of the folder, each id once.
pub(crate) fn read(folder: &Path) -> Vec<Flow> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter(|path| path.file_name().is_some_and(|name| name != "schema.json"))
        .collect();
    files.sort();
    let mut flows = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let family: Family = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        assert_eq!(family.schema, "./schema.json", "{}", file.display());
        assert!(!family.about.is_empty() && !family.flows.is_empty(), "{}", file.display());
        flows.extend(family.flows);
    }
    let mut ids = BTreeSet::new();
    for flow in &flows {
        assert!(ids.insert(&flow.id), "two flows are called `{}`", flow.id);
        assert!(!flow.steps.is_empty(), "flow `{}` has no steps", flow.id);
    }
    flows
}
