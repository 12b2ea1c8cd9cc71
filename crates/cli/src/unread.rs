//! Parts of a package that are missing from a result.

use std::collections::{BTreeMap, BTreeSet};

use mde_forensics::evidence::FileSource;
use mde_forensics_package::safe::for_terminal;
use mde_forensics_package::{Issue, Package};

use crate::command::Console;
use crate::exit::Exit;
use crate::terminal::{beyond, safe};

/// Prints on standard error which parts of a package are missing from a result, and returns the exit code. `issues` are
/// those of the result, in addition to those of the package itself.
pub(crate) fn tell(console: &Console, package: &Package<FileSource>, issues: &[Issue]) -> Exit {
    // A table derived from others repeats the issues of the package.
    let others = issues.iter().filter(|issue| !package.issues().contains(issue));
    let hidden: Vec<_> =
        package.issues().iter().chain(others).filter(|issue| issue.hides_rows()).collect();
    let lines = in_words(hidden.iter().copied());
    for line in lines.iter().take(SHOWN) {
        console.note(&format!("incomplete: {line}"));
    }
    if let Some(more) = beyond(SHOWN, lines.len()) {
        console.note(&format!("incomplete: {more} more lines like these; run `open` to see them"));
    }
    exit(package, !hidden.is_empty())
}

/// The exit code of a command that read a package: 4 if the package is damaged or not verified, else 1 if it needs a look.
pub(crate) fn exit(package: &Package<FileSource>, needs_a_look: bool) -> Exit {
    if !package.inventory().is_verified() {
        Exit::Altered
    } else if needs_a_look {
        Exit::Incomplete
    } else {
        Exit::Success
    }
}

/// The more severe of two exit codes: 4, then 1, then 0.
pub(crate) fn graver(one: Exit, other: Exit) -> Exit {
    let grave = |exit| match exit {
        Exit::Success => 0,
        Exit::Incomplete => 1,
        _ => 2,
    };
    if grave(other) > grave(one) { other } else { one }
}

/// Formats issues, with identical ones of several members in one line; those that need a look come first.
pub(crate) fn in_words<'a>(issues: impl IntoIterator<Item = &'a Issue>) -> Vec<String> {
    let mut groups: Vec<Vec<&Issue>> = Vec::new();
    let mut places = BTreeMap::new();
    for issue in issues {
        let place = *places.entry((issue.kind, impersonal(issue))).or_insert(groups.len());
        match groups.get_mut(place) {
            Some(group) => group.push(issue),
            None => groups.push(vec![issue]),
        }
    }
    groups.sort_by_key(|group| group.first().is_none_or(|issue| !issue.kind.needs_a_look()));
    groups.iter().filter_map(|group| one(group)).collect()
}

fn one(group: &[&Issue]) -> Option<String> {
    let (first, rest) = group.split_first()?;
    let code = first.kind.code();
    let members: BTreeSet<_> = group.iter().filter_map(|issue| issue.member.as_deref()).collect();
    let place = match (&first.member, first.line) {
        (Some(member), Some(line)) => format!(" ({}, line {line})", safe(member)),
        (Some(member), None) => format!(" ({})", safe(member)),
        _ => String::new(),
    };
    Some(match (members.len(), rest.len()) {
        (_, 0) => format!("{code}: {}{place}", safe(&first.message)),
        (0 | 1, more) => format!("{code}: {}{place}, and {more} more", safe(&first.message)),
        (count, _) => {
            let message = safe(&impersonal(first));
            format!("{code}: {count} members: {message}; the first:{place}")
        }
    })
}

/// The message of an issue without the name of its member.
fn impersonal(issue: &Issue) -> String {
    match &issue.member {
        Some(member) => {
            let cut = for_terminal(member, SHORTENED);
            issue.message.replace(member.as_str(), "…").replace(&cut, "…")
        }
        None => issue.message.clone(),
    }
}

/// Length of a member's name in a message.
const SHORTENED: usize = 120;
/// Maximum number of lines to show.
const SHOWN: usize = 30;
