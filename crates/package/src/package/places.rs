use std::collections::BTreeSet;

use super::roots::{in_words, package_roots};
use crate::{Error, export::RECORD};

/// Which packages lie below a folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Places {
    /// The zip or folder of each, with slashes and in order; `""` alone where the folder is one itself, or has nothing
    /// that is known to be of a package.
    pub packages: Vec<String>,
    /// What `tables` and `extract` wrote there earlier, which is no evidence: folders, and zips with a password.
    pub passed_over: Vec<String>,
}

impl Places {
    /// Finds packages by the names of the files below a folder, which have slashes: every zip, and every folder that one
    /// was extracted to. A folder that has one zip and is no package itself stands for that zip; a zip in a package is a
    /// member of it.
    pub fn find<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let names: Vec<_> = names.into_iter().collect();
        let passed_over = written_by_us(&names);
        let is_left =
            |name: &&str| !passed_over.contains(name) && !passed_over.contains(above(name));
        let (zips, files): (Vec<_>, Vec<_>) =
            names.into_iter().filter(is_left).partition(|name| is_zip(name));
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

    /// The only package.
    ///
    /// Fails with [`Error::SeveralPackages`].
    pub fn one(&self) -> Result<&str, Error> {
        match self.packages.as_slice() {
            [one] => Ok(one),
            several => {
                Err(Error::SeveralPackages { count: several.len(), places: in_words(several) })
            }
        }
    }
}

/// Folders that `tables` or `extract` filled, and the zips of `extract`, told by the list that these leave. They make
/// no folders, so that a list in an extracted package does not hide that package.
fn written_by_us<'a>(names: &[&'a str]) -> BTreeSet<&'a str> {
    let with_folders: BTreeSet<_> =
        names.iter().flat_map(|name| folders_of(name).skip(1)).collect();
    let lists = names.iter().copied().filter(|name| LISTS.contains(&file_of(name)));
    let (upper, flat): (BTreeSet<_>, BTreeSet<_>) =
        lists.map(above).partition(|folder| folder.is_empty() || with_folders.contains(folder));
    let is_packed = |name: &&str| file_of(name) == INFECTED && upper.contains(above(name));
    let packed: Vec<_> = names.iter().copied().filter(is_packed).collect();
    flat.into_iter().chain(packed).collect()
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

/// What `tables` and `extract` leave in a folder of theirs.
const LISTS: &[&str] = &["members.json", RECORD];
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
        ] {
            let found = Places::find(names.iter().copied());
            assert_eq!(found.packages, packages, "{names:?}");
            assert_eq!(found.passed_over, passed_over, "{names:?}");
        }
    }
}
