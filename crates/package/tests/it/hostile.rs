//! Mutated archives: a value or a typed error, never a panic, never over budget, never silently other.

use mde_forensics_package::{Budgets, Digests, Error, Inventory, Sha256};
use proptest::{collection::vec, prelude::*, sample::Index};

use crate::builder::{Zip, deflated, stored};

/// Archives of every shape that a writer gives them.
fn archives() -> Vec<Vec<u8>> {
    let members = || {
        vec![
            stored("folder/", b""),
            stored("folder/stored.txt", b"some bytes that are stored"),
            deflated("deflated.txt", &b"some text, some text. ".repeat(20)),
            deflated("later.txt", &b"told later, ".repeat(9)).with_descriptor(true, false),
            deflated("empty", b"").with_descriptor(false, true),
        ]
    };
    let plain = Zip::of(members());
    vec![
        plain.build(),
        Zip { is_zip64: true, ..plain.clone() }.build(),
        Zip { comment: b"a comment".to_vec(), trailing: vec![0; 9], ..plain }.build(),
    ]
}

/// Small, so that going over one shows.
fn budgets() -> Budgets {
    Budgets::default()
        .with_entries(40)
        .with_total_bytes(1 << 20)
        .with_name_bytes(64)
        .with_findings_per_kind(3)
}

/// Reads a package in every way; what comes back is bounded.
fn survive(package: &[u8]) -> Option<Inventory> {
    let budgets = budgets();
    let inventory = match Inventory::verify(&package, &budgets, Digests::Sha256, |_| ()) {
        Ok(inventory) => inventory,
        Err(Error::NotAZip { .. } | Error::Truncated { .. }) => return None,
        Err(other) => panic!("{other}"),
    };
    assert!(inventory.members.len() <= 40);
    let inflated: u64 = inventory.members.iter().filter_map(|member| member.actual_size).sum();
    assert!(inflated <= (1 << 20) + (256 << 10), "{inflated}");
    assert!(inventory.findings.len() <= 3 * mde_forensics_package::Kind::ALL.len());
    for member in &inventory.members {
        assert!(member.raw_name.len() <= 64 && member.name.len() <= 64 * 11);
        assert!(member.sha256.is_some() || !member.verdict.is_good());
        let bytes = inventory.bytes(&package, member, &budgets.with_held_bytes(1 << 20));
        assert_eq!(bytes.is_ok(), member.verdict.is_good(), "{member:?}");
    }
    serde_json::to_string(&inventory).unwrap();
    Some(inventory)
}

fn listed(inventory: &Inventory) -> Vec<(Vec<u8>, Option<Sha256>)> {
    let members = inventory.members.iter();
    members.map(|member| (member.raw_name.clone(), member.sha256)).collect()
}

#[test]
fn no_flipped_bit_changes_what_is_listed_and_passes() {
    for package in archives() {
        let honest = listed(&survive(&package).unwrap());
        for bit in 0..package.len() * 8 {
            let mut flipped = package.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            if let Some(inventory) = survive(&flipped) {
                assert!(
                    !inventory.is_verified() || listed(&inventory) == honest,
                    "bit {} of byte {}",
                    bit % 8,
                    bit / 8
                );
            }
        }
    }
}

#[test]
fn no_missing_byte_passes() {
    for package in archives() {
        let honest = listed(&survive(&package).unwrap());
        for start in 0..package.len() {
            for length in [1, 2, 7, 30] {
                let mut cut = package.clone();
                cut.drain(start..(start + length).min(package.len()));
                if let Some(inventory) = survive(&cut) {
                    assert!(
                        !inventory.is_verified() || listed(&inventory) == honest,
                        "{length} bytes at {start}"
                    );
                }
            }
        }
    }
}

/// One change of an archive's bytes.
#[derive(Clone, Debug)]
enum Change {
    Copy(Index, Index, usize),
    Cut(Index, usize),
    Insert(Index, Vec<u8>),
    Set(Index, Vec<u8>),
}

fn change() -> impl Strategy<Value = Change> {
    let place = any::<Index>;
    let telling = prop_oneof![
        vec(any::<u8>(), 1..12),
        Just(vec![0xff; 2]),
        Just(vec![0xff; 4]),
        Just(vec![0xff; 8]),
        Just(b"PK\x01\x02".to_vec()),
        Just(b"PK\x03\x04".to_vec()),
        Just(b"PK\x05\x06".to_vec()),
        Just(b"PK\x06\x06".to_vec()),
        Just(b"PK\x06\x07".to_vec()),
        Just(b"PK\x07\x08".to_vec()),
    ];
    prop_oneof![
        4 => (place(), telling.clone()).prop_map(|(at, bytes)| Change::Set(at, bytes)),
        1 => (place(), 1_usize..200).prop_map(|(at, length)| Change::Cut(at, length)),
        1 => (place(), telling).prop_map(|(at, bytes)| Change::Insert(at, bytes)),
        1 => (place(), place(), 1_usize..400).prop_map(|(from, to, length)| {
            Change::Copy(from, to, length)
        }),
    ]
}

impl Change {
    fn apply(self, package: &mut Vec<u8>) {
        let place = |index: Index, package: &Vec<u8>| index.index(package.len() + 1);
        match self {
            Self::Copy(from, to, length) => {
                let (from, to) = (place(from, package), place(to, package));
                let piece = package[from..(from + length).min(package.len())].to_vec();
                package.splice(to..to, piece);
            }
            Self::Cut(at, length) => {
                let at = place(at, package);
                package.drain(at..(at + length).min(package.len()));
            }
            Self::Insert(at, bytes) => {
                let at = place(at, package);
                package.splice(at..at, bytes);
            }
            Self::Set(at, bytes) => {
                let at = place(at, package);
                let end = (at + bytes.len()).min(package.len());
                package.splice(at..end, bytes);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4_000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn mutated_archives_are_survived(which in 0_usize..3, changes in vec(change(), 1..12)) {
        let mut package = archives().swap_remove(which);
        for change in changes {
            change.apply(&mut package);
        }
        survive(&package);
    }

    #[test]
    fn spliced_archives_are_survived(at in any::<Index>(), from in any::<Index>()) {
        let archives = archives();
        let (one, other) = (&archives[0], &archives[1]);
        let spliced = [&one[..at.index(one.len())], &other[from.index(other.len())..]].concat();
        survive(&spliced);
    }

    #[test]
    fn any_bytes_are_survived(bytes in vec(any::<u8>(), 0..300)) {
        survive(&bytes);
    }
}
