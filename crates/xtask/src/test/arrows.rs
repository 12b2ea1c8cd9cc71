use std::collections::BTreeSet;

use crate::{
    failure::Failure,
    rules::{ARROWS, Arrows},
    test::tally::{Broken, Tally},
    workspace::{Member, Workspace},
};

/// Holds the arrows of dependency between the members against [`ARROWS`].
pub(crate) fn run(workspace: &Workspace) -> Result<Tally, Broken> {
    let mut offences = Vec::new();
    for member in &workspace.members {
        match ARROWS.iter().find(|arrows| arrows.from == member.name) {
            Some(arrows) => offences.extend(compare(workspace, member, arrows)),
            None => offences.push(format!("`{}` has no entry in `ARROWS`", member.name)),
        }
    }
    if workspace.members.is_empty() {
        return Err(Failure::new("the workspace has no members").into());
    }
    Tally::of_offences(&offences)
}

/// What `member` has too much or too little.
fn compare(workspace: &Workspace, member: &Member, arrows: &Arrows) -> Vec<String> {
    let drawn = |dev| -> BTreeSet<_> {
        let mut own = member.dependencies.iter().collect::<Vec<_>>();
        own.retain(|own| own.dev == dev && workspace.member(&own.name).is_some());
        own.into_iter().map(|own| own.name.as_str()).collect()
    };
    let allowed: BTreeSet<_> = arrows.to.iter().copied().collect();
    let in_tests = allowed.iter().chain(arrows.tests).copied().collect();

    let (normal, dev) = (drawn(false), drawn(true));
    let says = |verb, to: &&str| format!("`{}` {verb} `{to}`", member.name);
    let forbidden = normal.difference(&allowed).map(|to| says("must not depend on", to));
    let absent = allowed.difference(&normal).map(|to| says("no longer depends on", to));
    let tests = dev.difference(&in_tests).map(|to| says("must not use in its tests", to));
    forbidden.chain(absent).chain(tests).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Dependency;

    const RULE: Arrows = Arrows { from: "client", to: &["core"], tests: &["emulator"] };

    fn offences(drawn: &[(&str, bool)]) -> Vec<String> {
        let member = |name: &str, dependencies| Member {
            name: name.to_owned(),
            folder: name.into(),
            dependencies,
        };
        let dependencies = drawn
            .iter()
            .map(|&(name, dev)| Dependency { name: name.to_owned(), dev })
            .collect::<Vec<_>>();
        let workspace = Workspace {
            root: "/".into(),
            target: "/target".into(),
            rust_version: String::new(),
            members: ["core", "emulator"].map(|name| member(name, Vec::new())).into(),
        };
        compare(&workspace, &member("client", dependencies), &RULE)
    }

    #[test]
    fn the_arrows_as_drawn_are_no_offence() {
        assert!(offences(&[("core", false), ("serde", false)]).is_empty());
        assert!(offences(&[("core", false), ("emulator", true), ("core", true)]).is_empty());
    }

    #[test]
    fn an_arrow_too_many_is_named() {
        let found = offences(&[("core", false), ("emulator", false)]);
        assert_eq!(found, ["`client` must not depend on `emulator`"]);
    }

    #[test]
    fn an_arrow_too_few_is_named() {
        assert_eq!(offences(&[]), ["`client` no longer depends on `core`"]);
    }
}
