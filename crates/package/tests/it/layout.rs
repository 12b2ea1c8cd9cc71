use mde_forensics_package::{Budgets, Kind, Package, Severity, compare, parse_indicators};

use crate::{
    builder::{Zip, deflated, stored},
    check::{codes, verify},
};

#[test]
fn members_that_share_bytes_are_damage() {
    // Two entries for one local header.
    let mut second = stored("a", b"some bytes");
    second.offset = Some(0);
    let inventory = verify(&Zip::of([stored("a", b"some bytes"), second]).build());
    assert!(codes(&inventory).contains(&"overlap"));
    assert!(!inventory.is_whole());

    // A member whose bytes are the next member (D. Fifield, "A better zip bomb").
    let inner = Zip::of([stored("inner", b"x")]).build();
    let inner_entry = &inner[..36];
    let mut quoted = stored("inner", b"x");
    quoted.offset = Some(35);
    quoted.is_unlisted = false;
    quoted.before.clear();
    let outer = stored("outer", inner_entry);
    let mut zip = Zip::of([outer, quoted]);
    zip.entries[1].offset = Some(30 + 5);
    let inventory = verify(&zip.build());
    assert!(codes(&inventory).contains(&"overlap"), "{:?}", codes(&inventory));
}

#[test]
fn a_member_that_reaches_into_the_directory_is_damage() {
    let entry = stored("a", b"abc").with(|header| header.compressed_size += 10);
    let inventory = verify(&Zip::of([entry]).build());
    assert!(codes(&inventory).contains(&"overlap"));
    assert!(
        inventory.findings.iter().any(|finding| finding
            .message
            .ends_with("`a` and the central directory share 10 bytes"))
    );
}

#[test]
fn a_member_that_runs_past_the_end_is_truncated() {
    let length = Zip::of([stored("a", b"abc")]).build().len();
    for size in [length - 31 + 1, 1_000_000] {
        let size = u32::try_from(size).unwrap();
        let entry = stored("a", b"abc").with(|header| {
            (header.size, header.compressed_size) = (size, size);
        });
        let inventory = verify(&Zip::of([entry]).build());
        assert!(codes(&inventory).contains(&"truncated"), "{size}");
        assert!(!inventory.members[0].verdict.is_good());
    }
}

#[test]
fn bytes_of_no_member_are_a_hazard() {
    let mut second = stored("b", b"b");
    second.before = b"hidden".to_vec();
    let inventory = verify(&Zip::of([stored("a", b"a"), second]).build());
    assert_eq!(codes(&inventory), ["data_between_entries"]);
    assert_eq!(inventory.findings[0].offset, Some(32));
    assert_eq!(inventory.findings[0].severity(), Severity::Hazard);
    let zip = Zip { before_directory: vec![0; 9], ..Zip::of([stored("a", b"a")]) };
    assert_eq!(codes(&verify(&zip.build())), ["data_between_entries"]);
}

#[test]
fn a_member_that_is_not_listed_was_not_checked() {
    for position in 0..3 {
        let mut entries = vec![stored("a", b"a"), deflated("b", b"b"), stored("c", b"c")];
        entries[position].is_unlisted = true;
        let inventory = verify(&Zip::of(entries).build());
        assert_eq!(codes(&inventory), ["unlisted_entry"], "{position}");
        assert!(inventory.is_whole() && !inventory.is_verified());
        assert!(inventory.why_not().unwrap().contains("is not in the central directory"));
    }
}

/// What is in a zip and in no list is in no table, and nobody who searches it must think that it was searched.
#[test]
fn members_that_no_list_has_are_told_where_tables_are_searched_and_compared() {
    let entries = || [stored("a", b"a"), deflated("b", b"b"), stored("c", b"c")];
    let mut unlisted = entries().to_vec();
    unlisted[1].is_unlisted = true;
    let unlisted = Zip::of(unlisted).build();
    let whole = Zip::of(entries()).build();
    let mut lost = whole.clone();
    let second = lost.windows(4).rposition(|own| own == b"PK\x01\x02").unwrap();
    lost[second] = b'?';
    let nested = Zip::of([stored("again.zip", &unlisted)]).build();
    for (zip, told) in [
        (&whole, None),
        (&unlisted, Some("is not in the central directory")),
        (&lost, Some("the central directory stops after 2 members")),
        (&nested, Some("is not in the central directory")),
    ] {
        let package = Package::open(zip.clone(), &Budgets::default()).unwrap();
        let other = Package::open(whole.clone(), &Budgets::default()).unwrap();
        let indicators = parse_indicators("no-such-thing.example").unwrap();
        let searched = package.search(&indicators, 9).unwrap().not_searched;
        let compared = compare(&package, &other).unwrap().not_compared;
        let whys: [Vec<_>; 2] = [
            searched.into_iter().map(|own| own.why).collect(),
            compared.into_iter().map(|own| own.why).collect(),
        ];
        for whys in whys {
            let found = whys.iter().filter(|why| why.contains("central directory")).count();
            assert_eq!(found, usize::from(told.is_some()), "{told:?}: {whys:#?}");
            assert!(told.is_none_or(|told| whys.iter().any(|why| why.contains(told))), "{whys:#?}");
        }
    }
    let package = Package::open(whole, &Budgets::default().with_entries(2)).unwrap();
    let told: Vec<_> = package.issues().iter().filter(|issue| issue.hides_rows()).collect();
    assert!(told.iter().any(|own| own.message.contains("only the first 2 of 3")), "{told:#?}");
}

#[test]
fn bytes_before_the_archive_are_told_whether_offsets_count_them() {
    let zip = Zip::of([stored("a", b"a"), stored("b", b"b")]);
    let moved = [b"MZ\x90\0 a program".as_slice(), &zip.build()].concat();
    let inventory = verify(&moved);
    assert_eq!(codes(&inventory), ["prefix_data"]);
    assert_eq!(inventory.base, 14);
    assert!(inventory.findings[0].message.starts_with("a Windows program of 14 bytes"));
    assert!(inventory.is_verified());

    let mut counted = zip.clone();
    counted.entries[0].before = b"#!/bin/sh".to_vec();
    let inventory = verify(&counted.build());
    assert_eq!(codes(&inventory), ["prefix_data"]);
    assert_eq!(inventory.base, 0);

    let moved = [b"prefix".as_slice(), &Zip { is_zip64: true, ..zip }.build()].concat();
    let inventory = verify(&moved);
    assert_eq!(codes(&inventory), ["prefix_data"]);
    assert!(inventory.is_verified());
    let empty = [b"prefix".as_slice(), &Zip::default().build()].concat();
    assert_eq!(codes(&verify(&empty)), ["empty_archive", "prefix_data"]);
}

#[test]
fn every_member_inside_a_larger_one_is_found() {
    let mut entries =
        vec![stored("large", &[0; 300]), stored("first", b"x"), stored("second", b"y")];
    let length = entries[0].body.len();
    let inner = Zip::of(entries[1..].to_vec()).build();
    let headers = &inner[..36 + 37];
    entries[0] = stored("large", &[headers, &vec![0; length]].concat());
    (entries[1].offset, entries[2].offset) = (Some(35), Some(35 + 36));
    let inventory = verify(&Zip::of(entries).build());
    assert_eq!(inventory.counts[&Kind::Overlap], 2);
}
