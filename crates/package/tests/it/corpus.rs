//! The corpus of the fuzz targets, played through each target's function.

use std::{fs, path::Path};

use targets::TARGETS;

#[expect(unreachable_pub, reason = "it is public for the fuzz targets")]
#[path = "../../../fuzz/src/targets.rs"]
mod targets;

/// Inputs that a target keeps; it is for what each has found, not for all that it tried.
const MOST_BYTES: u64 = 500_000;

#[test]
fn every_target_survives_its_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let mut total = 0;
    for (target, _) in TARGETS {
        let mut inputs = 0;
        for entry in fs::read_dir(corpus.join(target)).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            targets::run(target, &bytes);
            // Cut short and with a byte turned, they are inputs that no corpus has.
            targets::run(target, &bytes[..bytes.len() / 2]);
            let mut turned = bytes.clone();
            if let Some(byte) = turned.get_mut(bytes.len() / 3) {
                *byte ^= 0xff;
            }
            targets::run(target, &turned);
            total += bytes.len() as u64;
            inputs += 1;
        }
        assert!(inputs > 0, "{target} has no corpus");
    }
    assert!(total < MOST_BYTES, "the corpus has {total} bytes");
}

#[test]
fn every_corpus_and_every_binary_has_its_target() {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz");
    let manifest = fs::read_to_string(fuzz.join("Cargo.toml")).unwrap();
    let binaries: Vec<_> = manifest
        .split("[[bin]]\nname = \"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap())
        .collect();
    let names: Vec<_> = TARGETS.iter().map(|(name, _)| *name).collect();
    assert_eq!(binaries, names);
    let mut folders: Vec<_> = fs::read_dir(fuzz.join("corpus"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    folders.sort();
    let mut names = names;
    names.sort_unstable();
    assert_eq!(folders, names);
}
