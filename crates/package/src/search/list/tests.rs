use super::{
    asserts::{assert_found, assert_told},
    parse_indicators, read_indicators,
};
use crate::IndicatorKind;

#[test]
fn lists_come_in_many_forms() {
    let list = "# mine\n\nhxxps://evil[.]example[:]8080/a?b\n10.0.0[.]1\nmimi.exe,why\n\
                D41D8CD98F00B204E9800998ECF8427E\nab\n10.0.0.1\n";
    let found: Vec<_> =
        read_indicators(list).found.into_iter().map(|own| (own.value, own.kind)).collect();
    assert_eq!(
        found,
        [
            ("evil.example".to_owned(), IndicatorKind::Domain),
            ("10.0.0.1".to_owned(), IndicatorKind::Address),
            ("mimi.exe".to_owned(), IndicatorKind::Name),
            ("D41D8CD98F00B204E9800998ECF8427E".to_owned(), IndicatorKind::Hash),
        ]
    );
}

#[test]
fn what_makes_an_indicator_harmless_is_taken_back() {
    for text in [
        "c2.evil.example",
        "c2[.]evil[.]example",
        "c2[DOT]evil(dot)example",
        "c2{.}evil.example",
        "c2 [.] evil [.] example",
        r"c2\.evil\.example",
        "c2[d]evil.example",
        "hxxps[://]c2[.]evil.example",
        "HXXP[:]//c2.evil.example/x?y",
        "//c2.evil.example/x",
        "c2.evil.example/path",
        "c2.evil.example:443",
        "c2.evil.example.",
        ".c2.evil.example",
        "http://user:p@c2.evil.example:8080",
        "domain,c2.evil.example",
        "\"hostname\",\"c2[.]evil.example\"",
        "url\thttps://c2.evil.example/a,b",
        "c2.evil.example,domain,seen once",
    ] {
        let found = parse_indicators(text).unwrap();
        assert_eq!(
            (found[0].value.as_str(), found[0].kind),
            ("c2.evil.example", IndicatorKind::Domain),
            "{text}"
        );
    }
    for (text, value) in [
        ("http://[2001:db8::66]:443/x", "2001:db8::66"),
        ("[2001:db8::66]:443", "2001:db8::66"),
        ("2001:db8::66", "2001:db8::66"),
        ("ip-dst,185.220.101.4", "185.220.101.4"),
        ("185.220.101.4:4444", "185.220.101.4"),
        ("tcp://185.220.101.4:4444", "185.220.101.4"),
        ("185.220.101.004", "185.220.101.004"),
        ("185[.]220[.]101[.]4/x", "185.220.101.4"),
        ("185.220.101.4/", "185.220.101.4"),
        ("'185.220.101.4'", "185.220.101.4"),
        ("`185.220.101.4`", "185.220.101.4"),
        ("<185.220.101.4>", "185.220.101.4"),
        ("ip:185.220.101.4", "185.220.101.4"),
        ("IP = \"185.220.101.4\"", "185.220.101.4"),
        ("185.220.101.4,http://185.220.101.4/x", "185.220.101.4"),
    ] {
        let found = parse_indicators(text).unwrap();
        assert_eq!(
            (found[0].value.as_str(), found[0].kind),
            (value, IndicatorKind::Address),
            "{text}"
        );
    }
    for (text, value) in [
        ("user@evil.example", "user@evil.example"),
        ("user[@]evil[.]example", "user@evil.example"),
        (r"C:\a\b.exe", r"C:\a\b.exe"),
        (r"\??\C:\a\b.sys", r"\??\C:\a\b.sys"),
        (r"\\?\C:\a\b.sys", r"\\?\C:\a\b.sys"),
        ("file:///C:/a/b.sys", "file:///C:/a/b.sys"),
    ] {
        let found = parse_indicators(text).unwrap();
        assert_eq!(
            (found[0].value.as_str(), found[0].kind),
            (value, IndicatorKind::Name),
            "{text}"
        );
    }
}

#[test]
fn what_is_no_host_stays_as_it_is_written() {
    for text in [
        "tool[d].exe",
        r"C:\tool[d].exe",
        "tool[d]exe",
        "report (at) home.docx",
        "report[at]home.docx",
        r"dir\.hidden.txt",
        r"\dir\.hidden",
        r"Temp\.ses\a",
        "a(.)b c",
        "htxp.exe",
    ] {
        assert_eq!(parse_indicators(text).unwrap()[0].value, text);
    }
    for (text, value) in [
        ("mimi[.]exe", "mimi.exe"),
        ("mimi(dot)exe", "mimi.exe"),
        ("mimi(.)exe", "mimi.exe"),
        ("mimi{.}exe", "mimi.exe"),
        (r"10\.0\.0\.1", "10.0.0.1"),
        ("hxxp://evilhost/x", "evilhost"),
        ("user(at)evil(dot)example", "user@evil.example"),
        ("c2[d]evil[d]example[:]443", "c2.evil.example"),
    ] {
        assert_eq!(parse_indicators(text).unwrap()[0].value, value, "{text}");
    }
    // Of a domain, or of a folder and a name that begins with a full stop.
    assert_eq!(read_indicators("user\\.ssh\nevil\\.example").unusable.len(), 2);
}

#[test]
fn lines_of_other_programs_are_read_or_told() {
    const HASH: &str = "44d88612fea8a8f36de82e1278abb02f";
    for text in ["HASH  evil-tool.exe", "HASH *a b.exe", "md5:HASH", "MD5 = HASH", "HASH,x.exe"] {
        let found = parse_indicators(&text.replace("HASH", HASH)).unwrap();
        assert_eq!((found[0].value.as_str(), found.len()), (HASH, 1), "{text}");
    }
    for name in ["evil tool.exe", r"C:\Program Files\a b\c.exe", "quarterly report.pdf", "a.one,b"]
    {
        assert_eq!(read_indicators(name).found.len(), 1, "{name}");
    }
    for text in [
        "0.0.0.0 c2.evil.example",
        "[domain-name:value = 'c2.evil.example']",
        r#"{"type": "indicator", "value": "198.51.100.66"}"#,
        "seen at c2.evil.example",
        "198.51.100.66,updater.exe",
        "198.51.100.66;updater.exe",
        "198.51.100.66\tupdater.exe",
        "198.51.100.66|updater.exe",
        "updater.exe,198.51.100.66",
    ] {
        assert_told(text);
    }
}

#[test]
fn of_the_cells_of_a_line_none_that_is_clear_is_lost() {
    const MD5: &str = "44d88612fea8a8f36de82e1278abb02f";
    let sha256 = "a".repeat(64);
    let sha1 = "b".repeat(40);
    for (text, expected) in [
        ("MD5,SHA256,x.exe", &["MD5", "SHA256"][..]),
        ("SHA1=SHA1,MD5=MD5,SHA256=SHA256,IMPHASH=MD5", &["SHA1", "MD5", "SHA256"]),
        ("md5:MD5,sha256:SHA256", &["MD5", "SHA256"]),
        ("MD5,sha256:SHA256", &["MD5", "SHA256"]),
        ("mimi.exe,md5:MD5", &["MD5"]),
        ("mimi.exe,MD5", &["MD5"]),
        ("MD5,198.51.100.66", &["MD5", "198.51.100.66"]),
        ("ip:198.51.100.66,domain:evil.example", &["198.51.100.66", "evil.example"]),
        ("domain,evil.example,198.51.100.66", &["evil.example", "198.51.100.66"]),
        ("198.51.100.66,198.51.100.67", &["198.51.100.66", "198.51.100.67"]),
        ("ip-dst|port,198.51.100.66|443", &["198.51.100.66"]),
        ("hostname|port\tevil.example|443", &["evil.example"]),
        ("domain|ip,evil.example|198.51.100.66", &["evil.example", "198.51.100.66"]),
        ("filename|sha256,mimi.exe|SHA256", &["SHA256"]),
        ("mutex,Global\\EvilMutex", &["Global\\EvilMutex"]),
        ("filepath,C:\\ProgramData\\evil", &["C:\\ProgramData\\evil"]),
        ("service,EvilSvc", &["EvilSvc"]),
        ("name,EvilSvc,seen once", &["EvilSvc"]),
        ("File Name: mimi.exe", &["mimi.exe"]),
        ("MD5,Trojan.Agent", &["MD5"]),
        ("MD5,shell.aspx", &["MD5"]),
        ("Hashes: SHA1=SHA1,MD5=MD5,SHA256=SHA256,IMPHASH=MD5", &["SHA1", "MD5", "SHA256"]),
        ("Hashes: MD5=MD5", &["MD5"]),
        ("evil.exe,\"MD5=MD5,SHA256=SHA256\"", &["MD5", "SHA256"]),
        ("SHA-256   SHA256  C:\\Users\\x\\evil tool.exe", &["SHA256"]),
        ("md5 MD5", &["MD5"]),
        ("SHA2-256(mimi.exe)= SHA256", &["SHA256"]),
        ("0xMD5", &["MD5"]),
        ("MD5  evil.com", &["MD5"]),
        ("\"185.220.101.4:4444\", \"ip:port\", \"botnet_cc\"", &["185.220.101.4"]),
        (
            "\"5a1b\",\"123\",\"domain|ip\",\"evil.example|185.1.2.3\"",
            &["evil.example", "185.1.2.3"],
        ),
        ("\"5a1b\",\"email-src\",\"bad@evil.example\"", &["bad@evil.example"]),
        ("uri,/gate.php", &["/gate.php"]),
        ("user-agent,Mozilla/5.0 (NT 10.0; x64)", &["Mozilla/5.0 (NT 10.0; x64)"]),
        ("http://3405803781/x", &["203.0.113.5"]),
        ("evil.exe!", &["evil.exe"]),
        ("evil\u{3002}example", &["evil.example"]),
        ("\"Evil #1 Service\"", &["Evil #1 Service"]),
        ("\"C:\\dir #1\\evil.exe\"", &["C:\\dir #1\\evil.exe"]),
        ("C:\\Program Files\\a b\\c.exe", &["C:\\Program Files\\a b\\c.exe"]),
        ("name,evil.exe -enc abc", &["evil.exe -enc abc"]),
        ("185.1.2.3,first seen: 2024-01-02,dropped by a.exe in temp", &["185.1.2.3"]),
        ("185.1.2.3,type: Emotet", &["185.1.2.3"]),
        ("evil.example,Actor.Name", &["evil.example"]),
        ("hxxps://evil[.]example/x,Malware.Download", &["evil.example"]),
        ("Emotet,10.0.0.1", &["10.0.0.1"]),
        ("Emotet dropper,evil-tool.exe", &["evil-tool.exe"]),
        ("Trojan.Agent,Emotet", &["Trojan.Agent"]),
        ("\"C:\\a,b\\evil\",why", &["C:\\a,b\\evil"]),
        ("\"Evil;Svc\"", &["Evil;Svc"]),
        ("\\SHA256  C:\\\\x\\\\mimi.exe", &["SHA256"]),
        ("\\SHA256 *C:\\\\x\\\\mimi.exe", &["SHA256"]),
        ("SHA256 (mimi.exe) = SHA256", &["SHA256"]),
        ("7c2d,12,\"Network activity\",\"ip-dst\",198.51.100.66,\"a C2\"", &["198.51.100.66"]),
        ("- mimi.exe", &["mimi.exe"]),
        ("\u{2022} mimi.exe", &["mimi.exe"]),
        ("1. mimi.exe", &["mimi.exe"]),
        ("evil.example\u{200b}", &["evil.example"]),
        ("\u{202a}C:\\ProgramData\\evil", &["C:\\ProgramData\\evil"]),
        ("(MD5)", &["MD5"]),
        ("\u{201c}evil.example\u{201d}", &["evil.example"]),
        ("https://evil.example\\x", &["evil.example"]),
    ] {
        let own = |text: &str| {
            // Kinds of hashes stand before hashes.
            let hash = |text: String, name: &str, hash: &str| {
                let label = [format!("{name}="), format!("{name} (")];
                let kept = text.replace(&label[0], "\u{1}").replace(&label[1], "\u{2}");
                kept.replace(name, hash).replace('\u{1}', &label[0]).replace('\u{2}', &label[1])
            };
            let text = hash(text.to_owned(), "SHA256", &sha256);
            hash(hash(text, "SHA1", &sha1), "MD5", MD5)
        };
        let expected: Vec<_> = expected.iter().map(|value| own(value)).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        assert_found(&own(text), &expected);
    }
}

#[test]
fn a_line_that_could_be_meant_in_two_ways_is_told() {
    for text in [
        "198.51.100.66,10.0.0.0/8",
        "CIDR,198.51.100.0/24",
        "evil.example,https://reference.example/url/1/",
        "44d88612fea8a8f36de82e1278abb02f,http://evil.example/x",
        "IP,Description",
        "Domain,Comment",
        "address,note",
        "hostname,Source",
        "value,type",
        "filename|sha256,a|b|c",
        "ip,Beschreibung",
        "EvilSvc,seen once",
        "domain",
        "mimi.exe - dumper",
        "mimi.exe (dumper)",
        "Image = mimi.exe",
        "Image: mimi.exe",
        "44d88612fea8a8f36de82e1278abb02f#c2",
        "mimi.exe:44d88612fea8a8f36de82e1278abb02f",
        "evil.example)",
        "evil.example#c2",
        "query:evil.example",
        "server=/evil.example/",
        "local-zone: \"evil.example\" static",
        "evil\u{200b}.example",
        "MD5 SHA1",
        "MD5 / SHA1",
        "MD5:SHA1",
        "MD5/SHA1",
        "MD5 evil.example",
        "MD5 185.1.2.3",
        "MD5,evil.com",
        "MD5,x.py",
        "evil.exe MD5,SHA1",
        "C2 at 185.1.2.3,evil.example",
        "evil.example, see 185.1.2.3",
        "a.exe;C2=185.1.2.3",
        "www.Evil.com,185.1.2.3",
        "Evil.com,evil2.example",
        "Ticket #123,evil.example",
        "C:\\dir #1\\evil.exe",
        "C:\\x\\evil.exe MD5",
        "SHA256 hash of C:\\evil.exe:",
        "Dropped C:\\x\\evil.exe",
        "Registry: HKLM\\Software\\Evil",
        "C:\\x\\evil.exe (dropper)",
        "Phish from bad@evil.example",
        "evil.example:185.1.2.3",
        "185.1.2.3:evil.example",
        "file:name = 'evil.exe'",
        "mutex:name = 'evil'",
        "Filename: evil.exe and other.exe",
        "C:\\Users\\<user>\\AppData\\evil.exe",
        "C:\\Users\\%USERNAME%\\evil.exe",
        "HKLM\\...\\Run\\Evil",
        "evil dot example dot com",
    ] {
        let text = text.replace("SHA1", &"b".repeat(40));
        assert_told(&text.replace("MD5", "44d88612fea8a8f36de82e1278abb02f"));
    }
}

#[test]
fn a_line_of_types_alone_costs_no_more_than_it_is_long() {
    for text in ["md5:", "hashes=", "file|", "ip,"] {
        assert_eq!(read_indicators(&text.repeat(200_000)).unusable.len(), 1, "{text}");
    }
}

#[test]
fn a_line_that_is_longer_than_any_indicator_is_told_at_once() {
    let longest = "x".repeat(1 << 16);
    assert_found(&longest, &[&longest]);
    let list = format!("evil.exe\n{longest}{longest}");
    let why = parse_indicators(&list).unwrap_err();
    assert!(why.starts_with("line 2, `xx") && why.len() < 1_000, "{why}");
    assert_eq!(read_indicators(&format!("# {longest}")).unusable, []);
}

#[test]
fn an_indicator_is_looked_for_once_however_it_is_written() {
    let list = "Evil.exe\nevil.exe\nevil.example\nEVIL.EXAMPLE\n10.0.0.1\n010.0.0.1\n::1\n0:0:0:0:0:0:0:1\n";
    let found: Vec<_> = read_indicators(list).found.into_iter().map(|own| own.value).collect();
    assert_eq!(found, ["Evil.exe", "evil.example", "10.0.0.1", "::1"]);
}

#[test]
fn what_is_no_indicator_is_told_by_its_line() {
    let list = "a.exe # why\n  #x\n*.exe\nC#.dll\n10.0.0.0/8\nab\nd41d8cd98f00b204e9800998ecf8427e0\n---\n\
                type,value\nEmotet,Trickbot\nc2[.evil.example\nhttp:///x\n185.220.101.4/32\n";
    let read = read_indicators(list);
    let values: Vec<_> = read.found.iter().map(|own| own.value.as_str()).collect();
    assert_eq!(values, ["a.exe", "C#.dll"]);
    let lines: Vec<_> = read.unusable.iter().map(|own| own.line).collect();
    assert_eq!(lines, [3, 5, 6, 7, 8, 9, 10, 11, 12, 13]);
    assert_eq!(read.unusable[0].text, "*.exe");
}

#[test]
fn the_letters_of_a_harmless_scheme_are_those_of_any_name_within_a_word() {
    for text in ["qhxxpkd.example", r"C:\Temp\dthxxpbz.exe", "hxxpress.exe"] {
        let read = read_indicators(text);
        assert_eq!((read.found.len(), read.unusable.len()), (1, 0), "{text}: {read:?}");
    }
    for text in ["see hxxps://evil.example", "x hxxp:/evil", r"C:\Temp\hxxp[x].exe"] {
        assert_told(text);
    }
}
