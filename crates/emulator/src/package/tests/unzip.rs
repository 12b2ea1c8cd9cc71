//! A zip reader of the test's own: central directory, zip64, deflate.

use std::io::Read as _;

use crate::package::Package;

/// An entry as the central directory tells it.
#[derive(Clone, Debug)]
pub(super) struct Listed {
    pub(super) name: String,
    pub(super) method: u16,
    pub(super) crc: u32,
    pub(super) packed: u64,
    pub(super) size: u64,
    pub(super) offset: u64,
}

fn number(bytes: &[u8], at: usize, len: usize) -> u64 {
    bytes[at..at + len].iter().rev().fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

fn read(package: &Package, offset: u64, len: u64) -> Vec<u8> {
    let mut bytes = vec![0; usize::try_from(len).unwrap()];
    assert_eq!(package.read_at(offset, &mut bytes), bytes.len());
    bytes
}

/// The central directory, found from the end.
pub(super) fn list(package: &Package) -> Vec<Listed> {
    let tail = read(package, package.len() - 98.min(package.len()), 98.min(package.len()));
    let end = &tail[tail.len() - 22..];
    assert!(end.starts_with(b"PK\x05\x06"), "no end of central directory");
    let (mut count, mut size, mut at) =
        (number(end, 10, 2), number(end, 12, 4), number(end, 16, 4));
    if at == 0xffff_ffff {
        let locator = &tail[tail.len() - 42..];
        assert!(locator.starts_with(b"PK\x06\x07"));
        let record = read(package, number(locator, 8, 8), 56);
        assert!(record.starts_with(b"PK\x06\x06"));
        (count, size, at) =
            (number(&record, 32, 8), number(&record, 40, 8), number(&record, 48, 8));
    }
    let directory = read(package, at, size);
    let mut rest = directory.as_slice();
    let entries: Vec<Listed> = (0..count).map(|_| entry(&mut rest)).collect();
    assert!(rest.is_empty());
    entries
}

fn entry(rest: &mut &[u8]) -> Listed {
    assert!(rest.starts_with(b"PK\x01\x02"));
    let [name_len, extra_len] = [28, 30].map(|at| usize::try_from(number(rest, at, 2)).unwrap());
    let mut extra = &rest[46 + name_len..46 + name_len + extra_len];
    extra = extra.get(4..).unwrap_or_default();
    let mut wide = |value: u64| {
        if value != 0xffff_ffff {
            return value;
        }
        let value = number(extra, 0, 8);
        extra = &extra[8..];
        value
    };
    let (size, packed) = (wide(number(rest, 24, 4)), wide(number(rest, 20, 4)));
    let listed = Listed {
        name: String::from_utf8(rest[46..46 + name_len].to_vec()).unwrap(),
        method: u16::try_from(number(rest, 10, 2)).unwrap(),
        crc: u32::try_from(number(rest, 16, 4)).unwrap(),
        packed,
        size,
        offset: wide(number(rest, 42, 4)),
    };
    *rest = &rest[46 + name_len + extra_len..];
    listed
}

/// An entry's bytes, checked against size and CRC-32.
pub(super) fn extract(package: &Package, entry: &Listed) -> Vec<u8> {
    let header = read(package, entry.offset, 30);
    assert!(header.starts_with(b"PK\x03\x04"));
    let data = entry.offset + 30 + number(&header, 26, 2) + number(&header, 28, 2);
    let packed = read(package, data, entry.packed);
    let plain = if entry.method == 8 {
        let mut plain = Vec::new();
        flate2::read::DeflateDecoder::new(packed.as_slice()).read_to_end(&mut plain).unwrap();
        plain
    } else {
        packed
    };
    assert_eq!(plain.len() as u64, entry.size, "{}", entry.name);
    assert_eq!(crc32fast::hash(&plain), entry.crc, "{}", entry.name);
    plain
}

/// The member of this name.
pub(super) fn member(package: &Package, name: &str) -> Vec<u8> {
    let entries = list(package);
    let entry = entries.iter().find(|entry| entry.name == name);
    extract(package, entry.unwrap_or_else(|| panic!("no member {name}")))
}
