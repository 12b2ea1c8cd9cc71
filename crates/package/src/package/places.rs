use std::collections::BTreeSet;

use super::roots::{in_words, package_roots};
use crate::{
    Error,
    export::{RECORD, is_of_dataset},
};

/// The packages found below a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Places {
    /// The path of each zip or folder, with slashes and sorted. If the folder is itself a package,
    /// or nothing in it is known to belong to one, just `""`.
    pub packages: Vec<String>,
    /// The output of earlier `tables` and `extract` runs, which is not evidence: folders, and
    /// password-protected zips.
    pub passed_over: Vec<String>,
}

impl Places {
    /// Finds packages by the names of the files below a folder, with slashes: every zip, and every
    /// folder a package was extracted to.
    ///
    /// A folder that is not a package and has a single zip stands for that zip. A zip inside a
    /// package is a member of it.
    pub fn find<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<_> = names.into_iter().collect();
        let lists: BTreeSet<_> = names.iter().copied().filter(|name| is_list(name)).collect();
        let (ours, evidence): (Vec<_>, Vec<_>) =
            names.iter().copied().partition(|name| is_ours(name, &lists));
        let passed_over = passed_over(&ours, &evidence, &names);
        let (zips, files): (Vec<_>, Vec<_>) = evidence.into_iter().partition(|name| is_zip(name));
        let roots: BTreeSet<_> = package_roots(files).into_iter().collect();
        let is_member = |zip: &&str| folders_of(zip).any(|folder| roots.contains(folder));
        let zips: Vec<_> = zips.into_iter().filter(|zip| !is_member(zip)).collect();
        let packages = if zips.is_empty() && roots.len() < 2 {
            // What lies beside a single package in its folder is seen when that is opened.
            vec![String::new()]
        } else {
            let mut packages: Vec<_> =
                roots.into_iter().chain(zips.into_iter().map(str::to_owned)).collect();
            packages.sort_by(|one, other| one.split('/').cmp(other.split('/')));
            packages
        };
        Self { packages, passed_over: passed_over.into_iter().map(str::to_owned).collect() }
    }

    /// The path of the only package.
    ///
    /// Fails with [`Error::SeveralPackages`] if there are several.
    pub fn one(&self) -> Result<&str, Error> {
        match self.packages.as_slice() {
            [one] => Ok(one),
            several => {
                Err(Error::SeveralPackages { count: several.len(), places: in_words(several) })
            }
        }
    }
}

/// Whether a file is one that `tables` or `extract` wrote, told by the list that lies beside it and by its own name.
///
/// What else lies there is evidence, and what the list says of it is not asked: anybody may have written that.
fn is_ours(name: &str, lists: &BTreeSet<&str>) -> bool {
    let file = file_of(name);
    let has = |list: &str| match above(name) {
        "" => lists.contains(list),
        folder => lists.contains(format!("{folder}/{list}").as_str()),
    };
    is_list(name) || (has(MEMBERS) && is_extract(file)) || (has(RECORD) && is_of_dataset(file))
}

/// What is ours, in as few names as say it: folders that have no folders and no evidence, and elsewhere the zips.
fn passed_over<'a>(ours: &[&'a str], evidence: &[&str], names: &[&'a str]) -> BTreeSet<&'a str> {
    let roots = package_roots(evidence.iter().copied());
    let zips = evidence.iter().filter(|name| is_zip(name));
    let with_folders = names.iter().flat_map(|name| folders_of(name).skip(1));
    let mixed: BTreeSet<_> = with_folders
        .chain(zips.map(|name| above(name)))
        .chain(roots.iter().map(String::as_str))
        .chain([""])
        .collect();
    let shown = ours.iter().filter_map(|name| match above(name) {
        folder if !mixed.contains(folder) => Some(folder),
        _ => is_zip(name).then_some(*name),
    });
    shown.collect()
}

/// The folders that a file lies in, from the inmost to the one that holds all, `""`.
fn folders_of(name: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(above(name)), |folder| (!folder.is_empty()).then(|| above(folder)))
}

fn above(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn file_of(name: &str) -> &str {
    name.rsplit_once('/').map_or(name, |(_, file)| file)
}

fn is_zip(name: &str) -> bool {
    let end = file_of(name).rsplit_once('.');
    end.is_some_and(|(_, end)| end.eq_ignore_ascii_case("zip"))
}

/// Whether a file is the list that `tables` or `extract` leaves in a folder of its own.
fn is_list(name: &str) -> bool {
    [MEMBERS, RECORD].contains(&file_of(name))
}

/// Whether `extract` gives a file such a name.
fn is_extract(file: &str) -> bool {
    let sum = file.strip_suffix(".bin");
    file == INFECTED
        || sum.is_some_and(|sum| sum.len() == 64 && sum.bytes().all(|b| b.is_ascii_hexdigit()))
}

/// What `extract` writes beside members.
const MEMBERS: &str = "members.json";
/// What `extract` packs members into.
const INFECTED: &str = "members.infected.zip";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_found_by_the_names_below_a_folder() {
        let services = "Services/Services.csv";
        for (names, packages, passed_over) in [
            (&["notes.txt"][..], &[""][..], &[][..]),
            (&["ws-1.zip", "ws-1.zip.manifest.json"], &["ws-1.zip"], &[]),
            (&["Processes/Processes.csv", services, "Temp/x.zip"], &[""], &[]),
            (&["a/Services/Services.csv"], &[""], &[]),
            (
                &["b c/Services/Services.csv", "b/Services/Services.csv", "b d/deep/ws-2.ZIP"],
                &["b", "b c", "b d/deep/ws-2.ZIP"],
                &[],
            ),
            (&["ws-1.zip", "t/tables.json", "t/services.csv"], &["ws-1.zip"], &["t"]),
            (
                &["ws-1.zip", "members.json", "members.infected.zip"],
                &["ws-1.zip"],
                &["members.infected.zip"],
            ),
            // Whoever made the package put a list into it.
            (&["a/tables.json", "a/Services/Services.csv", "b.zip"], &["a", "b.zip"], &[]),
            (&["tables.json", "services.csv"], &[""], &[]),
            // A list hides nothing but what its own command writes beside it.
            (&["ws/base.zip", "ws/tables.json", "ws/arp.csv"], &["ws/base.zip"], &[]),
            (
                &["ws/base.zip", "ws/members.json", "ws/members.infected.zip", "b.zip"],
                &["b.zip", "ws/base.zip"],
                &["ws/members.infected.zip"],
            ),
            (&["a/members.infected.zip", "a/tables.json"], &["a/members.infected.zip"], &[]),
            (
                &["a/members.json", "a/Services.csv", "a/Processes.csv", "b/Services.csv"],
                &["a", "b"],
                &[],
            ),
            (&["tables.json", "services.csv", "processes.csv", "b.zip"], &["b.zip"], &[]),
        ] {
            let found = Places::find(names.iter().copied());
            assert_eq!(found.packages, packages, "{names:?}");
            assert_eq!(found.passed_over, passed_over, "{names:?}");
        }
    }
}
