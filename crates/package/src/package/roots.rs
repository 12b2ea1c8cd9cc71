use std::collections::BTreeMap;

use super::{Key, Origin};

/// Where packages lie among files, told by the names alone: the folders or archives that hold each, with slashes, `""`
/// for what holds all.
///
/// None is found where no name is one that a package has exactly once. Files of one package that lie in several
/// folders are one package for as long as none of them comes twice.
pub(super) fn package_roots<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut found: BTreeMap<&str, BTreeMap<Key, &str>> = BTreeMap::new();
    for name in names {
        if Origin::of(&Key::of(name)) != Origin::Agent {
            continue;
        }
        let (above, file) = split(name);
        let file = Key::of(file);
        let Some((anchor, folder)) = ANCHORS.iter().find(|(anchor, _)| *anchor == file.file())
        else {
            continue;
        };
        let (higher, own) = split(above);
        let root = if !own.is_empty() && Key::of(own).file() == *folder { higher } else { above };
        let root = root.trim_end_matches(['/', '\\', '!']);
        found.entry(anchor).or_default().entry(Key::of(root)).or_insert(root);
    }
    let most = found.values().map(BTreeMap::len).max().unwrap_or_default();
    let roots = found.into_values().flatten();
    if most > 1 {
        return roots.collect::<BTreeMap<_, _>>().into_values().map(str::to_owned).collect();
    }
    roots.map(|(_, root)| root.to_owned()).min_by_key(String::len).into_iter().collect()
}

/// Some of the places where packages lie.
pub(super) fn in_words(roots: &[String]) -> String {
    let shown = roots.iter().take(SHOWN).map(|root| match root.as_str() {
        "" => "the files themselves".to_owned(),
        root => format!("`{}`", crate::name::shorten(root)),
    });
    let mut words = shown.collect::<Vec<_>>().join(", ");
    if let Some(more) = roots.len().checked_sub(SHOWN).filter(|more| *more > 0) {
        words = format!("{words} and {more} more");
    }
    words
}

/// What is above the last part of a name, and that part.
fn split(name: &str) -> (&str, &str) {
    let end = name.trim_end_matches(['/', '\\']);
    let at = end.rfind(['/', '\\', '!']).map_or(0, |at| at + 1);
    end.split_at_checked(at).unwrap_or(("", end))
}

/// So many places are named.
const SHOWN: usize = 4;
/// Files that a package has once, and the folder that it has them in; keys as [`Key`] makes them.
const ANCHORS: &[(&str, &str)] = &[
    ("activenetconnections.txt", "networkconnections"),
    ("autoruns.txt", "autoruns"),
    ("forensicscollectionsummary.csv", ""),
    ("installedprograms.csv", "installedprograms"),
    ("processes.csv", "processes"),
    ("scheduledtasks.csv", "scheduledtasks"),
    ("services.csv", "services"),
    ("systeminformation.txt", "systeminformation"),
];

#[cfg(test)]
mod tests {
    use super::package_roots;

    #[test]
    fn packages_are_told_by_what_each_has_once() {
        for (names, roots) in [
            (&["notes.txt", "x/pictures.zip"][..], &[][..]),
            (&["Processes/Processes.csv", "Services/Services.csv"], &[""]),
            (&["Processes.csv", "odd/Services.csv"], &[""]),
            (&["Processes/Processes.csv", "processes\\PROCESSES.CSV"], &[""]),
            (&["wrapped/Forensics Collection Summary.csv"], &["wrapped"]),
            (&["a/Processes/Processes.csv", "b/Processes/Processes.csv"], &["a", "b"]),
            (
                &["ws-1.zip!Services/Services.csv", "Services/Services.csv", "Autoruns/x.txt"],
                &["", "ws-1.zip"],
            ),
            (&["Services/Services.csv", "Prefetch Files/Prefetch/x/Services/Services.csv"], &[""]),
            (&["again.zip!case 42/p.zip!Processes.csv"], &["again.zip!case 42/p.zip"]),
        ] {
            assert_eq!(package_roots(names.iter().copied()), roots, "{names:?}");
        }
    }
}
