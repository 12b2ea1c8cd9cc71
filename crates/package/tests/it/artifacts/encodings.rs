//! How members are decoded.

use mde_forensics_package::{Format, TableWriter};
use serde_json::Value;

use super::{cells, package};

#[test]
fn a_member_s_encoding_is_the_one_that_was_used_and_odd_lines_are_told() {
    let plain = "07-08-2025  15:12                53 PC\\jane                a.exe\n".repeat(2_000);
    let (utf8, oem) = ("Größe.exe\n".as_bytes(), b"Gr\x94\xe1e.exe\n".as_slice());
    let read = |parts: &[&[u8]]| {
        let bytes = parts.concat();
        // A member that no rule of reconciliation counts.
        let package = package([("Network Connections/FirewallExecutionLog.txt", bytes.as_slice())]);
        let odd = package.report().unwrap().issues;
        let odd: Vec<_> = odd.iter().filter(|issue| issue.kind.code() == "encoding").collect();
        let odd: Vec<_> =
            odd.iter().map(|issue| issue.message.split(' ').next().unwrap().to_owned()).collect();
        let alone = cells(&package.table("members").unwrap(), ["encoding"]);
        let mut whole = Vec::new();
        package
            .read_all(&mut |schema, batch| {
                if schema.name == "members" {
                    let mut writer = TableWriter::new(Format::Ndjson, schema, &mut whole).unwrap();
                    writer.write(&batch).unwrap();
                }
                Ok(())
            })
            .unwrap();
        let whole: Value = serde_json::from_slice(&whole).unwrap();
        assert_eq!(alone[0][0], whole["encoding"]);
        (alone[0][0].as_str().unwrap().to_owned(), odd)
    };
    let is = |name: &str, odd: &[&str]| {
        (name.to_owned(), odd.iter().map(|odd| (*odd).to_owned()).collect::<Vec<_>>())
    };
    let plain = plain.as_bytes();
    assert_eq!(read(&[plain]), is("ascii", &[]));
    assert_eq!(read(&[plain, utf8]), is("utf-8", &[]));
    assert_eq!(read(&[plain, oem]), is("cp437", &[]));
    assert_eq!(read(&[plain, utf8, oem]), is("utf-8", &["1"]));
    assert_eq!(read(&[utf8, utf8, oem, plain]), is("utf-8", &["1"]));
    assert_eq!(read(&[oem, oem, utf8, plain]), is("cp437", &["1"]));
}

#[test]
fn damage_of_utf_16_is_told_once_with_its_first_line() {
    let mut units: Vec<u16> =
        "one\r\ntwo\r\nthree\r\nfour\r\n".repeat(9_000).encode_utf16().collect();
    let name = "Network Connections/FirewallExecutionLog.txt";
    let told = |units: &[u16], rest: &[u8]| {
        let marked = [0xfeff].iter().chain(units).flat_map(|unit| unit.to_le_bytes());
        let bytes: Vec<u8> = marked.chain(rest.iter().copied()).collect();
        let table = package([(name, bytes.as_slice())]).table("collector_log").unwrap();
        assert_eq!(table.rows(), 36_000 + usize::from(!rest.is_empty()));
        let issues = table.issues.into_iter().filter(|issue| issue.kind.code() == "encoding");
        issues.map(|issue| (issue.line, issue.message)).collect::<Vec<_>>()
    };
    assert_eq!(told(&units, &[]), []);
    assert_eq!(told(&units, &[7])[0].0, Some(36_001));
    // Halves of pairs, in lines that two blocks have.
    let places: Vec<_> = units
        .iter()
        .enumerate()
        .filter(|(_, unit)| **unit == u16::from(b'h'))
        .map(|(at, _)| at)
        .collect();
    for line in [2, 7_000, 8_999] {
        units[places[line]] = 0xd800;
    }
    let message = "3 characters are not valid UTF-16, and were read as U+FFFD";
    assert_eq!(told(&units, &[]), [(Some(11), message.to_owned())]);
}
