//! Keys of the registry, whose roots have several names, and of which some are parts of others.

use super::form::{Form, Front, before_name};

/// A root of the registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Root {
    Machine,
    Users,
    /// That of the user who looks: one of those of all users.
    User,
    /// Made of those of the machine and of the user.
    Classes,
}

/// What of a key stands behind its root.
pub(super) fn forms(key: &str) -> Vec<Form> {
    let Some((root, rest)) = behind_root(key) else { return Vec::new() };
    let rest = rest.trim_end_matches('\\');
    if !rest.contains(char::is_alphanumeric) {
        return Vec::new();
    }
    let others = others(rest).into_iter().filter(|_| root == Root::Machine);
    let texts = others.chain([rest.to_owned()]);
    let forms = texts.map(|text| Form { text, front: Front::Root(root) });
    // The classes of a user are a hive of their own.
    let classes =
        rest.strip_prefix(CLASSES).filter(|own| root == Root::User && own.starts_with('\\'));
    let classes =
        classes.map(|own| Form { text: own.to_owned(), front: Front::Root(Root::Classes) });
    forms.chain(classes).collect()
}

/// The root of a key and what stands behind it. Editors write it in brackets, `PowerShell` behind its provider, and
/// `regedit` behind the name of the computer in its own language.
fn behind_root(key: &str) -> Option<(Root, &str)> {
    let key = key.strip_prefix('[').and_then(|key| key.strip_suffix(']')).unwrap_or(key);
    let key = key.rsplit_once("::").map_or(key, |(_, key)| key);
    let below = key.split_once('\\').filter(|(_, key)| key.starts_with("hkey_"));
    let key = below.map_or(key, |(_, key)| key);
    ROOTS.iter().find_map(|(root, names)| {
        let rest = names.iter().find_map(|name| key.strip_prefix(name))?;
        let rest = rest.strip_prefix(':').unwrap_or(rest);
        rest.starts_with('\\').then_some((*root, rest))
    })
}

/// The same key in other sets of services and drivers: the current one is one of those with a number.
fn others(key: &str) -> Vec<String> {
    let set = key.strip_prefix(SETS).and_then(|key| key.split_once('\\'));
    let Some((set, rest)) = set else { return Vec::new() };
    let sets = match set {
        CURRENT => &["controlset001", "controlset002"][..],
        _ if set.starts_with("controlset0") => &[CURRENT],
        _ => &[],
    };
    sets.iter().map(|set| format!("{SETS}{set}\\{rest}")).collect()
}

impl Root {
    /// Whether a text ends in this root.
    pub(super) fn ends(self, before: &str) -> bool {
        let before = before.strip_suffix(':').unwrap_or(before);
        self.is_named(before)
            || match self {
                Self::Machine | Self::Users => false,
                Self::User => ends_in_user(before),
                Self::Classes => {
                    let is_hive =
                        |before: &str| Self::Machine.ends(before) || Self::User.ends(before);
                    before_name(before, CLASSES).is_some_and(is_hive)
                        || before_name(before, "_classes").is_some_and(ends_in_user)
                }
            }
    }

    fn is_named(self, before: &str) -> bool {
        let mut names =
            ROOTS.iter().filter(|(root, _)| *root == self).flat_map(|(_, names)| *names);
        names.any(|name| before_name(before, name).is_some())
    }
}

/// Whether a text ends in the root of one of all users.
fn ends_in_user(before: &str) -> bool {
    let Some((front, user)) = before.rsplit_once('\\') else { return false };
    let is_sid = user.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case("s-1-"))
        && user.bytes().skip(1).all(|byte| byte.is_ascii_digit() || byte == b'-');
    (is_sid || user.eq_ignore_ascii_case(".default")) && Root::Users.ends(front)
}

const CLASSES: &str = r"\software\classes";
/// Where the sets of services and drivers are.
const SETS: &str = r"\system\";
const CURRENT: &str = "currentcontrolset";
/// Names of roots, also as the kernel has them.
const ROOTS: &[(Root, &[&str])] = &[
    (Root::Machine, &["hkey_local_machine", "hklm", r"\registry\machine"]),
    (Root::Users, &["hkey_users", "hku", r"\registry\user"]),
    (Root::User, &["hkey_current_user", "hkcu"]),
    (Root::Classes, &["hkey_classes_root", "hkcr"]),
];
