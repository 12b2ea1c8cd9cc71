//! Bytes anywhere, in any portions, at any size.

use std::collections::BTreeMap;

use super::unzip::{extract, list};
use super::*;
use crate::package::host::Host;
use crate::package::rng::Rng;

#[test]
fn one_spec_gives_one_package_and_another_spec_another() {
    let (first, again) = (Package::generate(&spec(1)), Package::generate(&spec(1)));
    assert_eq!(bytes(&first), bytes(&again));
    assert_eq!((first.etag(), first.sha256()), (again.etag(), again.sha256()));
    let other = Package::generate(&spec(2));
    assert_ne!(first.sha256(), other.sha256());
    assert_ne!(first.etag(), other.etag());
    assert!(first.etag().starts_with('"') && first.etag().ends_with('"'));
}

#[test]
fn two_collections_from_one_device_share_its_accounts_and_its_zone() {
    let mut later = spec(5);
    later.collected += time::Duration::days(3);
    let (first, second) = (Host::invent(&spec(5)), Host::invent(&later));
    assert_eq!(first.users.len(), 4);
    for (a, b) in first.users.iter().zip(&second.users) {
        assert_eq!((&a.name, &a.sid), (&b.name, &b.sid));
    }
    assert_eq!(first.zone.label, second.zone.label);
    assert_eq!(first.volume_serial(), second.volume_serial());
    assert_eq!(first.installed(), second.installed());
    assert_ne!(first.collection, second.collection);
}

/// What may only grow from one collection of a device to the next: a text or a number for each name.
fn counters(package: &Package) -> BTreeMap<String, u64> {
    let mut counters = BTreeMap::new();
    for file in &package.written().prefetch {
        counters.insert(format!("runs of {}", file.name), u64::from(file.run_count));
        let last = u64::try_from(file.last_run.unix_timestamp()).unwrap();
        counters.insert(format!("last run of {}", file.name), last);
    }
    for entry in list(package) {
        let bytes = || extract(package, &entry);
        let number =
            |bytes: &[u8], at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().unwrap());
        match entry.name.as_str() {
            "Security Event Log/Security.evtx" => {
                let log = bytes();
                counters.insert("next record".to_owned(), number(&log, 24));
                counters.insert("first record".to_owned(), number(&log, 4096 + 24));
            }
            "Processes/Processes.csv" => {
                let text = String::from_utf8(bytes()).unwrap();
                let text = text.replace(",,", ",\"\",").replace(",,", ",\"\",");
                let mut rows = text.lines().skip(1).map(|row| row.split("\",\"").collect());
                let names: Vec<&str> = rows.next().unwrap();
                for row in rows {
                    let row: Vec<&str> = row;
                    let cell = |name: &str| row.get(names.iter().position(|it| *it == name)?);
                    let (Some(pid), Some(created)) = (cell("ProcessId"), cell("CreationDate"))
                    else {
                        continue;
                    };
                    for name in GROWING {
                        let value = cell(name).and_then(|value| value.parse().ok());
                        let key = format!("{name} of {pid} since {created}");
                        counters.extend(value.map(|value| (key, value)));
                    }
                }
            }
            _ => {}
        }
    }
    counters
}

/// Columns of a process that count up, or keep a peak.
const GROWING: [&str; 12] = [
    "KernelModeTime",
    "UserModeTime",
    "ReadOperationCount",
    "ReadTransferCount",
    "WriteOperationCount",
    "WriteTransferCount",
    "OtherOperationCount",
    "OtherTransferCount",
    "PageFaults",
    "PeakPageFileUsage",
    "PeakVirtualSize",
    "PeakWorkingSetSize",
];

#[test]
fn what_a_device_counts_never_falls_from_one_collection_to_the_next() {
    for seed in 0..4 {
        for size in [None, Some(1_000_000)] {
            let mut first = spec(seed);
            first.size = size;
            let mut before = counters(&Package::generate(&first));
            for later in [120, 1_200, 10_000, 86_400, 800_000] {
                let mut spec = first.clone();
                spec.collected += time::Duration::seconds(later);
                let after = counters(&Package::generate(&spec));
                let both =
                    before.iter().filter_map(|(name, was)| Some((name, was, after.get(name)?)));
                let both: Vec<_> = both.collect();
                assert!(both.len() > 50, "{}", both.len());
                for (name, was, is) in both {
                    assert!(
                        was <= is,
                        "{name} of seed {seed} fell from {was} to {is} in {later} s"
                    );
                }
                before = after;
            }
        }
    }
}

#[test]
fn every_member_of_many_packages_has_its_size_and_checksum() {
    for seed in 0..12 {
        let package = Package::generate(&spec(seed));
        let entries = list(&package);
        assert!(entries.len() > 60, "{}", entries.len());
        for entry in &entries {
            extract(&package, entry);
        }
    }
}

#[test]
fn random_portions_are_those_of_the_whole() {
    let mut grown = spec(3);
    grown.size = Some(3_000_000);
    let package = Package::generate(&grown);
    assert!(package.len() >= 3_000_000 && package.len() < 3_065_536);
    let whole = bytes(&package);
    let mut rng = Rng::new(9);
    for _ in 0..500 {
        let offset = rng.below(package.len() + 10);
        let len = usize::try_from(rng.next() >> rng.range(44, 63)).unwrap();
        let mut buf = vec![0xaa; len];
        let count = package.read_at(offset, &mut buf);
        let start = usize::try_from(offset).unwrap().min(whole.len());
        let expected = &whole[start..(start + len).min(whole.len())];
        assert_eq!(&buf[..count], expected);
    }
    assert_eq!(package.read_at(package.len(), &mut [0; 4]), 0);
    assert_eq!(package.read_at(u64::MAX, &mut [0; 4]), 0);
}

#[test]
fn twelve_gibibytes_are_listed_without_being_made() {
    let mut huge = spec(4);
    huge.size = Some(12 << 30);
    let package = Package::generate(&huge);
    assert!(package.len() >= 12 << 30 && package.len() < (12 << 30) + 70_000);
    let entries = list(&package);
    let log = entries
        .iter()
        .find(|entry| entry.name.starts_with("Security Event Log/Security.e"))
        .unwrap();
    assert_eq!(log.method, 0);
    assert!(log.size > 11 << 30);
    for entry in entries.iter().filter(|entry| entry.size < 1 << 24) {
        extract(&package, entry);
    }
}

#[test]
fn a_member_behind_four_gibibytes_is_found_and_read() {
    let mut huge = spec(4);
    huge.size = Some(5 << 30);
    huge.damage = Some(Damage::CaseCollision);
    let package = Package::generate(&huge);
    let entries = list(&package);
    let last = entries.iter().find(|entry| entry.name == "processes/PROCESSES.CSV").unwrap();
    assert!(last.offset > 4 << 30);
    assert_eq!(extract(&package, last), b"not what it seems\r\n");
}
