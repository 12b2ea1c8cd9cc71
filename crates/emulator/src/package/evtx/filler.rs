//! As many sound chunks as a package of a given size needs, made where they are read.
//!
//! Two chunks of the filler differ in record IDs and times only. Both are laid out so that chunk
//! number *i* sets bits that the first chunk leaves clear; CRC-32 is affine over GF(2), so every byte
//! of chunk *i*, its checksums included, is the first chunk's byte with one known difference for each
//! bit of *i*. That gives O(1) seeking, and the checksum of any number of chunks in O(log² n).

use std::sync::Arc;

use time::Duration;

use super::chunk::{CHUNK, Chunk};
use super::events;
use crate::package::bytes::filetime;
use crate::package::content::{Content, Stream, copy_from, join};
use crate::package::host::Host;

/// A run of chunks.
#[derive(Clone, Debug)]
pub(super) struct Filler {
    chunks: u64,
    first_record: u64,
    base: Arc<[u8]>,
    bits: Vec<Bit>,
}

/// What one bit of the chunk's number changes.
#[derive(Clone, Debug)]
struct Bit {
    /// Bytes to combine by exclusive or, and where.
    differences: Vec<(usize, u8)>,
    /// The same for the chunk's CRC-32.
    crc: u32,
}

impl Filler {
    /// So many chunks, filling about two and a half days well before the collection.
    pub(super) fn new(host: &Host, chunks: u64) -> Self {
        let bit_count = u64::BITS - chunks.saturating_sub(1).leading_zeros();
        let latest = filetime(host.started - Duration::hours(7)).saturating_sub(SPAN);
        let first_time = latest / SPAN * SPAN;
        let step = SPAN >> bit_count;
        let first_record = (host.tens_of_seconds() * RECORDS) << room(chunks, bit_count);
        let make = |number: u64| -> Vec<u8> {
            let mut chunk = Chunk::default();
            for index in 0..RECORDS {
                let record = first_record + number * RECORDS + index;
                let time = first_time + number * step + index * (step / RECORDS);
                chunk.push(&events::noise(host, record, time));
            }
            chunk.finish()
        };
        let base = make(0);
        let bits = (0..bit_count).map(|bit| difference(&base, &make(1 << bit))).collect();
        Self { chunks, first_record, base: base.into(), bits }
    }

    /// How many records it has.
    pub(super) fn records(&self) -> u64 {
        self.chunks * RECORDS
    }

    /// The record ID that follows the filler's last.
    pub(super) fn next_record(&self) -> u64 {
        self.first_record + self.chunks * RECORDS
    }

    /// The chunks as bytes.
    pub(super) fn into_content(self) -> Content {
        if self.chunks == 0 { Content::default() } else { Content::stream(self) }
    }

    /// What the bits of a chunk's number from this bit on change in a checksum.
    fn crc_of_bits(bits: &[u32], from: usize, number: u64) -> u32 {
        let set = bits.iter().enumerate().skip(from).filter(|(bit, _)| number >> bit & 1 == 1);
        set.fold(0, |crc, (_, change)| crc ^ change)
    }
}

impl Stream for Filler {
    fn len(&self) -> u64 {
        self.chunks * CHUNK as u64
    }

    fn crc(&self) -> u32 {
        // Runs of 1, 2, 4 ... chunks that begin at 0: their checksums, and what each higher bit of a
        // run's number changes in them.
        let mut runs = vec![(crc32fast::hash(&self.base), CHUNK as u64)];
        let mut changes = vec![self.bits.iter().map(|bit| bit.crc).collect::<Vec<u32>>()];
        for bit in 0..self.bits.len() {
            let (Some((crc, len)), Some(change)) = (runs.last().copied(), changes.last()) else {
                break;
            };
            let second = crc ^ change.get(bit).copied().unwrap_or(0);
            let doubled = change.iter().map(|change| join(*change, *change, len)).collect();
            runs.push((join(crc, second, len), len * 2));
            changes.push(doubled);
        }
        let (mut whole, mut number) = (0, 0);
        for (power, ((crc, len), change)) in runs.iter().zip(&changes).enumerate().rev() {
            if self.chunks >> power & 1 == 1 {
                whole = join(whole, crc ^ Self::crc_of_bits(change, power, number), *len);
                number += 1 << power;
            }
        }
        whole
    }

    fn read_at(&self, offset: u64, buf: &mut [u8]) -> usize {
        let end = self.len();
        let mut written = 0;
        while let Some(rest) = buf.get_mut(written..).filter(|rest| !rest.is_empty()) {
            let at = offset + written as u64;
            if at >= end {
                break;
            }
            let (number, within) = (at / CHUNK as u64, at % CHUNK as u64);
            let count = copy_from(&self.base, within, rest);
            let start = usize::try_from(within).unwrap_or(0);
            for (bit, change) in self.bits.iter().enumerate() {
                if number >> bit & 1 == 1 {
                    change.apply(start, rest.get_mut(..count).unwrap_or_default());
                }
            }
            written += count;
        }
        written
    }
}

impl Bit {
    /// Changes the bytes of a chunk that begin at `start` within it.
    fn apply(&self, start: usize, bytes: &mut [u8]) {
        let first = self.differences.partition_point(|(at, _)| *at < start);
        for (at, difference) in self.differences.iter().skip(first) {
            match bytes.get_mut(at - start) {
                Some(byte) => *byte ^= difference,
                None => break,
            }
        }
    }
}

fn difference(base: &[u8], other: &[u8]) -> Bit {
    let pairs = base.iter().zip(other).map(|(a, b)| a ^ b).enumerate();
    let differences = pairs.filter(|(_, difference)| *difference != 0).collect();
    Bit { differences, crc: crc32fast::hash(base) ^ crc32fast::hash(other) }
}

/// How many low bits of the first chunk's number are clear: the same for logs of about the same
/// length, so that the record IDs of a device's next collection are not below those of this one.
fn room(chunks: u64, bit_count: u32) -> u32 {
    if chunks == 0 { 0 } else { bit_count.max(1).next_multiple_of(8) }
}

/// Records of a chunk: a power of two.
const RECORDS: u64 = 64;
/// The filler's time in units of 100 ns: a power of two, 2.5 days.
const SPAN: u64 = 1 << 41;

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::package::PackageSpec;

    fn filler(chunks: u64) -> Filler {
        let spec = PackageSpec::new(7, "ws-007.example.com", datetime!(2026-02-03 04:05:06 UTC));
        Filler::new(&Host::invent(&spec), chunks)
    }

    #[test]
    fn checksum_without_reading_is_that_of_the_bytes() {
        for chunks in [1, 2, 3, 5, 8, 13, 37] {
            let filler = filler(chunks);
            let mut bytes = vec![0; usize::try_from(filler.len()).unwrap()];
            assert_eq!(filler.read_at(0, &mut bytes), bytes.len());
            assert_eq!(filler.crc(), crc32fast::hash(&bytes), "{chunks}");
        }
    }

    #[test]
    fn every_chunk_has_its_own_records_and_right_checksums() {
        let filler = filler(11);
        for number in 0..11 {
            let mut chunk = vec![0; CHUNK];
            filler.read_at(number * CHUNK as u64, &mut chunk);
            let field = |at: usize| u64::from_le_bytes(chunk[at..at + 8].try_into().unwrap());
            assert_eq!(field(24), filler.first_record + number * RECORDS);
            assert_eq!(field(32), filler.first_record + number * RECORDS + RECORDS - 1);
            let end = usize::try_from(field(48) & 0xffff_ffff).unwrap();
            let checksum = |at: usize| u32::from_le_bytes(chunk[at..at + 4].try_into().unwrap());
            assert_eq!(checksum(52), crc32fast::hash(&chunk[512..end]));
            assert_eq!(checksum(124), super::super::chunk::header_checksum(&chunk));
        }
    }

    #[test]
    fn any_place_can_be_read() {
        let filler = filler(5);
        let mut whole = vec![0; usize::try_from(filler.len()).unwrap()];
        filler.read_at(0, &mut whole);
        for (start, len) in
            [(0, 1), (65_530, 20), (511, 700), (65_536 * 5 - 3, 10), (70_000, 200_000)]
        {
            let mut buf = vec![0; len];
            let count = filler.read_at(start as u64, &mut buf);
            assert_eq!(buf[..count], whole[start..(start + len).min(whole.len())]);
        }
    }
}
