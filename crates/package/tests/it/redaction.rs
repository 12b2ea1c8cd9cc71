//! Nothing that names a person, a host or an address is in any redacted output.

use std::collections::{BTreeMap, btree_map::Entry};

use mde_forensics_emulator::package::{self as emulator, PackageSpec};
use mde_forensics_package::{
    Budgets, FolderFile, Format, Package, Redaction, Source, TableWriter, write_ocsf,
    write_timesketch,
};
use serde_json::json;
use time::macros::datetime;

use crate::{event_log::security, generated::Generated};

/// Every table in every format of text, redacted or as it is.
fn exported<S: Source>(package: &Package<S>, mut redaction: Option<Redaction>) -> String {
    let mut writers = BTreeMap::new();
    let mut lines = Vec::new();
    package
        .read_all(&mut |table, batch| {
            let batch = match &mut redaction {
                Some(redaction) => redaction.apply(&batch)?,
                None => batch,
            };
            write_ocsf(table, &batch, None, &mut lines)?;
            if table.name == "timeline" {
                write_timesketch(&batch, &mut lines)?;
            }
            for format in [Format::Csv, Format::Ndjson] {
                let key = (table.name, format.extension());
                let writer = match writers.entry(key) {
                    Entry::Occupied(writer) => writer.into_mut(),
                    Entry::Vacant(place) => {
                        place.insert(TableWriter::new(format, table, Vec::new())?)
                    }
                };
                writer.write(&batch)?;
            }
            Ok(())
        })
        .unwrap();
    for (_, writer) in writers {
        lines.extend(writer.finish().unwrap());
    }
    String::from_utf8(lines).unwrap().to_lowercase()
}

/// How often a name stands by itself in a text in lower case.
fn count(text: &str, name: &str) -> usize {
    let name = name.to_lowercase();
    let alone = |place: usize| {
        let before = text.get(..place).unwrap().chars().next_back();
        let after = text.get(place + name.len()..).unwrap().chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    };
    text.match_indices(&name).filter(|(place, _)| alone(*place)).count()
}

#[test]
fn no_name_and_no_address_is_left_in_any_table_and_format() {
    for seed in [0, 3, 5_u64] {
        let collected = datetime!(2026-01-15 09:12:33 UTC)
            + time::Duration::hours(709) * i32::try_from(seed).unwrap();
        let spec = PackageSpec::new(seed, "ws-042.corp.contoso.com", collected);
        let generated = emulator::Package::generate(&spec);
        let written = generated.written().clone();
        let package = Package::open(Generated(generated), &Budgets::default()).unwrap();
        let plain = exported(&package, None);
        let redacted = exported(&package, Some(Redaction::of(&package).unwrap()));

        let mut secrets = vec![written.device.clone(), written.domain.clone().unwrap()];
        secrets.push(format!("{}.{}", written.device, written.domain.unwrap()));
        secrets.push("corp".to_owned());
        secrets.extend(written.addresses.iter().cloned());
        secrets.extend(written.addresses.iter().map(|address| address.replace('-', ":")));
        for (name, sid) in &written.users {
            secrets.push(sid.clone());
            // These two every Windows has.
            if !["Administrator", "WDAGUtilityAccount"].contains(&name.as_str()) {
                secrets.push(name.clone());
            }
        }
        let mut found = 0;
        for secret in &secrets {
            found += usize::from(count(&plain, secret) > 0);
            if count(&redacted, secret) > 0 {
                let example = redacted.lines().find(|line| count(line, secret) > 0);
                panic!("seed {seed}: `{secret}` in {example:?}");
            }
        }
        assert!(found > 6, "seed {seed}: only {found} of {secrets:?} were there at all");
        // What stands for a name is a name again, so that questions can still be asked.
        assert!(count(&redacted, "host-1") > 100 && redacted.contains("user-1"));
    }
}

#[test]
fn a_name_is_the_same_in_every_table_and_none_is_mistaken_for_a_folder() {
    let file = |name: &str, text: &str| FolderFile::new(name, text.as_bytes().to_vec());
    let files = vec![
        file("Network Connections/Arp.txt", "  10.0.0.2  00-50-56-fe-d6-6b  dynamic\n"),
        file(
            "Autoruns/Autoruns.txt",
            "HKEY_USERS\\S-1-5-21-1-2-3-1001\\Software\\Run\n    a    REG_SZ    C:\\Users\\Zoë Q\\a.exe 10.0.0.2\n\n",
        ),
        file(
            "Users and Groups/QueryUser.txt",
            " USERNAME  SESSIONNAME  ID  STATE  IDLE TIME  LOGON TIME\n zoë q  console  2  Active  none  07/08/2025 14:56\n",
        ),
    ];
    let package = Package::open_folder(files, &Budgets::default()).unwrap();
    let redacted = exported(&package, Some(Redaction::of(&package).unwrap()));
    for secret in ["zoë", "1001", "10.0.0.2", "00-50-56-fe-d6-6b"] {
        assert!(!redacted.contains(secret), "{secret}");
    }
    assert!(redacted.contains("hkey_users"));
    assert!(redacted.matches("user-1").count() >= 4, "{redacted}");
}

/// A folder of a device that knows of itself, with these values in its registry, as NDJSON with names replaced.
fn registry(values: &[(&str, &str)], more: Vec<FolderFile<Vec<u8>>>) -> String {
    let file = |name: &str, text: &str| FolderFile::new(name, text.as_bytes().to_vec());
    let run = "HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\n";
    let lines = values.iter().map(|(kind, data)| format!("    v    {kind}    {data}\n"));
    let lines = lines.collect::<Vec<_>>().concat();
    let files = vec![
        file(
            "Network Connections/IpConfig.txt",
            "\nWindows IP Configuration\n\n   Host Name . . . . . . . . . . . . : WS-042\n   Primary Dns Suffix  . . . . . . . : contoso.com\n\nEthernet adapter Ethernet:\n\n   Physical Address. . . . . . . . . : 00-50-56-FE-D6-6B\n",
        ),
        file(
            "Users and Groups/QueryUser.txt",
            " USERNAME  SESSIONNAME  ID  STATE  IDLE TIME  LOGON TIME\n haruto  console  2  Active  none  07/08/2025 14:56\n",
        ),
        file("Autoruns/Autoruns.txt", &format!("{run}{lines}\n")),
    ];
    let package =
        Package::open_folder(files.into_iter().chain(more).collect(), &Budgets::default()).unwrap();
    exported(&package, Some(Redaction::of(&package).unwrap()))
}

#[test]
fn names_are_found_behind_escapes_in_digits_and_in_other_ways_of_writing() {
    let wide = |text: &str| -> String {
        let digits = text.encode_utf16().flat_map(u16::to_le_bytes).map(|b| format!("{b:02X}"));
        digits.collect::<Vec<_>>().concat()
    };
    let values = [
        ("REG_MULTI_SZ", r"x\0haruto\0WS-042\010.20.30.40\0S-1-5-21-1-2-3-1001".to_owned()),
        ("REG_SZ", "http%3A%2F%2FWS-042%2Fharuto%2F10.20.30.40".to_owned()),
        ("REG_SZ", r#"{"u":"x\nharuto\u000aWS-042"}"#.to_owned()),
        ("REG_BINARY", format!("01{}0000{}", wide("Haruto"), wide("10.20.30.40"))),
        ("REG_SZ", "0050.56fe.d66b 005056FED66B 010.020.030.040 ip-10-20-30-40".to_owned()),
        ("REG_SZ", "40.30.20.10.in-addr.arpa".to_owned()),
    ];
    let values: Vec<_> = values.iter().map(|(kind, data)| (*kind, data.as_str())).collect();
    let redacted = registry(&values, Vec::new());
    for secret in [
        "haruto",
        "ws-042",
        "1001",
        "10.20.30.40",
        "30.20.10",
        "010.020",
        "10-20-30",
        "d66b",
        &wide("haruto").to_lowercase(),
        &wide("10.20").to_lowercase(),
    ] {
        let example = redacted.lines().find(|line| line.contains(secret));
        assert!(example.is_none(), "{secret}: {example:?}");
    }
    assert!(redacted.contains(r"x\\0user-1\\0host-1\\0address-"), "{redacted}");
    assert!(redacted.contains(&wide("user-1").to_lowercase()), "{redacted}");
}

#[test]
fn hosts_and_accounts_that_are_only_mentioned_are_known() {
    let values = [
        ("REG_SZ", r"\\FILESRV07\share\run.exe /user:CONTOSO\j.meier /home=C:\Users\anna.schmidt"),
        ("REG_SZ", r"C:\Users\Peter Jones"),
        ("REG_SZ", r"call j.meier on FILESRV07, dc01 and sqlprod with PeterJ"),
        ("REG_SZ", r"C:\Documents and Settings\OldPerson\x for oldperson"),
        ("REG_SZ", r"ldap://_ldap._tcp.dc9.contoso.com k.novak@contoso.com k.novak"),
        ("REG_SZ", "https://eicar.com/com/handler c2.evil.example"),
    ];
    let records = "\nWindows IP Configuration\n\n    dc01.contoso.com\n    ----------------------------------------\n    Record Name . . . . . : dc01.contoso.com\n    Record Type . . . . . : 1\n    Time To Live  . . . . : 27106\n    Data Length . . . . . : 4\n    Section . . . . . . . : Answer\n    A (Host) Record . . . : 10.20.30.40\n\n\n    sqlprod\n    ----------------------------------------\n    Record Name . . . . . : sqlprod\n    Record Type . . . . . : 1\n    Time To Live  . . . . : 27106\n    Data Length . . . . . : 4\n    Section . . . . . . . : Answer\n    A (Host) Record . . . : 10.20.30.41\n\n\n";
    let cache = FolderFile::new("Network Connections/DnsCache.txt", records.as_bytes().to_vec());
    let redacted = registry(&values, vec![cache]);
    for secret in [
        "filesrv07",
        "j.meier",
        "anna.schmidt",
        "peter jones",
        "dc01",
        "sqlprod",
        "oldperson",
        "dc9",
        "novak",
        "contoso",
    ] {
        let example = redacted.lines().find(|line| line.contains(secret));
        assert!(example.is_none(), "{secret}: {example:?}");
    }
    // What is of others is the evidence.
    for kept in ["https://eicar.com/com/handler c2.evil.example", "_ldap._tcp.host-"] {
        assert!(redacted.contains(kept), "{kept}: {redacted}");
    }
}

#[test]
fn nobody_chooses_the_words_that_are_taken_away() {
    let words = "exe dll windows system32 powershell svchost cmd tcp true clean utc enabled reg_sz 4625 443 com microsoft present missing run";
    for (begin, end) in
        [("\\users\\", "\\"), ("C:\\Users\\", "\\x"), ("\\\\", "\\x"), ("/user:", "")]
    {
        let hostile = words.split(' ').map(|word| format!("{begin}{word}{end} "));
        let hostile = hostile.collect::<Vec<_>>().concat();
        let values = [("REG_SZ", words), ("REG_SZ", hostile.as_str())];
        let redacted = registry(&values, Vec::new());
        assert!(redacted.contains(words), "{begin}: {redacted}");
    }
    // A path without a drive is anybody's folder.
    let values = [("REG_SZ", r"x \users\mimikatz\ mimikatz")];
    assert!(registry(&values, Vec::new()).contains(r"x \\users\\mimikatz\\ mimikatz"));
}

#[test]
fn a_word_that_is_only_said_to_be_a_name_and_stands_everywhere_is_told() {
    for (count, expected) in [(10, 0), (2_000, 1)] {
        let line = "    v    REG_SZ    C:\\Users\\agent\\x agent\n".repeat(count);
        let run = format!("HKEY_LOCAL_MACHINE\\Software\\Run\n{line}\n");
        let files = vec![FolderFile::new("Autoruns/Autoruns.txt", run.into_bytes())];
        let package = Package::open_folder(files, &Budgets::default()).unwrap();
        let mut redaction = Redaction::of(&package).unwrap();
        package
            .read_some(&["registry_values"], &mut |_, batch| redaction.apply(&batch).map(|_| ()))
            .unwrap();
        let told: Vec<_> = redaction.doubtful().collect();
        assert_eq!(told.len(), expected, "{told:?}");
        assert!(told.iter().all(|(name, places)| *name == "user-1" && *places > 1_000));
    }
}

/// A name is replaced in words, and what has a shape is no word: half of a SID would tell the other half.
#[test]
fn a_name_that_is_part_of_a_sid_or_of_an_address_breaks_neither() {
    let sid = "S-1-5-21-382297125-1583437520-2123456789-1001";
    let values = [
        ("REG_SZ", r"C:\Users\Ed\x"),
        ("REG_SZ", r"C:\Users\S-1-5-21-382297125\x"),
        ("REG_SZ", r"C:\Users\00-50\x"),
        ("REG_SZ", r"C:\Users\fe80\x"),
        ("REG_SZ", r"C:\Users\a 1583437520\x"),
        (
            "REG_SZ",
            &format!("Ed {sid} a {sid} fe80::abcd:1 00-50-56-FE-D6-6B Ed-02-4F-9F-ED-BA-23"),
        ),
    ];
    let redacted = registry(&values, Vec::new());
    for secret in [
        "1583437520",
        "2123456789",
        "1001",
        "abcd",
        "00-50-56",
        "d6-6b",
        "02-4f",
        "ba-23",
        "ed-",
        "ed ",
    ] {
        let begins =
            |line: &str, at: usize| !line.get(..at).unwrap().ends_with(char::is_alphanumeric);
        let is_there = |line: &&str| line.match_indices(secret).any(|(at, _)| begins(line, at));
        let example = redacted.lines().find(is_there);
        assert!(example.is_none(), "{secret}: {example:?}");
    }
}

#[test]
fn an_adapter_is_found_in_the_digits_of_more() {
    let values = [
        ("REG_BINARY", "000100012FF8256F005056FED66B0042"),
        ("REG_SZ", "{57d7ab0e-4ad1-11ef-8d5d-005056fed66b} 0x005056FED66B 005056FED66A"),
        ("REG_MULTI_SZ", r"x\0005056FED66B\0Dev_005056FED66B\0%2F005056FED66B \u000a005056FED66B"),
        ("REG_SZ", r"C:\005056FED66B\x \x2f005056FED66B \x2F00005056FED66B"),
    ];
    let redacted = registry(&values, Vec::new());
    assert!(!redacted.contains("fed66b"), "{redacted}");
    assert!(redacted.contains("000100012ff8256faddress-1"), "{redacted}");
    assert!(redacted.contains("0x address-1".replace(' ', "").as_str()), "{redacted}");
    assert!(redacted.contains("005056fed66a"), "{redacted}");
}

/// Who is on the network chooses what `arp` knows.
fn arp(adapter: &str) -> FolderFile<Vec<u8>> {
    let text = format!("  192.168.1.77  {adapter}  dynamic\n");
    FolderFile::new("Network Connections/Arp.txt", text.into_bytes())
}

#[test]
fn an_adapter_is_found_in_what_is_only_as_long_as_a_hash_and_with_many_zeros() {
    for (adapter, data, expected) in [
        ("00-1b-21-3c-9d-f8", "0000010006000000001B213C9DF80000", "0000010006000000address-1"),
        ("44-d8-86-12-fe-a8", "0003000144D88612FEA8000000000000", "00030001address-2"),
        ("00-50-56-00-00-01", "00030001005056000001", "00030001address-1"),
        ("00-50-56-00-00-01", "Dev_005056000001", "dev_address-1"),
    ] {
        let redacted = registry(&[("REG_BINARY", data)], vec![arp(adapter)]);
        assert!(redacted.contains(expected), "{adapter}: {data}: {redacted}");
    }
}

#[test]
fn nobody_chooses_what_of_a_hash_of_a_number_or_of_a_guid_is_taken_away() {
    for (adapter, data) in [
        ("44-d8-86-12-fe-a8", "44d88612fea8a8f36de82e1278abb02f"),
        ("a8-f3-6d-e8-2e-12", r"x\044d88612fea8a8f36de82e1278abb02f\0md5"),
        ("a8-f3-6d-e8-2e-12", r"x\u002244d88612fea8a8f36de82e1278abb02f"),
        ("a8-f3-6d-e8-2e-12", "x%2044d88612fea8a8f36de82e1278abb02f%20"),
        ("da-39-a3-ee-5e-6b", "da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        (
            "cf-83-e1-35-7e-ef",
            "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
        ),
        ("00-00-00-00-00-01", "{00000000-0000-0000-0000-000000000001}"),
        ("00-00-00-00-00-46", "{00020400-0000-0000-c000-000000000046}"),
        ("00-00-00-00-00-01", "0000000000010000"),
        ("02-00-03-00-04-00", "01000200030004000500"),
        ("12-34-56-78-9a-bc", "0123456789abcdef00"),
    ] {
        let redacted = registry(&[("REG_BINARY", data)], vec![arp(adapter)]);
        let kept = format!("\"{}\"", data.replace('\\', r"\\"));
        assert!(redacted.contains(&kept), "{adapter}: {data}: {redacted}");
        assert!(!redacted.contains(adapter), "{adapter}: {redacted}");
    }
}

#[test]
fn the_hash_of_a_member_and_the_id_of_a_package_stay_whoever_calls_himself_so() {
    let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let empty = || FolderFile::new("Security Event Log/Security.txt", Vec::new());
    for (adapter, data) in
        [("b0-c4-42-98-fc-1c", String::new()), ("00-50-56-fe-d6-6b", format!(r"C:\Users\{hash}\x"))]
    {
        let redacted = registry(&[("REG_SZ", &data)], vec![arp(adapter), empty()]);
        for field in ["sha256", "member_sha256"] {
            let field = format!("\"{field}\":\"{hash}\"");
            assert!(redacted.contains(&field), "{adapter}: {redacted}");
        }
    }

    let package = Package::open_folder(vec![arp("00-50-56-fe-d6-6b")], &Budgets::default());
    let mut redaction = Redaction::of(&package.unwrap()).unwrap();
    let id = "57d7ab0e-4ad1-11ef-8d5d-005056fed66b";
    let mut document = json!({ "package_id": id, "device": id });
    redaction.document(&mut document);
    assert_eq!(document["package_id"], id);
    assert_eq!(document["device"], "57d7ab0e-4ad1-11ef-8d5d-address-1");
}

#[test]
fn an_address_in_the_name_of_a_host_and_as_one_number_is_found() {
    let values = [(
        "REG_SZ",
        "ec2-10-9-8-7.compute ip-10-9-8-7 http://0x0a090807/ https://168364039:80 10.9.8.7 S-1-5-80-0 jre-8-0-45-1",
    )];
    let redacted = registry(&values, Vec::new());
    let expected = "ec2-address-1.compute ip-address-1 http://address-1/ https://address-1:80 address-1 s-1-5-80-0 jre-8-0-45-1";
    let found =
        redacted.lines().any(|line| line.replace("address-2", "address-1").contains(expected));
    assert!(found, "{redacted}");
}

#[test]
fn the_label_of_a_host_that_is_a_number_is_no_address() {
    for (text, expected) in [
        ("https://1437953666.rsc.cdn77.org/x", "https://1437953666.rsc.cdn77.org/x"),
        ("//20250807-bucket //20250807_x", "//20250807-bucket //20250807_x"),
        ("http://168364039 http://168364039.", "http://address-2 http://address-2."),
    ] {
        let redacted = registry(&[("REG_SZ", text)], Vec::new());
        assert!(redacted.contains(&format!("\"{expected}\"")), "{text}: {redacted}");
    }
}

#[test]
fn a_greek_name_ends_in_either_sigma() {
    let values = [("REG_SZ", r"C:\Users\ΓΙΩΡΓΟΣ\x"), ("REG_SZ", "γιωργος γιωργοσ ΓΙΩΡΓΟΣ")];
    let redacted = registry(&values, Vec::new());
    assert!(redacted.contains("user-2 user-2 user-2"), "{redacted}");
}

#[test]
fn names_of_sessions_and_of_validated_credentials_are_known() {
    let log = security(&[
        (
            4778,
            &[
                ("AccountName", "mallory"),
                ("AccountDomain", "CONTOSO"),
                ("ClientName", "KALI-7"),
                ("ClientAddress", "185.220.101.5"),
            ],
        ),
        (4776, &[("TargetUserName", "bob"), ("Workstation", "WS-BOB"), ("Status", "0xc000006a")]),
    ]);
    let redacted = registry(&[], vec![FolderFile::new("Security Event Log/Security.evtx", log)]);
    for secret in ["mallory", "kali-7", "185.220.101.5", "ws-bob"] {
        assert_eq!(count(&redacted, secret), 0, "{secret}");
    }
}
