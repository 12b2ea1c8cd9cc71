//! The members of a real package, where they are at hand.

use std::{
    collections::BTreeMap,
    fs,
    io::{Cursor, Write as _},
    path::{Path, PathBuf},
};

use mde_forensics_package::Verdict;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::check::{codes, verify};

#[test]
fn a_real_package_is_whole() {
    let Some((zip, files)) = sample(<[u8]>::to_vec) else { return };
    assert!(files.len() > 10, "{} files", files.len());
    let inventory = verify(&zip);
    assert_eq!(codes(&inventory), Vec::<&str>::new());
    assert!(inventory.is_verified());
    for (member, path) in inventory.members.iter().zip(&files) {
        assert_eq!(member.verdict, Verdict::Good);
        assert_eq!(member.actual_size, Some(fs::metadata(path).unwrap().len()));
    }
}

/// A zip of the members, each changed by `change`, and the files that they are; `None`, and a line
/// that says so, where they are not at hand.
#[expect(clippy::disallowed_macros, reason = "a skipped test says so")]
pub(crate) fn sample(change: impl Fn(&[u8]) -> Vec<u8>) -> Option<(Vec<u8>, Vec<PathBuf>)> {
    let root = root();
    if !root.is_dir() {
        eprintln!("SKIPPED: the members of a real package are not at hand");
        return None;
    }
    let files: Vec<_> =
        files(&root).into_iter().filter(|path| !path.ends_with("README.md")).collect();
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for path in &files {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&change(&fs::read(path).unwrap())).unwrap();
    }
    Some((zip.finish().unwrap().into_inner(), files))
}

/// The members of the package by their names.
pub(crate) fn sample_files() -> Option<BTreeMap<String, Vec<u8>>> {
    let (_, files) = sample(<[u8]>::to_vec)?;
    let root = root();
    let name = |path: &Path| path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
    Some(files.iter().map(|path| (name(path), fs::read(path).unwrap())).collect())
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/package")
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}
