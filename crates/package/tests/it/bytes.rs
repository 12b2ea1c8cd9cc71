use std::io::Read as _;

use mde_forensics_package::{Budgets, Digests, Inventory, Kind, Package, Verdict};

use crate::{
    builder::{Entry, Zip, deflated, stored},
    check::{codes, verify},
    rows::texts,
};

/// The member's verdict, and the only finding.
fn verdict(entry: Entry) -> (Verdict, Vec<&'static str>) {
    let inventory = verify(&Zip::of([entry]).build());
    assert_eq!(inventory.members[0].verdict.is_good(), inventory.is_verified());
    (inventory.members[0].verdict, codes(&inventory))
}

#[test]
fn good_members_are_summed() {
    let package = Zip::of([
        stored("folder/", b""),
        stored("stored.txt", b"abc"),
        deflated("deflated.txt", b"abc"),
        deflated("empty.txt", b""),
    ])
    .build();
    let inventory = verify(&package);
    assert!(inventory.is_verified());
    let verdicts: Vec<_> = inventory.members.iter().map(|member| member.verdict).collect();
    assert_eq!(verdicts, [Verdict::Directory, Verdict::Good, Verdict::Good, Verdict::Good]);
    // FIPS 180-2, appendix B.1.
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    for member in &inventory.members[1..3] {
        assert_eq!(member.sha256.unwrap().to_string(), abc);
        assert_eq!((member.actual_size, member.actual_crc32), (Some(3), Some(0x3524_41c2)));
        assert_eq!(serde_json::to_value(member).unwrap()["sha256"], abc);
    }
    assert_eq!(inventory.members[1].modified.to_string(), "2025-08-07T13:01:50");
    let unhashed = Inventory::verify(&package, &Budgets::default(), Digests::None, |_| ()).unwrap();
    assert!(unhashed.is_verified() && unhashed.members.iter().all(|one| one.sha256.is_none()));
    let read = Inventory::read(&package, &Budgets::default()).unwrap();
    assert!(read.is_whole() && !read.is_verified());
}

#[test]
fn a_folder_may_end_in_a_backslash_but_a_file_may_too() {
    assert_eq!(verdict(stored("a\\", b"")), (Verdict::Directory, vec!["backslash_name"]));
    assert_eq!(verdict(stored("a\\", b"x")), (Verdict::Good, vec!["backslash_name"]));
}

#[test]
fn a_name_that_ends_in_a_slash_hides_no_bytes() {
    let evil = b"what nobody looks for".repeat(50_000);
    let names = ["Autoruns/evil.exe/", "Network Connections/Arp.txt/", "empty/"];
    let inner = Zip::of([deflated("inner.exe/", &evil)]).build();
    let zip = Zip::of([
        deflated(names[0], &evil),
        stored(names[1], b"  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n"),
        stored(names[2], b""),
        stored("more.zip", &inner),
    ])
    .build();
    let package = Package::open(zip, &Budgets::default()).unwrap();
    assert!(package.inventory().findings.iter().any(|it| it.kind == Kind::DirectoryWithData));
    let table = package.table("members").unwrap();
    let members: Vec<_> = texts(&table, "member").into_iter().flatten().collect();
    assert_eq!(members, [names[0], names[1], "more.zip", "more.zip!inner.exe/"]);
    assert!(texts(&table, "sha256").iter().all(Option::is_some));
    assert_eq!(package.table("arp").unwrap().rows(), 1);
    let mut read = Vec::new();
    let place = package.locate(names[0]).unwrap();
    package
        .extract(place, &mut |part| {
            read.extend_from_slice(part);
            Ok(())
        })
        .unwrap();
    assert_eq!(read, evil);
}

#[test]
fn a_wrong_crc_is_damage() {
    let entry = deflated("a", b"abc").with(|header| header.crc32 ^= 1);
    assert_eq!(verdict(entry), (Verdict::CrcMismatch, vec!["crc_mismatch"]));
    let mut entry = stored("a", b"abc");
    entry.body[0] ^= 1;
    assert_eq!(verdict(entry), (Verdict::CrcMismatch, vec!["crc_mismatch"]));
}

#[test]
fn a_wrong_size_is_damage_and_the_true_one_is_told() {
    for size in [2, 4, 1 << 30] {
        let entry = deflated("a", b"abc").with(|header| header.size = size);
        assert_eq!(verdict(entry.clone()), (Verdict::SizeMismatch, vec!["size_mismatch"]));
        assert_eq!(verify(&Zip::of([entry]).build()).members[0].actual_size, Some(3));
    }
    let mut entry = deflated("a", b"abc");
    entry.body.extend(b"left");
    let entry = entry.with(|header| header.compressed_size += 4);
    assert_eq!(verdict(entry), (Verdict::SizeMismatch, vec!["size_mismatch"]));
}

#[test]
fn a_stream_that_stops_or_is_none_is_damage() {
    let mut entry = deflated("a", &(0..=255).collect::<Vec<u8>>());
    entry.body.truncate(20);
    let entry = entry.with(|header| header.compressed_size = 20);
    assert_eq!(verdict(entry), (Verdict::Truncated, vec!["truncated"]));
    let mut entry = deflated("a", b"abc");
    entry.body[0] |= 0b110;
    assert_eq!(verdict(entry), (Verdict::BadData, vec!["bad_data"]));
    let entry = stored("a", b"").with(|header| header.method = 8);
    assert_eq!(verdict(entry), (Verdict::Truncated, vec!["truncated"]));
}

#[test]
fn what_cannot_be_read_is_no_damage() {
    for flag in [0, 6, 13] {
        let entry = stored("a", b"abc").with(|header| header.flags |= 1 << flag);
        assert_eq!(verdict(entry), (Verdict::Encrypted, vec!["encrypted"]));
    }
    let entry = stored("a", b"abc").with(|header| header.method = 9);
    let package = Zip::of([entry]).build();
    let inventory = verify(&package);
    assert_eq!(inventory.members[0].verdict, Verdict::Unsupported(9));
    assert!(inventory.is_whole() && !inventory.is_verified());
    assert_eq!(inventory.unread().next().unwrap().code(), "unsupported_method");
}

#[test]
fn archives_inside_are_known_by_their_first_bytes() {
    for (magic, format) in [
        (b"PK\x03\x04....".as_slice(), "a zip"),
        (b"MSCF\0\0\0\0", "a cab"),
        (b"7z\xbc\xaf\x27\x1c..", "a 7z"),
        (b"Rar!\x1a\x07\x01\0", "a rar"),
    ] {
        let inventory = verify(&Zip::of([deflated("a", magic)]).build());
        assert_eq!(codes(&inventory), ["nested_archive"]);
        assert!(inventory.findings[0].message.contains(format));
        assert!(inventory.is_verified());
    }
    assert_eq!(codes(&verify(&Zip::of([deflated("a", b"MSCF is")]).build())), Vec::<&str>::new());
}

#[test]
fn a_reader_gives_the_bytes_and_no_end_to_damaged_ones() {
    let data: Vec<u8> = (0..300_000_u32).flat_map(u32::to_le_bytes).collect();
    let mut damaged = stored("damaged", &data);
    damaged.body[999_999] ^= 1;
    let package = Zip::of([
        deflated("deflated", &data),
        damaged,
        stored("locked", b"").with(|header| header.flags |= 1),
        stored("odd", b"").with(|header| header.method = 93),
    ])
    .build();
    let budgets = Budgets::default();
    let inventory = Inventory::read(&package, &budgets).unwrap();
    let [good, damaged, locked, odd] = inventory.members.as_slice() else { panic!("four members") };

    assert_eq!(inventory.bytes(&package, good, &budgets).unwrap(), data);
    let mut streamed = Vec::new();
    let mut reader = inventory.reader(&package, good, &budgets).unwrap();
    reader.read_to_end(&mut streamed).unwrap();
    assert_eq!(streamed, data);
    assert_eq!(reader.read(&mut [0]).unwrap(), 0);

    let error = inventory.bytes(&package, damaged, &budgets).unwrap_err();
    assert_eq!(error.code(), "unreadable");
    assert_eq!(
        error.to_string(),
        "member `damaged` cannot be read: its CRC-32 is not the declared one"
    );
    let mut reader = inventory.reader(&package, damaged, &budgets).unwrap();
    let error = reader.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::InvalidData);

    let error = inventory.bytes(&package, good, &budgets.with_held_bytes(99_999)).unwrap_err();
    assert_eq!(error.code(), "over_budget");
    assert_eq!(inventory.reader(&package, locked, &budgets).unwrap_err().code(), "unreadable");
    assert_eq!(inventory.reader(&package, odd, &budgets).unwrap_err().code(), "unreadable");
}

#[test]
fn progress_rises_to_the_length_of_the_package() {
    let members = ["a", "b"].map(|name| stored(name, &vec![7; 1_000_000]));
    let package = Zip::of(members).build();
    let mut seen = Vec::new();
    Inventory::verify(&package, &Budgets::default(), Digests::None, |bytes| seen.push(bytes))
        .unwrap();
    assert!(seen.len() > 8 && seen.is_sorted(), "{seen:?}");
    assert_eq!(seen.last(), Some(&(package.len() as u64)));
}

#[test]
fn progress_rises_where_the_directory_lists_members_in_another_order() {
    let [mut first, mut second] = ["a", "b"].map(|name| stored(name, &vec![7; 1_000_000]));
    std::mem::swap(&mut first.central, &mut second.central);
    (first.offset, second.offset) = (Some(1_000_031), Some(0));
    let package = Zip::of([first, second]).build();
    let mut seen = Vec::new();
    let inventory =
        Inventory::verify(&package, &Budgets::default(), Digests::None, |bytes| seen.push(bytes))
            .unwrap();
    assert!(inventory.is_verified() && seen.is_sorted(), "{seen:?}");
    assert_eq!(inventory.members[0].name, "b");
}
