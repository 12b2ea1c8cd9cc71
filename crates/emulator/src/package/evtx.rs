//! `Security Event Log/Security.evtx`: a small sound log, or one of any size.
//!
//! Layout after libevtx's "Windows XML Event Log (EVTX) format" and Schuster, "Introducing the
//! Microsoft Vista event log file format" (2007).

mod binxml;
mod chunk;
mod events;
mod filler;

use std::collections::BTreeMap;

use crc32fast::Hasher;
use time::OffsetDateTime;

use self::chunk::{CHUNK, Chunk};
use self::filler::Filler;
use super::bytes::{Put as _, len16};
use super::content::Content;
use super::host::Host;
use super::processes::Process;

/// One event before it is encoded.
#[derive(Clone, Debug)]
pub(super) struct Event {
    pub(super) log: &'static Log,
    pub(super) id: u16,
    /// 2 is an error, 3 a warning, 4 a piece of information; audits have 0.
    pub(super) level: u8,
    pub(super) task: u16,
    pub(super) keywords: u64,
    pub(super) record: u64,
    /// FILETIME.
    pub(super) time: u64,
    pub(super) computer: String,
    pub(super) data: Vec<(&'static str, Value)>,
}

/// Who writes events, and where.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) provider: &'static str,
    pub(super) guid: [u8; 16],
    pub(super) channel: &'static str,
    /// What its events belong to, if they say so.
    pub(super) activity: Option<&'static str>,
    /// The SID of who writes them, if they say so.
    pub(super) user: Option<&'static str>,
}

/// A value of `EventData`.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Guid([u8; 16]),
    Hex64(u64),
    Number(u32),
    Sid(String),
    Text(String),
}

/// The member's content: so many filler chunks, then the chunks with the events of interest.
pub(super) fn content(host: &Host, processes: &[Process], filler_chunks: u64) -> Content {
    let filler = Filler::new(host, filler_chunks);
    let tail = chunks(events::of_interest(host, processes, filler.next_record()));
    let next = filler.next_record() + tail.iter().map(Chunk::records).sum::<u64>();
    let count = filler_chunks + tail.len() as u64;
    let bytes = finish(tail);
    Content::new([Content::from(header(count, next)), filler.into_content(), Content::from(bytes)])
}

/// How many events of each ID the member has with so many filler chunks.
pub(super) fn counts(host: &Host, processes: &[Process], filler_chunks: u64) -> BTreeMap<u16, u64> {
    let filler = Filler::new(host, filler_chunks);
    let mut counts = BTreeMap::new();
    for event in events::of_interest(host, processes, filler.next_record()) {
        *counts.entry(event.id).or_default() += 1;
    }
    *counts.entry(events::NOISE).or_default() += filler.records();
    counts
}

/// A small log of Defender's own, for its cabinet, and how many events are in it.
pub(super) fn defender(host: &Host, at: OffsetDateTime) -> (Vec<u8>, usize) {
    let events = events::of_defender(host, at);
    let count = events.len();
    let next = events.last().map_or(1, |event| event.record + 1);
    let chunks = chunks(events);
    let bytes = [header(chunks.len() as u64, next), finish(chunks)].concat();
    (bytes, count)
}

fn finish(chunks: Vec<Chunk>) -> Vec<u8> {
    chunks.into_iter().flat_map(Chunk::finish).collect()
}

/// The events packed into as many chunks as they need.
fn chunks(events: Vec<Event>) -> Vec<Chunk> {
    let mut full = Vec::new();
    let mut chunk = Chunk::default();
    for event in events {
        if !chunk.push(&event) {
            full.push(std::mem::take(&mut chunk));
            chunk.push(&event);
        }
    }
    full.push(chunk);
    full
}

/// The file header. Its chunk count has 16 bits: a larger log says the largest count, and readers
/// must go by the file's length.
fn header(chunks: u64, next_record: u64) -> Vec<u8> {
    let mut bytes = b"ElfFile\0".to_vec();
    bytes.u64(0);
    bytes.u64(chunks.saturating_sub(1));
    bytes.u64(next_record);
    bytes.u32(128);
    bytes.u16(1);
    bytes.u16(3);
    bytes.u16(4096);
    bytes.u16(len16(usize::try_from(chunks).unwrap_or(usize::MAX)));
    bytes.resize(120, 0);
    let checksum = crc(&bytes);
    bytes.u32(0);
    bytes.u32(checksum);
    bytes.resize(4096, 0);
    bytes
}

fn crc(bytes: &[u8]) -> u32 {
    let mut hasher = Hasher::new();
    hasher.update(bytes);
    hasher.finalize()
}

/// Bytes of a filler chunk.
pub(super) const CHUNK_LEN: u64 = CHUNK as u64;
