//! The `zip` crate as an oracle: what it writes is read as it was written, and as it reads it.

use std::io::{self, Cursor, Read as _, Write as _};

use mde_forensics_package::Method;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::check::{codes, verify};

/// Names and bytes that a package may have.
fn members() -> Vec<(&'static str, Vec<u8>)> {
    let noise = (0..200_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()[3]).collect();
    vec![
        ("Forensics Collection Summary.csv", b"\xef\xbb\xbfCurrent Time,Command Name\r\n".to_vec()),
        ("Größe/日本.txt", "ä".repeat(50_000).into_bytes()),
        ("Security Event Log/Security.evtx", noise),
        ("Security Event Log/Security.txt", Vec::new()),
    ]
}

/// What `zip` writes into a stream that cannot be rewound, and so with data descriptors.
struct Forward(Vec<u8>);

impl io::Write for Forward {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.0.write(buf)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write(options: SimpleFileOptions) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.add_directory("Processes", options).unwrap();
    for (name, bytes) in members() {
        zip.start_file(name, options).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

fn write_forward(options: SimpleFileOptions) -> Vec<u8> {
    let mut zip = ZipWriter::new_stream(Forward(Vec::new()));
    for (name, bytes) in members() {
        zip.start_file(name, options).unwrap();
        zip.write_all(&bytes).unwrap();
    }
    zip.finish().unwrap().into_inner().0
}

#[test]
fn archives_of_a_foreign_writer_are_read_as_a_foreign_reader_does() {
    for method in [CompressionMethod::Stored, CompressionMethod::Deflated] {
        for is_large in [false, true] {
            let options =
                SimpleFileOptions::default().compression_method(method).large_file(is_large);
            for package in [write(options), write_forward(options)] {
                compare(&package);
            }
        }
    }
}

fn compare(package: &Vec<u8>) {
    let inventory = verify(package);
    assert_eq!(codes(&inventory), Vec::<&str>::new());
    assert!(inventory.is_verified());
    let mut oracle = ZipArchive::new(Cursor::new(package)).unwrap();
    assert_eq!(inventory.members.len(), oracle.len());
    for (index, member) in inventory.members.iter().enumerate() {
        let mut other = oracle.by_index(index).unwrap();
        let mut bytes = Vec::new();
        other.read_to_end(&mut bytes).unwrap();
        assert_eq!(member.name, other.name().unwrap());
        assert_eq!(member.raw_name, other.name_raw());
        assert_eq!(member.size, other.size());
        assert_eq!(member.compressed_size, other.compressed_size());
        assert_eq!(member.crc32, other.crc32());
        assert_eq!(member.header_offset, other.header_start());
        assert_eq!(member.data_offset, Some(other.data_start().unwrap()));
        assert_eq!(member.is_directory(), other.is_dir());
        assert_eq!(
            member.method == Method::Stored,
            other.compression() == CompressionMethod::Stored
        );
        let ours =
            inventory.bytes(package, member, &mde_forensics_package::Budgets::default()).unwrap();
        assert_eq!(ours, bytes);
    }
}
