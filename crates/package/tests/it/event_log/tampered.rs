//! Logs that were tampered with, were in use, or have a header that is wrong: what is still in them is read, and told apart.

use std::io;

use mde_forensics_package::{
    Budgets, FolderFile, Package, Table,
    event_log::{EventLog, EventLogError, Fault, Field, LogDefect},
};

use super::{
    Read, event,
    image::{Chunk, log, null, put, text},
    read, values,
};
use crate::{
    builder::{Zip, stored},
    rows::texts,
};

/// A chunk of `count` whole events, and where each begins.
fn chunk(first: u64, count: usize) -> (Vec<u8>, Vec<usize>) {
    let mut chunk = Chunk::new(first);
    let places = (0..count).map(|_| {
        let at = chunk.at() as usize;
        chunk.record(|xml| {
            xml.define(event, &values(Vec::new()));
        });
        at
    });
    let places = places.collect();
    (chunk.finish(), places)
}

/// Gives a chunk the sums that fit it.
fn seal(chunk: &mut [u8]) {
    let end = u32::from_le_bytes(chunk[48..52].try_into().unwrap()) as usize;
    let sum = crc32fast::hash(&chunk[512..end]);
    put(chunk, 52, &sum.to_le_bytes());
    seal_header(chunk);
}

fn seal_header(chunk: &mut [u8]) {
    let sum = crc32fast::hash(&[&chunk[..120], &chunk[128..512]].concat());
    put(chunk, 124, &sum.to_le_bytes());
}

fn size(chunk: &[u8], at: usize) -> usize {
    u32::from_le_bytes(chunk[at + 4..at + 8].try_into().unwrap()) as usize
}

/// Takes the record at `taken` out of a chunk, as a tool of attackers does: the one before it at `before` swallows it.
fn hide(chunk: &mut [u8], before: usize, taken: usize) {
    let whole = size(chunk, before) + size(chunk, taken);
    put(chunk, before + 4, &u32::try_from(whole).unwrap().to_le_bytes());
    put(chunk, before + whole - 4, &u32::try_from(whole).unwrap().to_le_bytes());
    let last = u64::from_le_bytes(chunk[16..24].try_into().unwrap()) - 1;
    put(chunk, 16, &last.to_le_bytes());
    put(chunk, 32, &last.to_le_bytes());
    seal(chunk);
}

fn seen(read: &Read) -> (Vec<u64>, Vec<&'static str>) {
    let records = read.events.iter().map(|event| event.record).collect();
    (records, read.defects.iter().map(LogDefect::code).collect())
}

fn table(name: &str, log: Vec<u8>) -> Table {
    let files = vec![FolderFile::new("Security.evtx", log)];
    Package::open_folder(files, &Budgets::default()).unwrap().table(name).unwrap()
}

fn statuses(table: &Table) -> Vec<String> {
    texts(table, "parse_status").into_iter().flatten().collect()
}

#[test]
fn a_record_that_another_hides_is_read_and_told() {
    let (mut one, at) = chunk(1, 3);
    hide(&mut one, at[1], at[2]);
    let found = read(&log(&[one.clone()]));
    assert_eq!(seen(&found), (vec![1, 2, 3], vec!["hidden"]));
    assert_eq!(found.events[2].system.event_id, Some(4624));
    let table = table("security_events", log(&[one]));
    assert_eq!(statuses(&table), ["clean", "clean", "partial"]);
    let issue = &table.issues[0];
    assert_eq!((issue.kind.code(), issue.line), ("hazard", Some(3)));
    assert!(issue.message.contains("inside another record"), "{}", issue.message);

    // Several, one after the other, and all told by the numbers that they had.
    let (mut many, at) = chunk(1, 5);
    for taken in 2..5 {
        hide(&mut many, at[1], at[taken]);
    }
    let found = read(&log(&[many]));
    assert_eq!(seen(&found), (vec![1, 2, 3, 4, 5], vec!["hidden"; 3]));
}

#[test]
fn a_record_that_a_hidden_one_hides_is_read_too() {
    // The last ones first, so that each lies inside the one before it; what comes behind them stays in its place.
    for (count, last) in [(3, 2), (5, 4), (5, 3), (40, 39)] {
        let (mut nested, at) = chunk(1, count);
        for taken in (1..=last).rev() {
            hide(&mut nested, at[taken - 1], at[taken]);
        }
        let found = read(&log(&[nested]));
        let (records, mut told) = seen(&found);
        assert_eq!(records, (1..=count as u64).collect::<Vec<_>>());
        // Its number does not go on where that of the first one was.
        assert_eq!(told.pop_if(|code| *code == "record_order").is_some(), last + 1 < count);
        assert_eq!(told, vec!["hidden"; last]);
        assert!(found.events.iter().all(|event| event.system.event_id == Some(4624)));
    }
}

/// However they lie inside one another, each is read once.
#[test]
fn records_that_all_hide_one_another_are_as_many_as_their_headers() {
    let count = 2_000;
    let mut nested = Chunk::new(1).finish();
    let end = 512 + count * 24 + 4;
    for number in 0..count {
        let at = 512 + number * 24;
        put(&mut nested, at, b"**\0\0");
        put(&mut nested, at + 4, &u32::try_from(end - at).unwrap().to_le_bytes());
        put(&mut nested, at + 8, &(number as u64 + 1).to_le_bytes());
    }
    put(&mut nested, end - 4, &u32::try_from(end - 512).unwrap().to_le_bytes());
    put(&mut nested, 16, &1_u64.to_le_bytes());
    put(&mut nested, 48, &u32::try_from(end).unwrap().to_le_bytes());
    seal(&mut nested);
    let (records, told) = seen(&read(&log(&[nested])));
    assert!(records.iter().copied().eq(1..=count as u64), "{} of {count}", records.len());
    assert_eq!(told.iter().filter(|code| **code == "hidden").count(), count - 1);
}

#[test]
fn a_count_that_still_has_what_is_hidden_is_told_and_cuts_nothing() {
    let (mut one, at) = chunk(1, 3);
    hide(&mut one, at[1], at[2]);
    put(&mut one, 16, &3_u64.to_le_bytes());
    seal(&mut one);
    assert_eq!(seen(&read(&log(&[one.clone()]))).1, ["hidden", "count"]);
    let table = table("security_events", log(&[one]));
    let told = table.issues.iter().map(|issue| issue.kind.code());
    assert_eq!(told.collect::<Vec<_>>(), ["hazard", "count_mismatch"]);
    assert!(!table.is_partial);
}

#[test]
fn a_hidden_record_is_told_whatever_else_is_wrong() {
    let mut damaged = Chunk::new(1);
    let places = [true, true, true, false, false].map(|is_damaged| {
        let at = damaged.at() as usize;
        damaged.record(|xml| {
            if is_damaged {
                xml.token(&[0x3f]);
            } else {
                xml.define(event, &values(Vec::new()));
            }
        });
        at
    });
    let mut damaged = damaged.finish();
    hide(&mut damaged, places[3], places[4]);
    let files = vec![FolderFile::new("Security.evtx", log(&[damaged]))];
    let budgets = Budgets::default().with_findings_per_kind(1);
    let table = Package::open_folder(files, &budgets).unwrap().table("security_events").unwrap();
    let told = table.issues.iter().map(|issue| (issue.kind.code(), issue.line));
    let expected = [("partial_row", Some(1)), ("hazard", Some(5)), ("partial_row", None)];
    assert_eq!(told.collect::<Vec<_>>(), expected);
}

#[test]
fn text_that_looks_like_a_record_is_none() {
    let mut chunk = Chunk::new(1);
    chunk.record(|xml| {
        let looks = [&b"**\0\0"[..], &200_u32.to_le_bytes(), &[0; 16]].concat();
        xml.define(event, &values(Vec::new()));
        xml.token(&[0]).token(&looks).token(&[1; 40]);
    });
    let found = read(&log(&[chunk.finish()]));
    assert_eq!(seen(&found), (vec![1], vec![]));
}

#[test]
fn a_value_of_an_unknown_type_that_looks_like_a_record_is_none() {
    let mut chunk = Chunk::new(1);
    chunk.record(|xml| {
        // Up to the end of the record: itself, the end of the fragment, and the size that stands again.
        let size = 24_u32 + 8 + 1 + 4;
        let looks = [&b"**\0\0"[..], &size.to_le_bytes(), &[0; 24]].concat();
        xml.define(
            |xml| {
                xml.open("Event", 0xffff, false).body().element("Data", 0).close();
            },
            &[(0x22, looks)],
        );
    });
    let found = read(&log(&[chunk.finish()]));
    assert_eq!(found.events[0].fault, Some(Fault::ValueType(0x22)));
    assert_eq!(seen(&found), (vec![1], vec!["record"]));
}

#[test]
fn an_empty_log_has_no_defects() {
    let mut chunk = Chunk::new(1).finish();
    for at in [16, 24, 32] {
        put(&mut chunk, at, &u64::MAX.to_le_bytes());
    }
    seal(&mut chunk);
    assert_eq!(seen(&read(&log(&[chunk]))), (vec![], vec![]));
}

#[test]
fn a_chunk_whose_signature_is_gone_keeps_its_events() {
    let (mut chunk, _) = chunk(1, 3);
    chunk[..8].fill(0);
    let found = read(&log(&[chunk.clone()]));
    assert_eq!(seen(&found), (vec![1, 2, 3], vec!["chunk_header_sum"]));
    assert!(found.events.iter().all(|event| event.system.event_id == Some(4624)));
    // What a header says that nobody believes is held against nothing.
    chunk[..128].fill(0);
    assert_eq!(seen(&read(&log(&[chunk]))), (vec![1, 2, 3], vec!["chunk_header_sum"]));
}

#[test]
fn events_that_a_header_does_not_know_yet_are_read_where_their_numbers_go_on() {
    let (mut stale, at) = chunk(1, 5);
    put(&mut stale, 48, &u32::try_from(at[3]).unwrap().to_le_bytes());
    for place in [16, 32] {
        put(&mut stale, place, &3_u64.to_le_bytes());
    }
    seal(&mut stale);
    let found = read(&log(&[stale.clone()]));
    assert_eq!(seen(&found), (vec![1, 2, 3, 4, 5], vec!["behind"]));
    // No sum covers them.
    let faults: Vec<_> = found.events.iter().map(|event| event.fault).collect();
    assert_eq!(faults, [None, None, None, Some(Fault::Behind), Some(Fault::Behind)]);
    let table = table("security_events", log(&[stale.clone()]));
    assert_eq!(statuses(&table), ["clean", "clean", "clean", "partial", "partial"]);
    // All of them are rows.
    assert!(!table.is_partial, "{:?}", table.issues);
    let told = table.issues.iter().map(|issue| issue.kind.code());
    assert_eq!(told.collect::<Vec<_>>(), ["count_mismatch"]);
    // What an earlier use of the chunk left is none of them.
    put(&mut stale, at[3] + 8, &2_u64.to_le_bytes());
    assert_eq!(seen(&read(&log(&[stale]))), (vec![1, 2, 3], vec![]));
}

/// Readers that believe the header do not see what lies behind its end.
#[test]
fn an_end_that_was_moved_is_told() {
    let (mut moved, at) = chunk(1, 5);
    put(&mut moved, 48, &u32::try_from(at[3]).unwrap().to_le_bytes());
    seal(&mut moved);
    let found = read(&log(&[moved.clone()]));
    assert_eq!(seen(&found), (vec![1, 2, 3, 4, 5], vec!["behind", "count"]));
    let found = table("security_events", log(&[moved]));
    assert_eq!(statuses(&found), ["clean", "clean", "clean", "partial", "partial"]);
    assert!(!found.is_partial, "{:?}", found.issues);
    // One that declares more than there are has lost some.
    let (mut short, _) = chunk(1, 3);
    put(&mut short, 16, &5_u64.to_le_bytes());
    seal(&mut short);
    let found = table("security_events", log(&[short]));
    assert!(found.is_partial);
    assert_eq!(found.issues[0].kind.code(), "damaged_member");
}

#[test]
fn rows_of_a_chunk_with_a_wrong_sum_are_in_doubt() {
    let (mut wrong, _) = chunk(3, 2);
    put(&mut wrong, 52, &[0; 4]);
    seal_header(&mut wrong);
    let log = log(&[chunk(1, 2).0, wrong]);
    assert_eq!(seen(&read(&log)), (vec![1, 2, 3, 4], vec!["chunk_sum"]));
    let table = table("security_events", log);
    assert!(table.is_partial);
    assert_eq!(statuses(&table), ["clean", "clean", "partial", "partial"]);
    // One word for all of them.
    assert_eq!(table.issues.len(), 1, "{:?}", table.issues);
}

#[test]
fn an_event_without_a_time_is_told_in_a_chunk_that_is_in_doubt_too() {
    let mut chunk = Chunk::new(1);
    chunk.record(|xml| {
        xml.define(
            |xml| {
                xml.open("Event", 0xffff, false).body().open("System", 0xffff, false).body();
                xml.element("EventID", 0).close().close();
            },
            &[(6, 4625_u16.to_le_bytes().into())],
        );
    });
    let mut chunk = chunk.finish();
    put(&mut chunk, 52, &[0; 4]);
    seal_header(&mut chunk);
    let table = table("security_events", log(&[chunk]));
    let told = table.issues.iter().map(|issue| (issue.kind.code(), issue.line));
    assert_eq!(told.collect::<Vec<_>>(), [("damaged_member", None), ("partial_row", Some(1))]);
}

/// A log of failed logons with a time of their own, the last of them damaged behind its id or before.
fn logons(damaged: bool, has_id: bool) -> Vec<u8> {
    let mut chunk = Chunk::new(1);
    for is_damaged in [false, damaged] {
        chunk.record(|xml| {
            xml.define(
                |xml| {
                    xml.open("Event", 0xffff, false).body().open("System", 0xffff, false).body();
                    if is_damaged && !has_id {
                        xml.token(&[0x3f]);
                    }
                    xml.element("EventID", 0);
                    xml.open("TimeCreated", 0xffff, true).attribute("SystemTime").value(1);
                    xml.token(&[0x03]).close();
                    if is_damaged {
                        xml.token(&[0x3f]);
                    }
                    xml.open("EventData", 0xffff, false).body().data("TargetUserName", 2);
                    xml.close().close();
                },
                &[
                    (6, 4625_u16.to_le_bytes().into()),
                    (17, 133_990_453_101_234_567_u64.to_le_bytes().into()),
                    text("alice"),
                ],
            );
        });
    }
    log(&[chunk.finish()])
}

#[test]
fn logons_that_were_read_in_part_are_no_clean_summary() {
    let whole = table("logon_summary", logons(false, true));
    assert_eq!((statuses(&whole), whole.is_partial), (vec!["clean".to_owned()], false));
    // What of it was read is counted apart from the whole ones.
    let part = table("logon_summary", logons(true, true));
    assert_eq!(
        (statuses(&part), part.is_partial),
        (["partial", "clean"].map(str::to_owned).to_vec(), false)
    );
    // Nobody knows whether it was a logon: the count may be short.
    let lost = table("logon_summary", logons(true, false));
    assert_eq!((statuses(&lost), lost.is_partial), (vec!["clean".to_owned()], true));
    // Its row is in the table of events, in part.
    let events = table("security_events", logons(true, false));
    assert_eq!(
        (statuses(&events), events.is_partial),
        (["clean", "partial"].map(str::to_owned).to_vec(), false)
    );
}

#[test]
fn a_value_of_an_unknown_type_costs_no_other() {
    // An unknown type, a number of too few bytes, numbers of which the last has too few.
    for kind in [0x22, 8, 0x88] {
        let bytes = vec![0xde, 0xad];
        let mut chunk = Chunk::new(1);
        chunk.record(|xml| {
            xml.define(
                |xml| {
                    xml.open("Event", 0xffff, false).body();
                    xml.open("EventData", 0xffff, false).body();
                    xml.data("X", 0).data("TargetUserName", 1).close().close();
                },
                &[(kind, bytes), text("alice")],
            );
        });
        let found = read(&log(&[chunk.finish()]));
        assert_eq!(found.events[0].fault, Some(Fault::ValueType(kind)));
        let expected = serde_json::json!({"X": "DEAD", "TargetUserName": "alice"});
        assert_eq!(found.events[0].data, expected);
    }
}

#[test]
fn an_attribute_of_several_parts_is_one_value() {
    let mut chunk = Chunk::new(1);
    chunk.record(|xml| {
        xml.define(
            |xml| {
                xml.open("Event", 0xffff, false).body().open("System", 0xffff, false).body();
                xml.open("Provider", 0xffff, true).attribute("Name");
                xml.token(&[0x45, 1, 1, 0, b'A', 0]).token(&[0x48, b'&', 0]);
                xml.token(&[0x05, 1, 1, 0, b'B', 0]).token(&[0x03]).close();
                xml.open("EventData", 0xffff, false).body();
                xml.open("Data", 0xffff, true).attribute("Name");
                xml.token(&[0x45, 1, 6, 0]);
                xml.token(&super::image::utf16("Target")).token(&[0x05, 1, 8, 0]);
                xml.token(&super::image::utf16("UserName")).body().value(0).close().close().close();
            },
            &[text("alice"), null()],
        );
    });
    let found = read(&log(&[chunk.finish()]));
    assert_eq!(seen(&found), (vec![1], vec![]));
    assert_eq!(found.events[0].system.provider, "A&B");
    assert_eq!(found.events[0].data, serde_json::json!({"TargetUserName": "alice"}));
    assert_eq!(found.events[0].field(Field::TargetUserName), Some("alice"));
}

#[test]
fn a_domain_controller_counts_its_tickets_too() {
    let failed = [("TargetUserName", "bob"), ("Status", "0x18"), ("IpAddress", "10.0.0.9")];
    let log = super::security(&[(4771, &failed[..]), (4771, &failed), (4768, &failed)]);
    let table = table("logon_summary", log);
    assert_eq!(texts(&table, "what").len(), 2);
    assert_eq!(texts(&table, "status"), [Some("0x18".to_owned()), Some("0x18".to_owned())]);
}

/// Bytes of a log, and then damage.
struct Damaged<'a>(&'a [u8]);

impl io::Read for Damaged<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buf)? {
            0 => Err(io::ErrorKind::InvalidData.into()),
            count => Ok(count),
        }
    }
}

#[test]
fn what_comes_before_damage_is_decoded_as_before_a_clean_end() {
    let ((one, _), (two, places)) = (chunk(1, 3), chunk(4, 9));
    let whole = log(&[one, two]);
    for cut in [4_096 + 65_536 + places[7] + 10, 4_096 + 65_536, 4_096 + 700] {
        let clean = read(&whole[..cut]);
        let mut log = EventLog::open(Damaged(&whole[..cut])).unwrap();
        let mut found = Read::default();
        let error = log.read_all(&mut found).unwrap_err();
        let chunks = (cut as u64 - 4_096) / 65_536;
        assert!(matches!(error, EventLogError::Read { chunk, .. } if chunk == chunks));
        assert_eq!(found.events, clean.events, "{cut}");
        assert_eq!(found.defects, clean.defects, "{cut}");
        let lacks = found.defects.iter().any(|own| own.code() == "chunks_missing");
        assert_eq!(lacks, cut <= 4_096 + 65_536, "{cut}");
    }
}

#[test]
fn what_a_whole_log_lacks_is_told_where_its_member_is_damaged_too() {
    let ((mut one, _), (two, _)) = (chunk(1, 3), chunk(9, 3));
    seal(&mut one);
    let log = log(&[one, vec![0; 65_536], two]);
    let told = |entry| {
        let zip = Zip::of([entry]).build();
        let table =
            Package::open(zip, &Budgets::default()).unwrap().table("security_events").unwrap();
        assert_eq!(texts(&table, "parse_status").len(), 6);
        table.issues.into_iter().map(|issue| issue.message).collect::<Vec<_>>()
    };
    let mut honest = told(stored("Security.evtx", &log));
    let doctored = told(stored("Security.evtx", &log).with(|header| header.crc32 ^= 1));
    assert_eq!(honest.len(), 3, "{honest:#?}");
    honest.push(doctored.last().unwrap().clone());
    assert_eq!(doctored, honest);
    assert!(doctored[3].contains("CRC-32 is not the declared one"));
}
