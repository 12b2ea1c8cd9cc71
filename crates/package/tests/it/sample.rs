//! The members of a real package, where they are at hand.

use std::{
    fs,
    io::{Cursor, Write as _},
    path::{Path, PathBuf},
};

use mde_forensics_package::Verdict;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::check::{codes, verify};

#[test]
#[expect(clippy::disallowed_macros, reason = "a skipped test says so")]
fn a_real_package_is_whole() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/samples/package");
    if !root.is_dir() {
        eprintln!("SKIPPED: the members of a real package are not at hand");
        return;
    }
    let files = files(&root);
    assert!(files.len() > 10, "{} files", files.len());
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for path in &files {
        let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
        zip.start_file(name, SimpleFileOptions::default()).unwrap();
        zip.write_all(&fs::read(path).unwrap()).unwrap();
    }
    let inventory = verify(&zip.finish().unwrap().into_inner());
    assert_eq!(codes(&inventory), Vec::<&str>::new());
    assert!(inventory.is_verified());
    for (member, path) in inventory.members.iter().zip(&files) {
        assert_eq!(member.verdict, Verdict::Good);
        assert_eq!(member.actual_size, Some(fs::metadata(path).unwrap().len()));
    }
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
