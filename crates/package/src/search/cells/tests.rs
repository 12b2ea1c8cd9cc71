use crate::{read_indicators, search::list::asserts};

const MD5: &str = "44d88612fea8a8f36de82e1278abb02f";

/// A text with hashes, and digits that are none, in place of their names.
fn with_hashes(text: &str) -> String {
    let sha256 = "a".repeat(64);
    let sha512 = "a1".repeat(64);
    [
        ("SHA512", &*sha512),
        ("CUT", "44d88612fea8a8f36de82e1278abb02"),
        ("SHA256", &*sha256),
        ("HASH", MD5),
    ]
    .iter()
    .fold(text.to_owned(), |text, (name, hash)| text.replace(name, hash))
}

#[track_caller]
fn assert_told(texts: &[&str]) {
    for text in texts {
        asserts::assert_told(&with_hashes(text));
    }
}

#[track_caller]
fn assert_found(lists: &[(&str, &[&str])]) {
    for (text, expected) in lists {
        let expected: Vec<_> = expected.iter().map(|value| with_hashes(value)).collect();
        let expected: Vec<_> = expected.iter().map(String::as_str).collect();
        asserts::assert_found(&with_hashes(text), &expected);
    }
}

#[test]
fn what_separates_first_separates_the_line() {
    assert_found(&[
        (
            r#""C:\Windows\System32\svchost.exe";"Dropper, erste Stufe""#,
            &[r"C:\Windows\System32\svchost.exe"],
        ),
        (r#""updater.exe";"Dropper, zweite Stufe""#, &["updater.exe"]),
        (r"C:\ProgramData\updater.exe;Dropper, x", &[r"C:\ProgramData\updater.exe"]),
        (r#"HKLM\Software\Evil;"Run, Persistenz""#, &[r"HKLM\Software\Evil"]),
        (r#""mutex";"Global\Evil";"a, b""#, &[r"Global\Evil"]),
        (r"C:\x\evil.exe;0,95", &[r"C:\x\evil.exe"]),
        ("8.8.8.8;Resolver, x", &["8.8.8.8"]),
        ("evil.example;C2, x", &["evil.example"]),
        ("198.51.100.66,seen in a; b", &["198.51.100.66"]),
        ("evil.exe\tDropper, erste Stufe; x", &["evil.exe"]),
        ("Emotet, new\t185.1.2.3", &["185.1.2.3"]),
        ("5f3c5f3c5f3c5f3c5f3c5f3c,185.1.2.3", &["185.1.2.3"]),
        ("% evil", &["% evil"]),
        ("url,http://a.example/x;jsessionid=1,note", &["a.example"]),
        ("evil.exe;;;", &["evil.exe"]),
        ("user-agent;Mozilla/5.0 (KHTML, like Gecko)", &["Mozilla/5.0 (KHTML, like Gecko)"]),
        (r#""a;b.exe",note"#, &["a;b.exe"]),
    ]);
    assert_told(&[
        r#""updater.exe";"Dropper, siehe report.pdf""#,
        "EvilSvc;note, evil.exe",
        "Dropper; zweite, evil.exe",
        r"Dropper, erste Stufe;C:\x\evil.exe",
        "note, http://a.example/x;evil.exe",
        "http://a.example/x;evil.exe, note",
        "filename,a.exe;b.exe",
        r#"old "x", 8.8.8.8;evil.exe"#,
        r#""old ""x"", 8.8.8.8",198.51.100.66"#,
    ]);
}

#[test]
fn what_stands_behind_a_host_is_not_lost() {
    assert_told(&[
        "http://a.example/x http://b.example/y",
        "http://a.example/x 185.1.2.3",
        "http://a.example/x evil.exe",
        "url,http://a.example/x;http://b.example/y",
        r#""http://a.example/x,http://b.example/y""#,
        "evil.example/x evil2.example",
        "185.1.2.3:80/tcp 185.1.2.4:80/tcp",
        "evil.example/x (185.1.2.3)",
        "[185.1.2.3] evil.example",
        "[evil.example] 185.1.2.3",
        "[185.1.2.3]evil.example",
        "evil.example/x\u{1}evil2.example",
        "evil.example\u{b}evil2.example",
        "Reference: https://blog.example/post",
        "More info: https://attack.mitre.org/x",
        "evil.exe https://bazaar.abuse.ch/sample/x/",
        "dropper https://bazaar.abuse.ch/x.exe",
        "C://Windows//updater.exe",
        "http://evil,example/x",
        "url,http://evil,example/x",
        r"http:\\evil.example\x",
        "// evil.example",
        "185.1.2.3%20evil.example",
    ]);
    assert_found(&[
        ("http://a.example/x\rhttp://b.example/y\r", &["a.example", "b.example"]),
        (
            "evil.example\r# c\revil2.example\r\nHASH\revil.exe",
            &["evil.example", "evil2.example", "HASH", "evil.exe"],
        ),
        ("http://a.example/?u=http://b.example/;x", &["a.example"]),
        ("file://server/share/evil.exe", &["file://server/share/evil.exe"]),
        ("file://185.1.2.3/share/evil.exe", &["185.1.2.3"]),
        ("fe80::1%eth0", &["fe80::1%eth0"]),
        ("[185.1.2.3]:80/x", &["185.1.2.3"]),
    ]);
}

#[test]
fn what_a_type_stands_before_is_kept_as_it_is_written() {
    for text in [
        "powershell -c iwr https://raw.githubusercontent.com/x/y.ps1 -o z",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "A1x|B2x",
        r#"C:\x\a.exe -k "b" c"#,
    ] {
        assert_found(&[
            (&format!("commandline,{text}"), &[text]),
            (&format!("mutex\t{text}"), &[text]),
            (&format!("\"name\",\"{}\",\"x\"", text.replace('"', "\"\"")), &[text]),
        ]);
    }
    assert_found(&[
        (r#"commandline,"cmd.exe /c whoami | clip""#, &["cmd.exe /c whoami | clip"]),
        (r#"commandline,"cmd /c ""evil.exe"" -x""#, &[r#"cmd /c "evil.exe" -x"#]),
        (r#"commandline,"cmd.exe /c ""evil, x"" y""#, &[r#"cmd.exe /c "evil, x" y"#]),
        (r#"commandline,"C:\x\a.exe" -k"#, &[r#""C:\x\a.exe" -k"#]),
        (r#"commandline,"""C:\x\a.exe"" -k ""y""""#, &[r#""C:\x\a.exe" -k "y""#]),
    ]);
    assert_told(&[
        "user-agent,Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) EvilBot/1.0",
        r#"commandline,C:\x\a.exe -k "b,c""#,
        "indicator,evil.example - C2",
        "user-agent: Evil (x, y)",
        "uri,/a(b",
        "CommandLine|contains:",
    ]);
}

#[test]
fn a_type_in_any_cell_is_heeded() {
    assert_found(&[
        (r#""5a1b","123","Artifacts dropped","mutex","EvilMutex","a note""#, &["EvilMutex"]),
        (
            r#""5a1b","123","Payload delivery","user-agent","Evil 1.0 (x)","",1,2024"#,
            &["Evil 1.0 (x)"],
        ),
        (r#""5a1b","123","Payload delivery","filename","evil.exe","",1"#, &["evil.exe"]),
        ("evil.exe,filename,seen once", &["evil.exe"]),
        ("evil.example,hostname,seen once", &["evil.example"]),
        ("| mutex | EvilMutex | why |", &["EvilMutex"]),
        ("ip-dst|port,198.51.100.66|443,185.1.2.3", &["198.51.100.66", "185.1.2.3"]),
        ("hostname|port,evil.example|198.51.100.66", &["evil.example", "198.51.100.66"]),
        ("filename|sha256,evil.exe|SHA256,a note", &["SHA256"]),
    ]);
    assert_told(&[
        r#""5a1b","123","Artifacts dropped","mutex","EvilMutex","report.pdf""#,
        "5a1b,mutex,EvilMutex,https://ref.example/x",
        r"5a1b,service,EvilSvc,C:\x\a.dll",
        "EvilSvc,service,report.pdf",
        "Name;Typ;Wert",
        "Name,Length,MD5",
        "| mutex | EvilMutex | evil.exe |",
        "ip-dst|port,198.51.100.66|443,evil.example",
        "filename|authentihash,evil.exe|SHA256",
    ]);
}

#[test]
fn what_is_refused_alone_is_refused_beside_another() {
    assert_told(&[
        "198.51.100.66,*.evil.example",
        "198.51.100.66;*.evil.example",
        "HASH,*.evil.example",
        "198.51.100.66,evil[.example",
        "SHA512,evil.exe",
        "sha512,SHA512,evil.exe",
        r#"185.1.2.3,"Connects to evil.example.""#,
        "HASH (evil.example)",
        "HASH (c2: evil.example)",
        "HASH c2=185.1.2.3",
        "md5 HASH 198.51.100.66",
        "md5 HASH evil.example",
        "HASH SHA512",
        "SHA512  evil.exe",
        "CUT  evil.exe",
        "sha256 CUT",
        "CUT",
        "44d88612fea8a8f36de8",
    ]);
    assert_found(&[
        ("HASH,SHA256,SHA512,evil.exe", &["HASH", "SHA256"]),
        ("HASH evil.exe", &["HASH"]),
        ("185.1.2.3,Emotet?,*", &["185.1.2.3"]),
    ]);
}

#[test]
fn a_label_of_another_kind_is_told() {
    assert_told(&[
        r"Image|endswith: '\updater.exe'",
        "Image:updater.exe",
        "CommandLine|contains: 'evil.exe -x'",
        r"Image: '\evil.exe'",
        r"TargetObject: 'HKLM\Software\Evil'",
        r#"Image: "C:\x\evil.exe""#,
        "Image=mimi.exe",
        r#""name":"evil.exe""#,
        r#"="evil.exe""#,
        r#""Run"="C:\\x\\evil.exe""#,
        "TLP:AMBER",
        "mailto:bad@evil.example",
        r"HKLM\..\Run: Evil",
        r"Drops %APPDATA%\evil.exe",
        r"Copies itself to %TEMP%\evil.exe",
        r"Registry: HKCR\x",
        r"Registry HKU\x",
        r"Share \\10.0.0.1\c$\evil.exe",
        r"Dropped 'C:\x\evil.exe'",
        "Dropped\u{a0}C:\\x\\evil.exe",
        "ip:port",
    ]);
    assert_found(&[
        (r"C:\Program Files\a b\c.exe", &[r"C:\Program Files\a b\c.exe"]),
        (r"Registry::HKLM\Software\Evil", &[r"Registry::HKLM\Software\Evil"]),
        (r"HKLM:\Software\Evil", &[r"HKLM:\Software\Evil"]),
        ("C:/x/evil.exe", &["C:/x/evil.exe"]),
        (r"%APPDATA%\evil.exe", &[r"%APPDATA%\evil.exe"]),
        ("evil.txt:hidden", &["evil.txt:hidden"]),
        (r"\\10.0.0.1\c$\evil.exe", &[r"\\10.0.0.1\c$\evil.exe"]),
    ]);
}

#[test]
fn marks_and_remarks_of_a_list_are_told_from_names() {
    assert_found(&[
        ("- evil.exe, dropper", &["evil.exe"]),
        ("1. evil.exe, dropper", &["evil.exe"]),
        ("evil.exe #dropper", &["evil.exe"]),
        ("EvilSvc # dropper", &["EvilSvc"]),
        ("hxxp://evil[.]example/x #c2", &["evil.example"]),
        ("185.1.2.3,Emotet #malware", &["185.1.2.3"]),
        ("C:\\用户\\报告。最终.docx", &["C:\\用户\\报告。最终.docx"]),
        ("evil\u{ff61}example", &["evil.example"]),
        ("evil\u{ff0e}example", &["evil.example"]),
    ]);
    assert_told(&[
        "Invoice #4711.pdf",
        r"C:\dir #1.exe",
        "Evil #1 Service",
        "mutex,Evil #1 Service",
    ]);
}

#[test]
fn what_nothing_could_match_is_told() {
    assert_told(&[
        "evil .com",
        "evil . example",
        "evil(.com",
        "evil%2Ecom",
        "evil.example- C2",
        "10.82.150.[1-5]",
        r"^evil\.example$",
        r"evil\.example\.com$",
        "-evil.example",
        "evil.exe)",
        "mimi.exe(dumper)",
        "a.exe/b.exe",
        "'evil.exe",
        "bad@evil.example)",
        r"%System%\drivers\evil.sys",
        r"%User Temp%\evil.exe",
        r"C:\Users\[REDACTED]\evil.exe",
        r"C:\Users\$USER\evil.exe",
        "C:\\Program\u{a0}Files\\evil.exe",
        "file evil.exe",
        r"mutex Global\Evil",
        "service EvilSvc",
    ]);
    assert_found(&[("bad@evil.example.", &["bad@evil.example"])]);
}

#[test]
fn a_hostile_line_costs_no_more_than_it_is_long() {
    for text in [
        ",", "\"", "|", ";", "\t", "\",", "\"\"", "(", "a|", "http://", "a b;c,", "mutex,", "#",
        "%",
    ] {
        let text = text.repeat(100_000 / text.len());
        for text in [&text, &format!("mutex,{text}"), &format!("a;b,{text}")] {
            let read = read_indicators(text);
            assert!(read.found.len() + read.unusable.len() <= 1);
        }
    }
}
