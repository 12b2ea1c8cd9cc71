//! What the blocks of a cabinet decode to.

use mde_forensics_package::{Budgets, FolderFile, Package, Sha256, parse_indicators};

use crate::rows::texts;

/// A cabinet of these files, as many bytes of each, in these blocks, compressed as MSZIP: what each inflates to, and what
/// is stored.
fn ms_zip(files: &[(&str, u32)], blocks: &[(usize, Vec<u8>)]) -> Vec<u8> {
    let (mut entries, mut offset) = (Vec::new(), 0_u32);
    for (name, size) in files {
        entries.extend(size.to_le_bytes());
        entries.extend(offset.to_le_bytes());
        entries.extend([0; 6]);
        entries.extend(0x20_u16.to_le_bytes());
        entries.extend(name.as_bytes());
        entries.push(0);
        offset += size;
    }
    let mut out = b"MSCF".to_vec();
    out.extend([0; 12]);
    out.extend(44_u32.to_le_bytes());
    out.extend([0, 0, 0, 0, 3, 1, 1, 0]);
    out.extend(u16::try_from(files.len()).unwrap().to_le_bytes());
    out.extend([0; 6]);
    out.extend(u32::try_from(44 + entries.len()).unwrap().to_le_bytes());
    out.extend(u16::try_from(blocks.len()).unwrap().to_le_bytes());
    out.extend(1_u16.to_le_bytes());
    out.extend(entries);
    for (size, data) in blocks {
        out.extend([0; 4]);
        out.extend(u16::try_from(data.len() + 2).unwrap().to_le_bytes());
        out.extend(u16::try_from(*size).unwrap().to_le_bytes());
        out.extend(b"CK");
        out.extend(data);
    }
    out
}

/// A block of deflate that holds its bytes as they are.
fn as_it_is(bytes: &[u8]) -> Vec<u8> {
    let size = u16::try_from(bytes.len()).unwrap();
    [&[1][..], &size.to_le_bytes(), &(!size).to_le_bytes(), bytes].concat()
}

/// A block of deflate that is ten bytes of 32 KiB before, in the codes of RFC 1951 3.2.6.
fn ten_from_far() -> Vec<u8> {
    // The last block, of fixed codes; length 10; distance 24,577 and 13 bits more; the end.
    let bits = ["1", "10", "0001000", "11101", "1111111111111", "0000000"].concat();
    let bits: Vec<_> = bits.bytes().map(|bit| bit - b'0').collect();
    bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |all, bit| all << 1 | bit)).collect()
}

#[test]
fn a_block_may_refer_to_all_of_the_one_before() {
    let mut plain: Vec<u8> =
        (0..).flat_map(|line| format!("{line:010} line\n").into_bytes()).take(0x8000).collect();
    let first = as_it_is(&plain);
    plain.extend_from_within(..10);
    let cabinet = ms_zip(&[("MPLog-1.log", 0x8000 + 10)], &[(0x8000, first), (10, ten_from_far())]);
    let files = vec![FolderFile::new("MPSupportFiles.cab", cabinet)];
    let package = Package::open_folder(files, &Budgets::default()).unwrap();
    let damaged = package.issues().iter().find(|issue| issue.kind.code() == "damaged_member");
    assert_eq!(damaged, None);
    let sums = texts(&package.table("members").unwrap(), "sha256");
    assert_eq!(sums[1], Some(Sha256::of(plain.as_slice()).unwrap().to_string()));
    let rows = texts(&package.table("defender_log").unwrap(), "text");
    assert!(rows.last().unwrap().as_ref().unwrap().ends_with("0000000000"), "{:?}", rows.last());
}

#[test]
fn files_of_a_cabinet_that_are_not_listed_are_told() {
    let blocks = [(2, as_it_is(b"xy"))];
    let cabinet = ms_zip(&[("MPLog-1.log", 1), ("MPLog-2.log", 1)], &blocks);
    for (room, told) in [(3, vec![]), (2, vec!["over_budget"])] {
        let files = vec![FolderFile::new("MPSupportFiles.cab", cabinet.clone())];
        let budgets = Budgets::default().with_entries(room);
        let package = Package::open_folder(files, &budgets).unwrap();
        let issues = package.issues().iter().filter(|issue| issue.member.is_some());
        assert_eq!(issues.map(|issue| issue.kind.code()).collect::<Vec<_>>(), told);
    }
}

#[test]
fn files_of_a_folder_that_are_not_hashed_are_told() {
    let files = vec![FolderFile::new("Arp.txt", vec![b' '; 99])];
    let budgets = Budgets::default().with_total_bytes(10);
    let package = Package::open_folder(files, &budgets).unwrap();
    let told =
        package.issues().iter().any(|issue| issue.message.contains("1 files are not hashed"));
    assert!(told, "{:?}", package.issues());
}

/// A package with a cabinet alone.
fn open(cabinet: Vec<u8>, budgets: &Budgets) -> Package<Vec<u8>> {
    Package::open_folder(vec![FolderFile::new("MPSupportFiles.cab", cabinet)], budgets).unwrap()
}

/// What a file of a cabinet that is not whole is called in the table of members, and that it is told wherever its text
/// is asked for.
fn verdicts_of_damaged(package: &Package<Vec<u8>>) -> Vec<String> {
    let log = package.table("defender_log").unwrap();
    let told = log.issues.iter().filter(|issue| issue.kind.code() == "damaged_member");
    assert!(log.is_partial && told.count() > 0, "{:#?}", log.issues);
    let indicators = parse_indicators("no-such-thing.example").unwrap();
    let search = package.search(&indicators, 9).unwrap();
    let is_log = |member: &Option<String>| member.as_ref().is_some_and(|own| own.contains('!'));
    assert!(search.not_searched.iter().any(|own| is_log(&own.member)), "{search:#?}");
    assert!(package.extracts().all(|own| !own.member.contains('!')));
    let verdicts = texts(&package.table("members").unwrap(), "verdict");
    verdicts.into_iter().skip(1).flatten().collect()
}

#[test]
fn a_file_that_a_cabinet_has_in_part_makes_its_table_partial() {
    let line = |count: usize| b"2025-08-07T12:01:50Z one line\n".repeat(count);
    let (first, second) = (line(100), line(10));
    let size = u32::try_from(first.len() + second.len()).unwrap();
    let good = as_it_is(&second);
    let bad = vec![0xff; 9];
    let files = [("MPLog-1.log", size)];
    let of = |second_block: Vec<u8>| {
        ms_zip(&files, &[(first.len(), as_it_is(&first)), (second.len(), second_block)])
    };
    let whole = open(of(good.clone()), &Budgets::default());
    let log = whole.table("defender_log").unwrap();
    assert!(!log.is_partial && log.rows() == 110 && log.issues.is_empty());

    let damaged = open(of(bad), &Budgets::default());
    assert_eq!(damaged.table("defender_log").unwrap().rows(), 100);
    assert_eq!(verdicts_of_damaged(&damaged), ["bad_data"]);

    let mut cut = of(good.clone());
    cut.truncate(cut.len() - 5);
    assert_eq!(verdicts_of_damaged(&open(cut, &Budgets::default())), ["truncated"]);

    let short = Budgets::default().with_held_bytes(of(good.clone()).len() as u64 + 3_100);
    assert_eq!(verdicts_of_damaged(&open(of(good), &short)), ["over_budget"]);
}

#[test]
fn a_file_whose_block_has_another_checksum_is_not_good() {
    let blocks = [(2, as_it_is(b"x\n")), (2, as_it_is(b"y\n"))];
    let mut cabinet = ms_zip(&[("MPLog-1.log", 2), ("MPLog-2.log", 2)], &blocks);
    // Of the last block; where there is none it is zero.
    let at = cabinet.len() - 9 - 8;
    assert_eq!(cabinet[at + 8..at + 10], *b"CK");
    cabinet[at..at + 4].copy_from_slice(b"none");
    let package = open(cabinet, &Budgets::default());
    assert_eq!(package.table("defender_log").unwrap().rows(), 2, "what there is stays");
    let log = package.table("defender_log").unwrap();
    assert!(log.is_partial);
    let verdicts = texts(&package.table("members").unwrap(), "verdict");
    assert_eq!(verdicts[1..], ["good", "crc_mismatch"].map(|own| Some(own.to_owned())));
    let extracts: Vec<_> = package.extracts().map(|own| own.member).collect();
    assert_eq!(extracts, ["MPSupportFiles.cab", "MPSupportFiles.cab!MPLog-1.log"]);
}
