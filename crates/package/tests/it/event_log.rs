//! Event logs, honest, damaged and hostile.

pub(crate) mod image;
mod tampered;

use mde_forensics_package::{
    Budgets, FolderFile, Package,
    event_log::{Event, EventLog, EventSink, Fault, Field, LogDefect, System},
};
use proptest::{collection::vec, prelude::*, sample::Index};
use serde_json::{Value as Json, json};

use crate::rows::texts;
use image::{Chunk, Value, Xml, log, null, put, text};

/// What was read of a log.
#[derive(Debug, Default)]
struct Read {
    events: Vec<Seen>,
    defects: Vec<LogDefect>,
}

#[derive(Clone, Debug, PartialEq)]
struct Seen {
    record: u64,
    system: System,
    fault: Option<Fault>,
    data: Json,
    fields: Vec<Option<String>>,
}

impl EventSink for Read {
    fn event(&mut self, event: &Event<'_>) {
        let data = if event.data.is_empty() { "null" } else { event.data };
        self.events.push(Seen {
            record: event.record,
            system: event.system.clone(),
            fault: event.fault,
            data: serde_json::from_str(data).unwrap(),
            fields: Field::ALL.iter().map(|field| event.field(*field)).collect(),
        });
    }

    fn defect(&mut self, defect: LogDefect) {
        self.defects.push(defect);
    }
}

impl Seen {
    fn field(&self, field: Field) -> Option<&str> {
        let place = Field::ALL.iter().position(|other| *other == field).unwrap();
        self.fields[place].as_deref()
    }
}

fn read(log: &[u8]) -> Read {
    let mut read = Read::default();
    EventLog::open(log).unwrap().read_all(&mut read).unwrap();
    read
}

/// The outer template of a Security event, whose first value is its own data.
fn event(xml: &mut Xml<'_>) {
    xml.open("Event", 0xffff, true).attribute("xmlns").text("http://example.com").body();
    xml.open("System", 0xffff, false).body();
    xml.open("Provider", 0xffff, true).attribute("Name").text("Test-Provider");
    xml.attribute("Guid").value(1).token(&[0x03]);
    xml.element("EventID", 2).element("Version", 3).element("Level", 3).element("Keywords", 4);
    xml.open("TimeCreated", 0xffff, true).attribute("SystemTime").value(5).token(&[0x03]);
    xml.element("EventRecordID", 6);
    xml.open("Correlation", 0xffff, true).attribute("ActivityID").value(7).token(&[0x03]);
    xml.open("Execution", 0xffff, true).attribute("ProcessID").value(8);
    xml.attribute("ThreadID").value(8).token(&[0x03]);
    xml.element("Channel", 9);
    xml.open("Security", 0xffff, true).attribute("UserID").value(10).token(&[0x03]);
    xml.close();
    xml.value(0);
    xml.close();
}

fn values(data: Vec<u8>) -> Vec<Value> {
    vec![
        (0x21, data),
        (15, (1..=16).collect()),
        (6, 4624_u16.to_le_bytes().into()),
        (4, vec![2]),
        (21, 0x8020_0000_0000_0000_u64.to_le_bytes().into()),
        (17, 133_990_453_101_234_567_u64.to_le_bytes().into()),
        (10, 77_u64.to_le_bytes().into()),
        null(),
        (8, 4_u32.to_le_bytes().into()),
        text("Security"),
        (19, [&[1, 2, 0, 0, 0, 0, 0, 5][..], &[21, 0, 0, 0, 0xf4, 1, 0, 0]].concat()),
    ]
}

/// Binary XML of a chunk whose template's data is `write`, with these values.
///
/// Names of an inner piece stand at places of the chunk, so it is written where it will stand.
fn one(write: impl Fn(&mut Xml<'_>), inner: &[Value]) -> Vec<u8> {
    let mut chunk = Chunk::new(1);
    let mut definition = 0;
    // A first record defines the templates; the event itself has instances alone.
    chunk.record(|xml| {
        definition = xml.define(|xml| write(xml), inner);
    });
    let mut data = Chunk::new(1);
    let begin = data.at();
    data.record(|xml| {
        xml.instance(definition, inner);
    });
    // Without the record's header and its end.
    let data = {
        let whole = data.finish();
        let begin = begin as usize + 24;
        let size = u32::from_le_bytes(whole[516..520].try_into().unwrap()) as usize;
        whole[begin..512 + size - 4].to_vec()
    };
    chunk.record(|xml| {
        xml.define(event, &values(data));
    });
    log(&[chunk.finish()])
}

#[test]
fn system_fields_and_data_are_read() {
    let log = one(
        |xml| {
            xml.open("EventData", 0xffff, false).body();
            xml.data("TargetUserName", 0).data("LogonType", 1).data("IpAddress", 2);
            xml.data("TargetLogonId", 3).data("Nothing", 4).close();
        },
        &[
            text("Zoë \"x\"\u{1f600}"),
            (8, 3_u32.to_le_bytes().into()),
            text("10.0.0.1"),
            (21, 0x3e7_u64.to_le_bytes().into()),
            null(),
        ],
    );
    let read = read(&log);
    assert_eq!(read.defects.len(), 1, "{:?}", read.defects);
    assert!(matches!(read.defects[0], LogDefect::Record { fault: Fault::Empty, record: 1, .. }));
    let event = &read.events[1];
    assert_eq!((event.record, event.fault), (2, None));
    let system = &event.system;
    assert_eq!(system.provider, "Test-Provider");
    assert_eq!(system.provider_guid, "{04030201-0605-0807-090a-0b0c0d0e0f10}");
    assert_eq!((system.event_id, system.level), (Some(4624), Some(2)));
    assert_eq!(system.keywords, Some(0x8020_0000_0000_0000));
    assert_eq!(system.time_created.unwrap().to_string(), "2025-08-07T13:01:50.1234567Z");
    assert_eq!(
        (system.record_id, system.process_id, system.thread_id),
        (Some(77), Some(4), Some(4))
    );
    assert_eq!((system.channel.as_str(), system.user_sid.as_str()), ("Security", "S-1-5-21-500"));
    assert_eq!((system.activity_id.as_str(), system.computer.as_str()), ("", ""));
    assert_eq!(
        event.data,
        json!({
            "TargetUserName": "Zoë \"x\"\u{1f600}", "LogonType": 3, "IpAddress": "10.0.0.1",
            "TargetLogonId": "0x3e7", "Nothing": null,
        })
    );
    assert_eq!(event.field(Field::TargetUserName), Some("Zoë \"x\"\u{1f600}"));
    assert_eq!(event.field(Field::LogonType), Some("3"));
    assert_eq!(event.field(Field::TargetLogonId), Some("0x3e7"));
    assert_eq!(event.field(Field::WorkstationName), None);
}

#[test]
fn user_data_keeps_its_shape() {
    let log = one(
        |xml| {
            xml.open("UserData", 0xffff, false).body();
            xml.open("LogFileCleared", 0xffff, true).attribute("xmlns").text("x");
            xml.attribute("kind").text("full").body();
            xml.element("SubjectUserName", 0).element("Left", 1).element("Same", 2);
            xml.element("Same", 2).close().close();
        },
        &[text("admin"), null(), text("a")],
    );
    let event = &read(&log).events[1];
    // An element that depends on a value is left out where there is none.
    let expected = json!({"LogFileCleared":
        {"@kind": "full", "SubjectUserName": "admin", "Same": ["a", "a"]}});
    assert_eq!(event.data, expected);
    assert_eq!(event.field(Field::SubjectUserName), Some("admin"));
}

#[test]
fn every_type_of_value_has_its_text() {
    let cases: Vec<(Value, Json)> = vec![
        ((0, vec![]), Json::Null),
        (text("a\u{0}"), json!("a")),
        ((2, b"a\xe9\0".into()), json!("aé")),
        ((3, vec![0xff]), json!(-1)),
        ((4, vec![200]), json!(200)),
        ((5, (-2_i16).to_le_bytes().into()), json!(-2)),
        ((6, 65_535_u16.to_le_bytes().into()), json!(65_535)),
        ((7, i32::MIN.to_le_bytes().into()), json!(i32::MIN)),
        ((8, u32::MAX.to_le_bytes().into()), json!(u32::MAX)),
        ((9, (-5_i64).to_le_bytes().into()), json!(-5)),
        ((10, u64::MAX.to_le_bytes().into()), json!("18446744073709551615")),
        ((11, 1.5_f32.to_le_bytes().into()), json!(1.5)),
        ((12, f64::NAN.to_le_bytes().into()), json!("NaN")),
        ((13, 1_i32.to_le_bytes().into()), json!(true)),
        ((13, 6_i32.to_le_bytes().into()), json!(6)),
        ((14, vec![0xde, 0xad]), json!("DEAD")),
        ((16, 16_u32.to_le_bytes().into()), json!("0x10")),
        ((16, 17_u64.to_le_bytes().into()), json!("0x11")),
        (
            (18, [2025_u16, 8, 4, 7, 13, 1, 50, 123].map(u16::to_le_bytes).concat()),
            json!("2025-08-07T13:01:50.1230000Z"),
        ),
        ((19, vec![1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0]), json!("S-1-5-18")),
        ((19, vec![1, 9, 0]), json!("010900")),
        ((20, 0_u32.to_le_bytes().into()), json!("0x0")),
        ((0x81, image::utf16("a\0\0b\0")), json!(["a", "", "b"])),
        ((0x88, [1_u32, 2].map(u32::to_le_bytes).concat()), json!([1, 2])),
    ];
    for (value, expected) in cases {
        let log = one(
            |xml| {
                xml.open("EventData", 0xffff, false).body().data("X", 0).close();
            },
            std::slice::from_ref(&value),
        );
        let read = read(&log);
        assert_eq!(read.events[1].data["X"], expected, "{value:?}");
        assert_eq!(read.events[1].fault, None, "{value:?}");
    }
}

#[test]
fn a_template_that_holds_itself_ends() {
    let mut chunk = Chunk::new(1);
    // The token, a byte, an id and the reference stand before the definition.
    let definition = chunk.at() + 24 + 4 + 10;
    chunk.record(|xml| {
        xml.define(
            |xml| {
                xml.open("Event", 0xffff, false).body().instance(definition, &[]).close();
            },
            &[],
        );
    });
    let good = Chunk::new(2)
        .record(|xml| {
            xml.define(event, &values(Vec::new()));
        })
        .finish();
    let read = read(&log(&[chunk.finish(), good]));
    assert_eq!(read.events[0].fault, Some(Fault::Depth));
    assert_eq!((read.events[1].fault, read.events[1].system.event_id), (None, Some(4624)));
    assert_eq!(read.defects.len(), 1);
}

#[test]
fn templates_that_multiply_run_out_of_their_budget() {
    let mut chunk = Chunk::new(1);
    let mut inner = 0;
    chunk.record(|xml| {
        inner = xml.define(
            |xml| {
                xml.open("Data", 0xffff, false).body().text(&"x".repeat(99)).close();
            },
            &[],
        );
    });
    for _ in 0..10 {
        // Each holds ten of the one before.
        let below = inner;
        chunk.record(|xml| {
            inner = xml.define(
                |xml| {
                    for _ in 0..10 {
                        xml.instance(below, &[]);
                    }
                },
                &[],
            );
        });
    }
    let read = read(&log(&[chunk.finish()]));
    assert_eq!(read.events.len(), 11);
    assert_eq!(read.events[10].fault, Some(Fault::Budget));
    // What they gave until then is bounded too.
    assert!(read.events.iter().map(|event| event.data.to_string().len()).sum::<usize>() < 64 << 20);
}

#[test]
fn an_event_without_a_time_of_its_own_is_a_row_in_part() {
    let mut chunk = Chunk::new(1);
    chunk.record(|xml| {
        xml.define(
            |xml| {
                xml.open("Event", 0xffff, false).body().open("System", 0xffff, false).body();
                xml.element("EventID", 0).close().close();
            },
            &[(6, vec![0x11, 0x12])],
        );
    });
    let log = log(&[chunk.finish()]);
    for (name, table) in
        [("Security.evtx", "security_events"), ("MPSupportFiles/System.evtx", "other_events")]
    {
        let files = vec![FolderFile::new(name, log.clone())];
        let table = Package::open_folder(files, &Budgets::default()).unwrap().table(table).unwrap();
        assert_eq!(texts(&table, "parse_status"), [Some("partial".to_owned())], "{name}");
        let told: Vec<_> = table.issues.iter().map(|issue| issue.message.as_str()).collect();
        assert!(told.iter().any(|told| told.contains("a time of its own")), "{name}: {told:?}");
    }
}

/// A chunk whose last record plays `inner` 256 times.
fn multiplied(inner: impl FnOnce(&mut Xml<'_>), values: &[Value]) -> Vec<u8> {
    let mut chunk = Chunk::new(1);
    let (mut below, mut once) = (0, 0);
    chunk.record(|xml| below = xml.define(inner, values));
    chunk.record(|xml| {
        once = xml.define(
            |xml| {
                xml.instance(below, values);
            },
            &[],
        );
    });
    chunk.record(|xml| {
        for _ in 0..256 {
            xml.instance(once, &[]);
        }
    });
    log(&[chunk.finish()])
}

fn faults(read: &Read) -> Vec<Option<Fault>> {
    read.events.iter().map(|event| event.fault).collect()
}

#[test]
fn names_that_multiply_run_out_of_the_budget_of_bytes() {
    let name = "x".repeat(20_000);
    let read = read(&multiplied(
        |xml| {
            xml.open(&name, 0xffff, false).token(&[0x03]);
        },
        &[],
    ));
    assert_eq!(faults(&read), [Some(Fault::Empty), Some(Fault::Empty), Some(Fault::Budget)]);
    let bytes: usize = read.events.iter().map(|event| event.data.to_string().len()).sum();
    assert!(bytes < 4 << 20, "{bytes}");
}

#[test]
fn values_that_nobody_asks_for_cost_steps() {
    // Played 256 times they are more than any honest chunk has.
    let values = vec![null(); 5_000];
    let read = read(&multiplied(
        |xml| {
            xml.open("Data", 0xffff, false).token(&[0x03]);
        },
        &values,
    ));
    assert_eq!(faults(&read), [Some(Fault::Empty), Some(Fault::Empty), Some(Fault::Budget)]);
}

#[test]
fn what_is_between_records_is_passed_over() {
    let mut chunk = Chunk::new(1);
    let mut definition = 0;
    chunk.record(|xml| definition = xml.define(event, &values(Vec::new())));
    chunk.garbage(b"**\0\0garbage");
    chunk.record(|xml| {
        xml.instance(definition, &values(Vec::new()));
    });
    let read = read(&log(&[chunk.finish()]));
    assert_eq!(read.events.iter().map(|event| event.record).collect::<Vec<_>>(), [1, 2]);
    assert!(
        matches!(read.defects[..], [LogDefect::Skipped { bytes: 11, .. }]),
        "{:?}",
        read.defects
    );
}

#[test]
fn what_is_missing_between_chunks_is_told() {
    let chunk = |first: u64| {
        let mut chunk = Chunk::new(first);
        for _ in 0..3 {
            chunk.record(|xml| {
                xml.define(event, &values(Vec::new()));
            });
        }
        chunk.finish()
    };
    let chunks = [chunk(10), chunk(13), chunk(16)];
    let zeros = vec![0; 1 << 16];
    let whole = log(&chunks);
    let codes = |log: &[u8]| {
        let read = read(log);
        read.defects.iter().map(LogDefect::code).collect::<Vec<_>>()
    };
    let of = |chunks: &[&Vec<u8>]| log(&chunks.iter().copied().cloned().collect::<Vec<_>>());
    let [first, second, third] = &chunks;
    for (name, log, expected) in [
        ("whole", whole.clone(), &[][..]),
        ("room at the end", [&whole[..], &zeros].concat(), &[]),
        ("went round", of(&[second, third, first]), &[]),
        ("cut after a chunk", whole[..whole.len() - (1 << 16)].to_vec(), &["chunks_missing"]),
        ("cut to its header", whole[..4_096].to_vec(), &["chunks_missing"]),
        (
            "zeros at the end",
            [&whole[..whole.len() - (1 << 16)], &zeros].concat(),
            &["chunks_missing"],
        ),
        (
            "zeros between",
            of(&[first, &zeros, third]),
            &["chunks_missing", "empty_chunks", "record_order"],
        ),
        ("taken out", of(&[first, third]), &["record_order"]),
        ("twice", of(&[first, first, second, third]), &["record_order"]),
        ("turned", of(&[first, third, second]), &["record_order"]),
    ] {
        assert_eq!(codes(&log), expected, "{name}");
    }
    let told = read(&of(&[first, third])).defects[0].to_string();
    assert!(told.contains("in 1 place(s), first from 12 to 16"), "{told}");
}

#[test]
fn defects_of_chunks_are_told_and_the_others_are_read() {
    let good = |first| {
        let mut chunk = Chunk::new(first);
        chunk.record(|xml| {
            xml.define(event, &values(Vec::new()));
        });
        chunk.finish()
    };
    let mut wrong_sum = good(2);
    put(&mut wrong_sum, 52, &[0; 4]);
    let sum = crc32fast::hash(&[&wrong_sum[..120], &wrong_sum[128..512]].concat());
    put(&mut wrong_sum, 124, &sum.to_le_bytes());
    let mut wrong_head = good(3);
    put(&mut wrong_head, 48, &u32::MAX.to_le_bytes());
    let mut none = good(4);
    none[0] = b'e';
    none[512] = b'e';
    let mut file = log(&[good(1), wrong_sum, vec![0; 1 << 16], wrong_head, none, good(5), good(6)]);
    file.truncate(file.len() - (1 << 16) + 2_000);
    let read = read(&file);
    let records: Vec<_> = read.events.iter().map(|event| event.record).collect();
    assert_eq!(records, [1, 2, 3, 5, 6]);
    assert!(read.events.iter().all(|event| event.system.event_id == Some(4624)));
    assert_eq!(
        read.defects.iter().map(LogDefect::code).collect::<Vec<_>>(),
        [
            "chunk_sum",
            "chunk_header_sum",
            "bad_chunk",
            "truncated",
            "chunks_missing",
            "empty_chunks",
            "record_order"
        ]
    );
}

#[test]
fn a_summary_of_logons_holds_no_more_than_its_budget() {
    // Names of 30 KB that stand once in each chunk, and differ by the address.
    let name = "x".repeat(14_000);
    let chunks: Vec<_> = (0..60_u32)
        .map(|number| {
            let mut chunk = Chunk::new(1);
            let mut data = 0;
            chunk.record(|xml| {
                data = xml.define(
                    |xml| {
                        xml.open("Event", 0xffff, false).body();
                        xml.open("System", 0xffff, false).body().element("EventID", 0).close();
                        xml.open("EventData", 0xffff, false).body();
                        xml.open("Data", 0xffff, true).attribute("Name").text("TargetUserName");
                        xml.body().text(&name).close().data("IpAddress", 1).close().close();
                    },
                    &logon(0),
                );
            });
            for record in 1..90 {
                chunk.record(|xml| {
                    xml.instance(data, &logon(1_000 * number + record));
                });
            }
            chunk.finish()
        })
        .collect();
    let files = vec![FolderFile::new("Security.evtx", log(&chunks))];
    let package = Package::open_folder(files, &Budgets::default()).unwrap();
    let table = package.table("logon_summary").unwrap();
    // 32 MiB of names.
    assert!((2_000..3_000).contains(&table.rows()), "{}", table.rows());
    let issue = table.issues.iter().find(|issue| issue.kind.code() == "over_budget").unwrap();
    assert!(issue.message.contains("more logons fit none of them"), "{}", issue.message);
    assert!(table.is_partial);
}

fn logon(address: u32) -> Vec<Value> {
    vec![(6, 4624_u16.to_le_bytes().into()), text(&address.to_string())]
}

#[test]
fn what_is_no_log_is_named() {
    for file in [&b""[..], b"ElfFile\0", b"\x7fELF and more", &[0; 5_000]] {
        let error = EventLog::open(file).unwrap_err().to_string();
        assert!(error.starts_with("no event log: it begins with"), "{error}");
    }
    let mut file = log(&[]);
    file[120] = 1;
    assert_eq!(read(&file).defects, [LogDefect::Dirty]);
    file[16] ^= 1;
    assert_eq!(read(&file).defects, [LogDefect::HeaderSum, LogDefect::Dirty]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn damage_stays_in_its_chunk(
        flips in vec((any::<Index>(), any::<u8>()), 1..30),
        words in vec((any::<Index>(), any::<u32>()), 0..3),
    ) {
        let mut chunk = Chunk::new(1);
        let mut definition = 0;
        let mut inner = 0;
        chunk.record(|xml| definition = xml.define(event, &values(Vec::new())));
        chunk.record(|xml| {
            inner = xml.define(|xml| {
                xml.open("EventData", 0xffff, false).body().data("CommandLine", 0).data("B", 1).close();
            }, &[text("cmd"), text("b")]);
        });
        for _ in 0..3 {
            chunk.record(|xml| {
            xml.instance(definition, &values(Vec::new()));
        });
        }
        let end = chunk.at() as usize;
        let good = chunk.finish();
        let mut bad = good.clone();
        for (at, byte) in flips {
            bad[at.index(end)] = byte;
        }
        for (at, word) in words {
            put(&mut bad, at.index(end - 4), &(word % (1 << 17)).to_le_bytes());
        }
        let expected = read(&log(std::slice::from_ref(&good)));
        let found = read(&log(&[good.clone(), bad, good]));
        let count = expected.events.len();
        prop_assert_eq!(&found.events[..count], &expected.events[..]);
        prop_assert_eq!(&found.events[found.events.len() - count..], &expected.events[..]);
    }
}

/// A Security log of these events, each with the fields of its own data.
pub(crate) fn security(events: &[(u16, &[(&str, &str)])]) -> Vec<u8> {
    let mut chunk = Chunk::new(1);
    for (event_id, fields) in events {
        let own = (6, event_id.to_le_bytes().into());
        let values: Vec<_> = fields.iter().map(|(_, value)| text(value)).chain([own]).collect();
        chunk.record(|xml| {
            xml.define(
                |xml| {
                    let last = u16::try_from(fields.len()).unwrap();
                    xml.open("Event", 0xffff, false).body();
                    xml.open("System", 0xffff, false).body().element("EventID", last).close();
                    xml.open("EventData", 0xffff, false).body();
                    for (place, (name, _)) in (0..).zip(*fields) {
                        xml.data(name, place);
                    }
                    xml.close().close();
                },
                &values,
            );
        });
    }
    log(&[chunk.finish()])
}

fn session(
    account: &'static str,
    client: &'static str,
    address: &'static str,
) -> [(&'static str, &'static str); 6] {
    [
        ("AccountName", account),
        ("AccountDomain", "CONTOSO"),
        ("LogonID", "0x2222"),
        ("SessionName", "RDP-Tcp#1"),
        ("ClientName", client),
        ("ClientAddress", address),
    ]
}

fn validation(machine: &'static str) -> [(&'static str, &'static str); 4] {
    [
        ("PackageName", "MICROSOFT_AUTHENTICATION_PACKAGE_V1_0"),
        ("TargetUserName", "bob"),
        ("Workstation", machine),
        ("Status", "0xc000006a"),
    ]
}

#[test]
fn logons_are_told_apart_by_the_names_that_each_event_has_for_them() {
    let (alice, mallory) =
        (session("alice", "WS-A", "10.0.0.5"), session("mallory", "KALI", "185.220.101.5"));
    let (here, there) = (validation("KALI"), validation("WS-BOB"));
    // Other events mean other things by these names.
    let other = [("ClientName", "RADIUS"), ("AccountName", "x"), ("Workstation", "y")];
    let events = [
        (4778, &alice[..]),
        (4778, &mallory),
        (4779, &mallory),
        (4776, &here),
        (4776, &there),
        (4624, &other),
    ];
    let files = vec![FolderFile::new("Security.evtx", security(&events))];
    let package = Package::open_folder(files, &Budgets::default()).unwrap();
    let cells = |table: &str, columns: &[&str]| -> Vec<Vec<Option<String>>> {
        let table = package.table(table).unwrap();
        let columns: Vec<_> = columns.iter().map(|column| texts(&table, column)).collect();
        (0..table.rows()).map(|row| columns.iter().map(|own| own[row].clone()).collect()).collect()
    };
    let columns = ["target_user_name", "target_domain_name", "workstation_name", "ip_address"];
    let row = |own: [&str; 4]| own.map(|own| (!own.is_empty()).then(|| own.to_owned())).to_vec();
    let mut expected = [
        row(["alice", "CONTOSO", "WS-A", "10.0.0.5"]),
        row(["mallory", "CONTOSO", "KALI", "185.220.101.5"]),
        row(["mallory", "CONTOSO", "KALI", "185.220.101.5"]),
        row(["bob", "", "KALI", ""]),
        row(["bob", "", "WS-BOB", ""]),
        row(["", "", "", ""]),
    ];
    assert_eq!(cells("security_events", &columns), expected);
    let mut found = cells("logon_summary", &columns);
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    let more = cells("security_events", &["target_logon_id", "authentication_package"]);
    assert_eq!(more[0], [Some("0x2222".to_owned()), None]);
    assert_eq!(more[3], [None, Some("MICROSOFT_AUTHENTICATION_PACKAGE_V1_0".to_owned())]);
}
