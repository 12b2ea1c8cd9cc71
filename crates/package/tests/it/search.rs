//! An indicator that stands anywhere in a package is found, or what was not searched is named.

use mde_forensics_package::{Budgets, FolderFile, Package, Search, parse_indicators};

use crate::{
    builder::{Zip, stored},
    event_log::image::{Chunk, log, text},
    generated::{members, spec},
};

const IOC: &str = "c2.hidden-ioc.example";

fn search<'a>(members: impl IntoIterator<Item = (&'a str, &'a [u8])>, list: &str) -> Search {
    let files = members.into_iter().map(|(name, bytes)| FolderFile::new(name, bytes.to_vec()));
    let package = Package::open_folder(files.collect(), &Budgets::default()).unwrap();
    package.search(&parse_indicators(list).unwrap(), 1_000).unwrap()
}

#[test]
fn a_line_that_no_table_has_is_searched_too() {
    let members = members(&spec(3));
    let texts: Vec<_> = members
        .iter()
        .filter(|(name, _)| ![".pf", ".evtx", ".cab", ".7db"].iter().any(|end| name.ends_with(end)))
        .collect();
    assert!(texts.len() > 25, "{}", texts.len());
    // All at once: what is found in one member says nothing of another.
    for place in ["begin", "middle", "end"] {
        let odd = format!("x {IOC} y");
        let with: Vec<_> = texts
            .iter()
            .map(|(name, bytes)| {
                let is_wide = bytes.starts_with(&[0xff, 0xfe]);
                let odd: Vec<u8> = if is_wide {
                    odd.encode_utf16().chain([13, 10]).flat_map(u16::to_le_bytes).collect()
                } else {
                    format!("{odd}\r\n").into_bytes()
                };
                let newline: &[u8] = if is_wide { b"\n\0" } else { b"\n" };
                let lines: Vec<_> = (0..bytes.len().saturating_sub(newline.len() - 1))
                    .filter(|at| bytes[*at..].starts_with(newline) && (!is_wide || at % 2 == 0))
                    .map(|at| at + newline.len())
                    .collect();
                let at = match place {
                    "begin" => {
                        if is_wide {
                            2
                        } else {
                            0
                        }
                    }
                    "middle" => lines.get(lines.len() / 2).copied().unwrap_or(bytes.len()),
                    _ => bytes.len(),
                };
                let mut with = bytes[..at].to_vec();
                if place == "end" && !bytes.is_empty() && lines.last() != Some(&bytes.len()) {
                    with.extend(newline);
                }
                with.extend(odd);
                with.extend(&bytes[at..]);
                (name.as_str(), with)
            })
            .collect();
        let found = search(with.iter().map(|(name, bytes)| (*name, bytes.as_slice())), IOC);
        let missed: Vec<_> = texts
            .iter()
            .filter(|(name, _)| found.hits.iter().all(|hit| hit.member != **name))
            .map(|(name, _)| name)
            .collect();
        assert!(missed.is_empty(), "{place}: {missed:#?}");
    }
}

#[test]
fn what_rows_have_is_not_told_again_by_its_line() {
    let members = members(&spec(3));
    let files = members.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let found = search(files, "svchost.exe\nexplorer.exe\nchrome.exe");
    let (of_lines, of_rows): (Vec<_>, Vec<_>) =
        found.hits.iter().partition(|hit| hit.table == "text");
    assert!(of_rows.len() > 20);
    assert!(of_lines.is_empty(), "{of_lines:#?}");
}

#[test]
fn what_stands_behind_an_escape_or_in_binary_is_found() {
    let wide = IOC
        .encode_utf16()
        .map(|unit| format!("{:04X}", unit.swap_bytes()))
        .collect::<Vec<_>>()
        .concat();
    let hash = "44d88612fea8a8f36de82e1278abb02f";
    for (kind, data, list) in [
        ("REG_SZ", IOC.to_owned(), IOC),
        ("REG_MULTI_SZ", format!(r"good.example\0{IOC}"), IOC),
        ("REG_MULTI_SZ", r"10.1.1.1\0185.220.101.4".to_owned(), "185.220.101.4"),
        ("REG_MULTI_SZ", r"good.exe\0evil.exe".to_owned(), "evil.exe"),
        ("REG_MULTI_SZ", format!(r"x\0{hash}"), hash),
        ("REG_SZ", format!("rundll32 x,http%3A%2F%2F{IOC}"), IOC),
        ("REG_SZ", format!(r#"{{"a":"x\n{IOC}"}}"#), IOC),
        ("REG_BINARY", wide, IOC),
        ("REG_SZ", r"C:\ÜBEL.EXE".to_owned(), "übel.exe"),
        ("REG_SZ", format!("{IOC}_x"), IOC),
        ("REG_SZ", r#"{"run":"C:\\Users\\a\\new.exe"}"#.to_owned(), r"C:\Users\a\new.exe"),
        ("REG_SZ", r#"{"run":"\"C:\\a b\\c.exe\" -x"}"#.to_owned(), r#"name,b\c.exe" -x"#),
        ("REG_SZ", r#"{"run":"\\\\server\\share\\c.exe"}"#.to_owned(), r"\\server\share\c.exe"),
    ] {
        let text = format!(
            "HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\r\n    Evil    {kind}    {data}\r\n"
        );
        let found = search([("Autoruns/Autoruns.txt", text.as_bytes())], list);
        let is_of_row = |table: &str| found.hits.iter().any(|hit| hit.table == table);
        assert!(is_of_row("registry_values") && !is_of_row("text"), "{data}: {:#?}", found.hits);
    }
}

#[test]
fn a_path_in_the_fields_of_an_event_is_found_as_it_is_meant() {
    let mut chunk = Chunk::new(1);
    chunk.record(|xml| {
        xml.define(
            |xml| {
                xml.open("Event", 0xffff, false).body().open("System", 0xffff, false).body();
                xml.element("EventID", 0).close().open("EventData", 0xffff, false).body();
                xml.data("Path", 1).data("ObjectName", 2).close().close();
            },
            &[
                (6, 4663_u16.to_le_bytes().into()),
                text(r"file:_C:\Users\Fiona\Downloads\eicar.com"),
                text(r"\Device\HarddiskVolume3\Windows\System32\config\SAM"),
            ],
        );
    });
    let log = log(&[chunk.finish()]);
    for list in [
        "eicar.com",
        r"C:\Users\Fiona\Downloads\eicar.com",
        r"fiona\downloads",
        r"\Windows\System32\config\SAM",
        r"\Device\HarddiskVolume3\Windows\System32\config\SAM",
    ] {
        for member in ["Security Event Log/Security.evtx", "MPSupportFiles/System.evtx"] {
            let found = search([(member, &*log)], list);
            let columns: Vec<_> = found.hits.iter().map(|hit| hit.column.as_str()).collect();
            assert_eq!(columns, ["event_data"], "{member}: {list}");
        }
    }
}

#[test]
fn a_path_is_found_behind_the_name_of_its_volume() {
    for (data, list, expected) in [
        (r"\VOLUME{01db2700ce34a88c-fcce4b22}\WINDOWS\A.EXE", r"C:\Windows\a.exe", 1),
        (r"\Device\HarddiskVolume12\Windows\a.exe", r"D:\WINDOWS\A.EXE", 1),
        (r#"{"a":"\\Device\\HarddiskVolume3\\Windows\\a.exe"}"#, r"C:\Windows\a.exe", 1),
        (r"\??\Volume{00000000-0000-0000-0000-100000000000}\b\a.exe", r"C:\b\a.exe", 1),
        (r"\Device\HarddiskVolume3\Windows\a.exe2", r"C:\Windows\a.exe", 0),
        (r"\Device\HarddiskVolume3\x\Windows\a.exe", r"C:\Windows\a.exe", 0),
        (r"C:\x\Windows\a.exe", r"C:\Windows\a.exe", 0),
        (r"D:\Windows\a.exe", r"C:\Windows\a.exe", 0),
        (r"Volume3\Windows\a.exe", r"C:\Windows\a.exe", 0),
        (r"{x}\Windows\a.exe", r"C:\Windows\a.exe", 0),
        (r"\VOLUME{01db2700ce34a88c-fcce4b22}\WINDOWS\A.EXE", r"C:\", 0),
    ] {
        let text = format!(
            "HKEY_LOCAL_MACHINE\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\r\n    Evil    REG_SZ    {data}\r\n"
        );
        let found = search([("Autoruns/Autoruns.txt", text.as_bytes())], list);
        let hits = found.hits.iter().filter(|hit| hit.table == "registry_values").count();
        assert_eq!(hits, expected, "{data}: {list}: {:#?}", found.hits);
    }
}

#[test]
fn a_file_in_a_listing_is_found_by_its_whole_path() {
    let listing = " Volume in drive C has no label.\r\n\r\n Directory of C:\\Users\\a\\AppData\\Local\\Temp\r\n\r\n\
        07-08-2025  15:12                53 HOST\\a                 .ses\r\n\
        07-08-2025  15:12                53 HOST\\a                 evil.exe\r\n\
        \x20              2 File(s)            106 bytes\r\n\r\n     Total Files Listed:\r\n\
        \x20              2 File(s)            106 bytes\r\n               0 Dir(s)  75,000 bytes free\r\n";
    for (list, expected) in [
        (r"C:\Users\a\AppData\Local\Temp\.ses", &["name"][..]),
        (r"Temp\evil.exe", &["name"]),
        ("evil.exe", &["name"]),
        (r"Temp\evil", &["name"]),
        (r"Temp\vil.exe", &[]),
        (r"AppData\Local", &["folder", "folder", "folder"]),
    ] {
        let found = search([("Temp Directories/a_TempDirFiles.txt", listing.as_bytes())], list);
        let columns: Vec<_> = found.hits.iter().map(|hit| hit.column.as_str()).collect();
        assert_eq!(columns, expected, "{list}: {:#?}", found.hits);
    }
}

#[test]
fn letters_are_told_without_their_case_wherever_they_stand_in_a_word() {
    for (text, list) in [
        ("ΟΔΟΣ.EXE", "οδος.exe"),
        ("οδος.exe", "ΟΔΟΣ.EXE"),
        ("οδοσ.exe", "οδος.exe"),
        ("ΟΔΟΣ", "οδος.example\nοδος"),
        ("İ.EXE", "i̇.exe"),
    ] {
        let found = search([("dropped.txt", text.as_bytes())], list);
        assert_eq!(found.hits.len(), 1, "{text}: {list}");
    }
}

/// Held one against another, or as states of an automaton, so many would take hours and GiB.
#[test]
fn a_long_list_of_hashes_is_looked_for() {
    use std::fmt::Write as _;

    let mut list = String::new();
    for number in 0..100_000_u64 {
        // Hashes have nothing in common.
        let number = u128::from(number).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        writeln!(list, "{number:032x}{number:032X}").unwrap();
    }
    let hash = list.lines().next_back().unwrap();
    let text = format!("x {hash} y\n{hash}0\n0{hash}\n{hash}g\n");
    let found = search([("dropped.txt", text.as_bytes())], &list);
    let lines: Vec<_> = found.hits.iter().map(|hit| hit.line).collect();
    assert_eq!(lines, [Some(1)]);
}

#[test]
fn an_address_is_found_in_whatever_way_it_is_written() {
    let sockets = "\r\n  TCP    10.0.0.1:445   [::ffff:185.220.101.4]:4444   ESTABLISHED     1234\r\n [a.exe]\r\n  TCP    \
                   [2001:db8::1]:445   [2001:db8:0:0:0:0:0:66]:4444   ESTABLISHED     1234\r\n [b.exe]\r\n  TCP    \
                   [2001:db9::1]:1   [2001:db9::2]:2   ESTABLISHED     1234\r\n [c.exe]\r\n";
    for (list, expected) in [
        ("185.220.101.4", 1),
        ("185.220.101.004", 1),
        ("::ffff:185.220.101.4", 1),
        ("http://[2001:db8::66]:443/x", 1),
        ("2001:0db8:0:0::66", 1),
        ("2001:DB8::66", 1),
        ("2001:db8::67", 0),
        ("2001:db8::", 0),
        ("185.220.101.40", 0),
    ] {
        let found =
            search([("Network Connections/ActiveNetConnections.txt", sockets.as_bytes())], list);
        let addresses = found.hits.iter().filter(|hit| hit.column == "remote_address").count();
        assert_eq!(
            (addresses, found.total),
            (expected, expected as u64),
            "{list}: {:#?}",
            found.hits
        );
    }
}

#[test]
fn an_address_as_one_number_is_no_label_of_a_host() {
    for (url, expected) in [
        ("https://1437963266/x", 1),
        ("https://1437963266.rsc.cdn77.org/x", 0),
        ("//1437963266-bucket", 0),
    ] {
        let text = format!("HKEY_USERS\\S-1-5-18\\Software\\Run\n    a    REG_SZ    {url}\n\n");
        let found = search([("Autoruns/Autoruns.txt", text.as_bytes())], "85.181.148.2");
        assert_eq!(found.total, expected, "{url}: {:#?}", found.hits);
    }
}

#[test]
fn what_no_table_is_made_of_is_searched_as_far_as_it_is_text_and_named() {
    let arp = b"  10.0.0.2  00-50-56-fe-d6-6b  dynamic\r\n";
    let history = format!("curl http://{IOC}/x\n");
    let inner =
        Zip::of([stored("shell_history.txt", history.as_bytes()), stored("Arp.txt", arp)]).build();
    let found = search([("pkg.zip", inner.as_slice())], IOC);
    assert_eq!(found.hits.len(), 1);
    assert_eq!(
        (found.hits[0].table, found.hits[0].member.as_str()),
        ("text", "pkg.zip!shell_history.txt")
    );
    let named = |found: &Search, member: &str| {
        found
            .not_searched
            .iter()
            .find(|own| own.member.as_deref() == Some(member))
            .map(|own| own.why.clone())
    };
    assert!(named(&found, "pkg.zip!shell_history.txt").is_some());
    assert_eq!(named(&found, "pkg.zip!Arp.txt"), None);

    let binary = [b"MZ\0\x01\x02", IOC.as_bytes(), b"\0"].concat();
    let layout: Vec<u8> =
        format!("[x]\r\n\\{IOC}\\a\r\n").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let layout = [&[0xff, 0xfe][..], &layout].concat();
    let long = format!("{} {IOC}\r\n", "a".repeat(2 << 20));
    let found = search(
        [
            ("dropped.exe", &binary[..]),
            ("Prefetch Files/Prefetch/Layout.ini", &layout),
            ("Prefetch Files/Prefetch/dynrespri.7db", b"\0\0\0"),
            ("Network Connections/Arp.txt", arp),
            ("Users and Groups/QueryUser.txt", long.as_bytes()),
        ],
        IOC,
    );
    let members: Vec<_> = found.hits.iter().map(|hit| hit.member.as_str()).collect();
    assert_eq!(members, ["dropped.exe", "Prefetch Files/Prefetch/Layout.ini"]);
    assert!(named(&found, "dropped.exe").unwrap().contains("no text"));
    assert_eq!(named(&found, "Prefetch Files/Prefetch/Layout.ini"), None);
    assert!(named(&found, "Prefetch Files/Prefetch/dynrespri.7db").unwrap().contains("no text"));
    assert!(
        named(&found, "Users and Groups/QueryUser.txt").unwrap().contains("a line of more than")
    );
}

#[test]
fn what_a_support_cabinet_has_is_searched() {
    let members = members(&spec(3));
    let files = members.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
    let files = files.filter(|(name, _)| name.contains(".cab"));
    let found = search(files, "no-such-thing.example");
    let named: Vec<_> = found.not_searched.iter().filter_map(|own| own.member.as_deref()).collect();
    assert!(
        named.iter().all(|name| !name.contains(".txt") && !name.contains(".json")),
        "{named:#?}"
    );
}

#[test]
fn the_hits_of_each_indicator_are_counted_beyond_the_limit() {
    let lines = "good.example evil.example\r\nevil.example\r\n10.0.0.1 evil.example\r\n";
    let files = vec![FolderFile::new("odd.txt", lines.as_bytes().to_vec())];
    let package = Package::open_folder(files, &Budgets::default()).unwrap();
    let mut list =
        parse_indicators("nothing.example\nevil.example\ngood.example\n10.0.0.1").unwrap();
    // Of two lists that are put together both may have an address.
    list.extend(parse_indicators("::ffff:10.0.0.1").unwrap());
    for limit in [0, 1, 100] {
        let found = package.search(&list, limit).unwrap();
        assert_eq!(found.hits_per_indicator, [0, 3, 1, 1, 1], "{limit}");
        assert_eq!((found.total, found.hits.len()), (5, limit.min(5)));
    }
}
