use mde_forensics_package::{Budgets, Digests, Error, Inventory};

use crate::{
    builder::{Zip, deflated, end, stored},
    check::{codes, verify},
};

fn two() -> Zip {
    Zip::of([stored("a", b"some bytes"), deflated("b", b"more bytes")])
}

fn error(package: &[u8]) -> Error {
    Inventory::verify(&package, &Budgets::default(), Digests::None, |_| ()).unwrap_err()
}

#[test]
fn what_is_no_zip_is_refused_with_its_first_bytes() {
    for package in [b"".as_slice(), b"<?xml version=\"1.0\"?><Error>", &[0; 100]] {
        assert_eq!(error(package).code(), "not_a_zip");
    }
    assert_eq!(
        error(b"<Error>\x1b[2J").to_string(),
        "these 11 bytes are no zip archive, they begin with `<Error>\\u{1b}[2J`: check what was \
         downloaded, and download it again"
    );
}

#[test]
fn an_archive_cut_anywhere_is_never_whole() {
    let package = two().build();
    for length in 4..package.len() {
        assert_eq!(error(&package[..length]).code(), "truncated", "{length}");
    }
}

#[test]
fn a_cut_archive_with_another_inside_is_not_taken_for_that() {
    let mut package = Zip::of([stored("inner.zip", &two().build()), stored("z", b"z")]).build();
    package.truncate(package.len() - 30);
    let inventory = verify(&package);
    assert!(codes(&inventory).contains(&"truncated"));
    assert!(!inventory.is_whole());
}

#[test]
fn bytes_lost_before_the_directory_are_damage() {
    let mut package = two().build();
    package.drain(35..45);
    assert!(codes(&verify(&package)).contains(&"truncated"));
}

#[test]
fn an_archive_without_members_is_damage() {
    let inventory = verify(&Zip::default().build());
    assert_eq!(codes(&inventory), ["empty_archive"]);
    assert!(!inventory.is_whole());
}

#[test]
fn comments_and_trailing_bytes_are_told() {
    let zip = Zip { comment: b"a comment".to_vec(), ..two() };
    assert_eq!(codes(&verify(&zip.build())), ["comment"]);
    for length in [1, 70_000, 1_000_000] {
        let zip = Zip { trailing: vec![0; length], ..zip.clone() };
        let inventory = verify(&zip.build());
        assert_eq!(codes(&inventory), ["comment", "trailing_data"]);
        assert!(inventory.is_verified());
    }
    let mut cut = zip.build();
    cut.pop();
    assert_eq!(codes(&verify(&cut)), ["truncated"]);
}

#[test]
fn two_end_records_are_ambiguous() {
    let honest = two().build();
    let decoy = Zip::of([stored("decoy", b"x")]).build();
    let zip = Zip { comment: decoy, ..two() };
    let inventory = verify(&zip.build());
    assert!(codes(&inventory).contains(&"ambiguous_end"));
    assert_eq!(inventory.members[0].name, "decoy");
    // A signature in a comment that cannot be an end record is none.
    let zip = Zip { comment: honest[honest.len() - 22..][..12].to_vec(), ..two() };
    assert_eq!(codes(&verify(&zip.build())), ["comment"]);
}

#[test]
fn the_end_record_of_an_archive_inside_is_not_ambiguous() {
    let inventory = verify(&Zip::of([stored("inner.zip", &two().build())]).build());
    assert_eq!(codes(&inventory), ["nested_archive"]);
}

#[test]
fn two_directories_are_ambiguous() {
    // The decoy's directory is where the size says, the honest one where the offset says.
    let honest = two().build();
    let directory = &honest[honest.len() - 22 - 94..honest.len() - 22];
    let mut package = honest[..honest.len() - 22].to_vec();
    let offset = package.len() - directory.len();
    package.extend(directory);
    package.extend(end(2, 94, offset as u64, b"", false));
    assert!(codes(&verify(&package)).contains(&"ambiguous_end"));
}

#[test]
fn a_wrong_count_is_damage() {
    for count in [1, 3] {
        let mut package = two().build();
        let at = package.len() - 22 + 8;
        (package[at], package[at + 2]) = (count, count);
        assert_eq!(codes(&verify(&package)), ["entry_count_mismatch"]);
    }
}

#[test]
fn parts_of_several_disks_are_damage() {
    for at in [4, 6, 8] {
        let mut package = two().build();
        let at = package.len() - 22 + at;
        package[at] ^= 1;
        assert_eq!(codes(&verify(&package)), ["multi_disk"]);
    }
}

#[test]
fn a_directory_that_stops_early_or_is_missing_is_damage() {
    let package = two().build();
    let directory = package.len() - 22 - 94;
    let mut second = package.clone();
    second[directory + 47] ^= 1;
    let inventory = verify(&second);
    assert!(codes(&inventory).contains(&"directory_damaged"));
    assert_eq!(inventory.members.len(), 1);
    let mut first = package;
    first[directory] ^= 1;
    let inventory = verify(&first);
    assert!(codes(&inventory).contains(&"directory_damaged"));
    assert_eq!(inventory.members.len(), 0);
}

#[test]
fn zip64_end_records_are_read() {
    let inventory = verify(&Zip { is_zip64: true, ..two() }.build());
    assert_eq!(codes(&inventory), Vec::<&str>::new());
    assert!(inventory.is_zip64 && inventory.is_verified());
}

#[test]
fn zip64_end_records_that_contradict_are_damage() {
    let package = Zip { is_zip64: true, ..two() }.build();
    let (record, locator) = (package.len() - 22 - 20 - 56, package.len() - 22 - 20);
    for at in [record, record + 4, package.len() - 22 + 12] {
        let mut package = package.clone();
        package[at] ^= 1;
        assert!(codes(&verify(&package)).contains(&"zip64_mismatch"), "{at}");
    }
    for at in [record + 16, record + 24, locator + 16] {
        let mut package = package.clone();
        package[at] ^= 2;
        assert!(codes(&verify(&package)).contains(&"multi_disk"), "{at}");
    }
    let mut lost = package.clone();
    lost.drain(record..locator + 20);
    assert!(codes(&verify(&lost)).contains(&"zip64_mismatch"));
}

#[test]
fn a_zip64_record_behind_its_locator_is_none() {
    let honest = Zip { is_zip64: true, ..two() }.build();
    let record = honest.len() - 22 - 20 - 56;
    let mut package = [&honest[..record], &honest[record + 56..]].concat();
    let comment = package.len();
    package.extend(&honest[record..record + 56]);
    package[comment - 2] = 56;
    package[comment - 22 - 20 + 8..][..8].copy_from_slice(&(comment as u64).to_le_bytes());
    let inventory = verify(&package);
    let messages = inventory.findings.iter().map(|finding| finding.message.as_str());
    assert!(
        messages
            .collect::<Vec<_>>()
            .contains(&"there is no zip64 end record where its locator says")
    );
}
