//! In which forms a name is looked for: evidence writes keys and paths otherwise than lists do.

use super::{
    escape::of_json,
    registry::{self, Root},
    volume::{self, ends_in_drive, ends_in_profile},
};
use crate::edge::begins;

/// A form of a name, and what has to stand before it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// In small letters.
    pub(super) text: String,
    pub(super) front: Front,
}

/// What has to stand before a form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Front {
    /// Anything, since the form is the whole name.
    Any,
    /// Nothing but a quote: Windows puts its own folder before such a path.
    Start,
    /// This drive, or any.
    Drive(Option<char>),
    /// The folder of some user.
    Profile,
    /// One of these.
    Written(&'static [&'static str]),
    Root(Root),
}

impl Front {
    pub(super) fn ends(self, before: &str) -> bool {
        match self {
            Self::Any => true,
            Self::Start => before.trim_end_matches('"').is_empty() || before.ends_with(r"\0"),
            Self::Drive(drive) => ends_in_drive(before, drive),
            Self::Profile => ends_in_profile(before),
            Self::Written(names) => names.iter().any(|name| before_name(before, name).is_some()),
            Self::Root(root) => root.ends(before),
        }
    }
}

/// What stands before a name that a text ends in, without case, if it is no part of a longer one.
pub(super) fn before_name<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let at = text.len().checked_sub(name.len())?;
    let (before, own) = text.split_at_checked(at)?;
    (own.eq_ignore_ascii_case(name) && begins(text, at)).then_some(before)
}

/// The forms of a name in small letters.
pub(super) fn forms(name: &str) -> Vec<Form> {
    let name = single(name);
    let mut path = name.replace('/', "\\");
    // A folder is meant with all that is in it, and without as well.
    if path.trim_end_matches('\\').contains('\\') {
        path.truncate(path.trim_end_matches('\\').len());
    }
    let mut forms = volume::forms(&path);
    forms.extend(registry::forms(&path));
    for text in [name, path] {
        let own = Form { text, front: Front::Any };
        if !forms.contains(&own) {
            forms.push(own);
        }
    }
    forms
}

/// A name as it is meant where its backslashes are doubled, but for those that a share begins with.
fn single(name: &str) -> String {
    let mut name = name.to_owned();
    while name.trim_start_matches('\\').contains(r"\\") {
        let Some(meant) = of_json(&name) else { break };
        name = meant;
    }
    name
}
