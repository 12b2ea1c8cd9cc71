//! Finds the packages at a path.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use mde_forensics_package::Places;

use super::{DEEPEST, OpenError, unreadable};

/// The packages at a path.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Packages {
    /// The file or folder of each package, in order; never empty.
    pub paths: Vec<PathBuf>,
    /// Entries beside them that were not searched: links, and folders that are too deep.
    pub left_out: Vec<PathBuf>,
    /// Earlier output of `tables` and `extract`, which is not evidence.
    pub passed_over: Vec<PathBuf>,
}

/// Finds the packages at a path: the path itself or, if it is a folder with several packages below
/// it, every zip and every extracted folder.
///
/// A folder with exactly one zip stands for that zip; a folder with no recognisable package stands
/// for itself. Fails if a folder cannot be read.
pub fn packages(path: &Path) -> Result<Packages, OpenError> {
    let kind = fs::metadata(path).map_err(|error| unreadable(path, error))?;
    let Seen { files, left_out } = if kind.is_dir() { look(path)? } else { Seen::default() };
    let places = Places::find(files.keys().map(String::as_str));
    Ok(match places.packages.as_slice() {
        [one] if one.is_empty() => Packages { paths: vec![path.to_owned()], ..Packages::default() },
        several => Packages {
            paths: several.iter().map(|name| at(path, name, &files)).collect(),
            left_out,
            passed_over: places.passed_over.iter().map(|name| at(path, name, &files)).collect(),
        },
    })
}

/// The only package in a folder, which may be the folder itself.
///
/// Fails as [`packages`] does, and if there are several.
pub(super) fn one(folder: &Path) -> Result<PathBuf, OpenError> {
    let Seen { files, .. } = look(folder)?;
    let places = Places::find(files.keys().map(String::as_str));
    Ok(at(folder, places.one()?, &files))
}

/// Joins a name to a folder; a file keeps its original path, since a name need not be Unicode.
fn at(folder: &Path, name: &str, files: &BTreeMap<String, PathBuf>) -> PathBuf {
    let file = files.get(name).cloned();
    file.unwrap_or_else(|| if name.is_empty() { folder.to_owned() } else { folder.join(name) })
}

/// The files found in a folder tree.
#[derive(Default)]
struct Seen {
    /// The files, by their slash-separated names below the root.
    files: BTreeMap<String, PathBuf>,
    left_out: Vec<PathBuf>,
}

fn look(root: &Path) -> Result<Seen, OpenError> {
    let mut seen = Seen::default();
    let mut folders = vec![(root.to_owned(), 0)];
    while let Some((folder, depth)) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(|error| unreadable(&folder, error))? {
            let entry = entry.map_err(|error| unreadable(&folder, error))?;
            let path = entry.path();
            let kind = entry.file_type().map_err(|error| unreadable(&path, error))?;
            // A link at the top level is the examiner's own; deeper ones could be anyone's.
            let is_file = kind.is_file() || (kind.is_symlink() && depth == 0 && path.is_file());
            if is_file {
                let below = path.strip_prefix(root).unwrap_or(&path);
                seen.files.insert(below.to_string_lossy().replace('\\', "/"), path);
            } else if kind.is_dir() && depth < DEEPEST {
                folders.push((path, depth + 1));
            } else {
                seen.left_out.push(path);
            }
        }
    }
    seen.left_out.sort();
    Ok(seen)
}

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
