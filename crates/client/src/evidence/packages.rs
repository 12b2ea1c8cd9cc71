//! Which packages a path stands for.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};

use mde_forensics_package::package_roots;

use super::{DEEPEST, OpenError, unreadable};

/// The packages that a path stands for.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Packages {
    /// The file or folder of each, in order; never none.
    pub paths: Vec<PathBuf>,
    /// What lies beside them and was not looked into: links, and folders that lie too deep.
    pub left_out: Vec<PathBuf>,
}

/// Finds the packages at a path: itself, or, where it is a folder with several below it, every zip and every folder
/// that one was extracted to.
///
/// A folder that has one zip and is no package itself stands for that zip, and one in which nothing is known to be of
/// a package for itself. What `tables` and `extract` wrote is passed over. Fails if a folder cannot be read.
pub fn packages(path: &Path) -> Result<Packages, OpenError> {
    if !fs::metadata(path).map_err(|error| unreadable(path, error))?.is_dir() {
        return Ok(Packages { paths: vec![path.to_owned()], left_out: Vec::new() });
    }
    let Seen { names, zips, left_out } = look(path)?;
    let roots = package_roots(names.iter().map(String::as_str));
    let folders: Vec<_> = roots.iter().map(|root| path.join(root)).collect();
    // A zip in a package is a member of it.
    let is_member = |zip: &PathBuf| folders.iter().any(|folder| zip.starts_with(folder));
    let zips: Vec<_> = zips.into_iter().filter(|zip| !is_member(zip)).collect();
    let mut paths = match (folders.as_slice(), zips.is_empty()) {
        // What lies beside a single package in its folder is seen when that is opened.
        ([] | [_], true) => {
            return Ok(Packages { paths: vec![path.to_owned()], ..Packages::default() });
        }
        _ => folders,
    };
    paths.extend(zips);
    paths.sort();
    Ok(Packages { paths, left_out })
}

/// What tells packages in a tree of folders.
#[derive(Default)]
struct Seen {
    /// The files below it, with slashes.
    names: Vec<String>,
    zips: Vec<PathBuf>,
    left_out: Vec<PathBuf>,
}

fn look(root: &Path) -> Result<Seen, OpenError> {
    let mut seen = Seen::default();
    let mut folders = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        if OURS.iter().any(|name| folder.join(name).is_file()) {
            continue;
        }
        for entry in fs::read_dir(&folder).map_err(|error| unreadable(&folder, error))? {
            let entry = entry.map_err(|error| unreadable(&folder, error))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| unreadable(&path, error))?;
            let is_zip =
                path.extension().is_some_and(|end| end.eq_ignore_ascii_case(OsStr::new("zip")));
            // A link beside packages is the examiner's own; below them it may be anybody's.
            let is_file = kind.is_file() || (kind.is_symlink() && depth == 0 && path.is_file());
            match (is_file, kind.is_dir()) {
                (true, _) if is_zip => seen.zips.push(path),
                (true, _) => {
                    let below = path.strip_prefix(root).unwrap_or(&path);
                    seen.names.push(below.to_string_lossy().replace('\\', "/"));
                }
                (false, true) if depth < DEEPEST => folders.push((path, depth + 1)),
                (false, _) => seen.left_out.push(path),
            }
        }
    }
    seen.left_out.sort();
    Ok(seen)
}

/// What `tables` and `extract` leave in a folder of theirs.
const OURS: &[&str] = &["members.json", "tables.json"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn packages_are_found_in_a_tree() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let write = |name: &str| {
            fs::create_dir_all(at(name).parent().unwrap()).unwrap();
            fs::write(at(name), "x").unwrap();
        };
        let found = |name: &str| packages(&at(name)).unwrap().paths;
        for name in ["one/ws-1.zip", "one/ws-1.zip.manifest.json", "one/tables/processes.csv"] {
            write(name);
        }
        write("one/tables/tables.json");
        assert_eq!(found("one"), [at("one/ws-1.zip")]);
        assert_eq!(found("one/ws-1.zip"), [at("one/ws-1.zip")]);
        for name in ["Processes/Processes.csv", "Services/Services.csv", "Temp/x.zip"] {
            write(&format!("two/a/{name}"));
        }
        assert_eq!(found("two"), [at("two")], "a wrapped package is one");
        write("two/b/Processes/Processes.csv");
        write("two/c/deep/ws-2.ZIP");
        assert_eq!(found("two"), [at("two/a"), at("two/b"), at("two/c/deep/ws-2.ZIP")]);
        write("other/notes.txt");
        assert_eq!(found("other"), [at("other")]);
    }
}
