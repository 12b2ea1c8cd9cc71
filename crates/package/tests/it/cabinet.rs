//! What the blocks of a cabinet decode to.

use mde_forensics_package::{Budgets, FolderFile, Package, Sha256};

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
