use std::io;

use mde_forensics_package::{Budgets, Digests, Inventory, Source, Verdict};

use crate::{
    builder::{Header, Zip, end, local_header, stored, zip64_end},
    check::codes,
};

/// Bytes that are computed: zeros, but for a few pieces.
struct Sparse {
    length: u64,
    pieces: Vec<(u64, Vec<u8>)>,
}

impl Source for Sparse {
    fn len(&self) -> u64 {
        self.length
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> io::Result<usize> {
        let there = usize::try_from(self.length.saturating_sub(offset)).unwrap().min(buf.len());
        let buf = &mut buf[..there];
        buf.fill(0);
        for (start, piece) in &self.pieces {
            let from = offset.max(*start);
            let to = (offset + there as u64).min(start + piece.len() as u64);
            if from < to {
                let at = |place: u64, origin: u64| usize::try_from(place - origin).unwrap();
                buf[at(from, offset)..at(to, offset)]
                    .copy_from_slice(&piece[at(from, *start)..at(to, *start)]);
            }
        }
        Ok(there)
    }
}

/// A central header with a zip64 field for sizes and offset.
fn wide_central(name: &str, crc32: u32, size: u64, offset: u64) -> Vec<u8> {
    let mut bytes = b"PK\x01\x02\x2d\0\x2d\0\0\0\0\0\0\0\0\0".to_vec();
    bytes.extend(crc32.to_le_bytes());
    bytes.extend([0xff; 8]);
    bytes.extend(u16::try_from(name.len()).unwrap().to_le_bytes());
    bytes.extend(28_u16.to_le_bytes());
    bytes.extend([0; 10]);
    bytes.extend([0xff; 4]);
    bytes.extend(name.as_bytes());
    bytes.extend([1, 0, 24, 0]);
    bytes.extend([size, size, offset].iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

fn wide_local(name: &str, crc32: u32, size: u64) -> Vec<u8> {
    let mut extra = vec![1, 0, 16, 0];
    extra.extend([size, size].iter().flat_map(|value| value.to_le_bytes()));
    let (name, wide) = (name.into(), u32::MAX);
    local_header(&Header {
        crc32,
        compressed_size: wide,
        size: wide,
        name,
        extra,
        ..Header::default()
    })
}

#[test]
fn members_and_archives_over_4_gib_are_verified() {
    let size = (4 << 30) + 12_345_u64;
    let mut crc = crc32fast::Hasher::new();
    let block = vec![0; 1 << 20];
    for start in (0..size).step_by(block.len()) {
        let length = usize::try_from(size - start).unwrap().min(block.len());
        crc.update(&block[..length]);
    }
    let crc32 = crc.finalize();

    let first = wide_local("zeros", crc32, size);
    let second_at = first.len() as u64 + size;
    let small = crc32fast::hash(b"small");
    let second = [wide_local("small", small, 5), b"small".to_vec()].concat();
    let directory_at = second_at + second.len() as u64;
    let directory =
        [wide_central("zeros", crc32, size, 0), wide_central("small", small, 5, second_at)]
            .concat();
    let directory_size = directory.len() as u64;
    let tail = [
        directory,
        zip64_end(2, directory_size, directory_at),
        end(2, directory_size, directory_at, b"", true),
    ]
    .concat();
    let length = directory_at + tail.len() as u64;
    let source =
        Sparse { length, pieces: vec![(0, first), (second_at, second), (directory_at, tail)] };

    let inventory = Inventory::verify(&source, &Budgets::default(), Digests::None, |_| ()).unwrap();
    assert_eq!(codes(&inventory), Vec::<&str>::new());
    assert!(inventory.is_verified());
    assert_eq!(inventory.members[0].actual_size, Some(size));
    assert_eq!(inventory.members[1].header_offset, second_at);

    let four_gib = Budgets::default().with_total_bytes(4 << 30);
    let inventory = Inventory::verify(&source, &four_gib, Digests::None, |_| ()).unwrap();
    assert_eq!(inventory.members[0].verdict, Verdict::OverBudget);
}

#[test]
fn more_than_65_535_members_are_listed_if_the_budget_allows() {
    let count = 70_000;
    let zip = Zip {
        is_zip64: true,
        ..Zip::of((0..count).map(|index| stored(format!("folder/{index:06}"), b"x")))
    };
    let package = zip.build();
    let budgets = Budgets::default().with_entries(100_000);
    let inventory = Inventory::verify(&package, &budgets, Digests::None, |_| ()).unwrap();
    assert_eq!(inventory.members.len(), count);
    assert_eq!(codes(&inventory), Vec::<&str>::new());
    assert!(inventory.is_verified());

    let inventory = Inventory::read(&package, &Budgets::default()).unwrap();
    assert_eq!(inventory.members.len(), 20_000);
    assert_eq!(codes(&inventory), ["too_many_entries"]);
}

#[test]
fn a_directory_of_declared_exabytes_costs_nothing() {
    let zip = Zip { is_zip64: true, ..Zip::of([stored("a", b"a")]) };
    let package = zip.build();
    let record = package.len() - 22 - 20 - 56;
    for at in [record + 24, record + 32, record + 40, record + 48] {
        let mut package = package.clone();
        package[at..at + 8].copy_from_slice(&(u64::MAX / 2).to_le_bytes());
        let inventory = Inventory::read(&package, &Budgets::default()).unwrap();
        assert!(!inventory.is_whole(), "{at}");
    }
}
