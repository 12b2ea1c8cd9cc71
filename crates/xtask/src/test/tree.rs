use std::collections::BTreeSet;

use crate::{
    failure::Failure,
    process,
    rules::{IMPURE, PURE, Pure},
    test::tally::{Broken, Tally},
    workspace::Workspace,
};

/// Looks for impure crates in what the pure crates depend on.
pub(crate) fn run(workspace: &Workspace) -> Result<Tally, Broken> {
    let mut offences = Vec::new();
    for pure in PURE {
        let tree = process::must(workspace.cargo(&[
            "tree",
            "--quiet",
            "--locked",
            "--package",
            pure.name,
            "--edges",
            "normal,no-proc-macro",
            "--target",
            pure.target,
            "--prefix",
            "none",
        ]))?;
        offences.extend(impure(pure, &tree)?);
    }
    Tally::of_offences(&offences)
}

fn impure(pure: &Pure, tree: &str) -> Result<Vec<String>, Failure> {
    let names: BTreeSet<_> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    if !names.contains(pure.name) {
        return Err(Failure::new(format!("`cargo tree` gave something unexpected:\n{tree}")));
    }
    let forbidden = IMPURE.iter().chain(pure.impure).filter(|name| names.contains(*name));
    Ok(forbidden.map(|name| format!("`{name}` is below `{}`, which is pure", pure.name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CORE: Pure = Pure { name: "core", target: "all", impure: &["log"] };

    #[test]
    fn impure_crates_are_named_at_any_depth() {
        let tree = "core v0.1.0 (/w/crates/core)\nhttp v1.5.0\nmio v1.0.0\nlog v0.4.0 (*)\n";
        let found = impure(&CORE, tree).unwrap();
        assert_eq!(
            found,
            ["`mio` is below `core`, which is pure", "`log` is below `core`, which is pure"]
        );
    }

    #[test]
    fn a_name_that_only_begins_alike_is_no_offence() {
        assert!(impure(&CORE, "core v0.1.0\nmiow v1.0.0\ntokio-util v0.7.0\n").unwrap().is_empty());
    }

    #[test]
    fn an_empty_tree_proves_nothing() {
        assert!(impure(&CORE, "").is_err());
    }
}
