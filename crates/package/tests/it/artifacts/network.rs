//! The firewall's log, and adapters in other languages.

use serde_json::json;

use super::{cells, issues, package, table};

#[test]
fn a_line_before_the_fields_costs_the_firewall_log_one_row() {
    let fields = "#Version: 1.5\n#Software: Microsoft Windows Firewall\n#Time Format: Local\n#Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path pid\n\n";
    let early = "2025-08-07 12:00:00 DROP TCP 10.0.0.1 203.0.113.7 1 2 0 - 0 0 0 - - - SEND 4\n";
    let odd =
        "2025-08-07 12:00:01 ALLOW TCP 10.0.0.1 203.0.113.7 abc 443 0 - 0 0 0 - - - SEND 1234\n";
    let read = |text: String| table("Network Connections/pfirewall.log", text, "firewall_events");
    let found = read(format!("{early}{fields}{early}{odd}"));
    assert_eq!(
        cells(&found, ["time_raw", "source_port", "direction", "process_id", "parse_status"]),
        json!([
            [null, null, null, null, "partial"],
            ["2025-08-07 12:00:00", 1, "SEND", 4, "clean"],
            ["2025-08-07 12:00:01", null, "SEND", 1234, "partial"]
        ])
    );
    assert_eq!(issues(&found), [("partial_row", Some(1)), ("partial_row", Some(8))]);
    let found = read(early.to_owned());
    assert_eq!(issues(&found), [("partial_row", Some(1)), ("bad_format", None)]);
}

#[test]
fn times_of_the_firewall_are_utc_only_where_it_says_so() {
    let read = |format: &str, time: &str| {
        let log = format!("#Time Format: {format}\n#Fields: date time action\n{time} DROP\n");
        let host = b"Host Name:      PC\nTime Zone:      (UTC+05:30) Chennai\n".as_slice();
        let package = package([("pfirewall.log", log.as_bytes()), ("SystemInformation.txt", host)]);
        let found = package.table("firewall_events").unwrap();
        let rows = cells(&found, ["time_utc", "time_tz_source", "parse_status"]);
        (rows[0].clone(), issues(&found))
    };
    let time = "2025-08-07 12:00:00";
    let local = || json!(["2025-08-07T06:30:00Z", "inferred_offset", "clean"]);
    assert_eq!(read("UTC", time), (json!(["2025-08-07T12:00:00Z", "utc", "clean"]), vec![]));
    assert_eq!(read("Local", time), (local(), vec![]));
    assert_eq!(read("Lokal", time), (local(), vec![("time", Some(1))]));
    let (row, issues) = read("UTC", "2025-13-45 12:00:00");
    assert_eq!(
        (row, issues),
        (json!([null, "unknown", "partial"]), vec![("partial_row", Some(3))])
    );
}

const FRENCH: &str = "
Configuration IP de Windows

   Nom de l'hôte . . . . . . . . . . : PC
   Suffixe DNS principal . . . . . . :

Carte Ethernet Ethernet0 :

   Suffixe DNS propre à la connexion. . . : corp.local
   Description. . . . . . . . . . . . . . . : Intel(R) 82574L
   Adresse physique . . . . . . . . . . . . : 00-0C-29-0A-80-E8
   DHCP activé. . . . . . . . . . . . . . . : Oui
   Adresse IPv4. . . . . . . . . . . . . . .: 192.168.52.144(préféré)
   Masque de sous-réseau. . . . . . . . . . : 255.255.255.0
   Passerelle par défaut. . . . . . . . . . : fe80::1%12
                                              192.168.52.1
   Serveur DHCP . . . . . . . . . . . . . . : 192.168.52.254
   IAID DHCPv6 . . . . . . . . . . . : 100666409
   Serveurs DNS. . .  . . . . . . . . . . . : 8.8.8.8
                                              1.1.1.1
   NetBIOS sur Tcpip. . . . . . . . . . . . : Activé
";

#[test]
fn adapters_are_read_in_every_language_and_what_is_not_certain_is_partial() {
    let read = |text: &str| table("Network Connections/IpConfig.txt", text, "net_adapters");
    let columns = [
        "description",
        "default_gateways",
        "dhcp_server",
        "dns_servers",
        "dns_suffix",
        "ipv4_addresses",
        "parse_status",
    ];
    let found = read(FRENCH);
    assert_eq!(
        cells(&found, columns),
        json!([[
            "Intel(R) 82574L",
            "fe80::1%12\n192.168.52.1",
            "192.168.52.254",
            "8.8.8.8\n1.1.1.1",
            "corp.local",
            "192.168.52.144",
            "clean"
        ]])
    );
    assert_eq!(found.issues, []);
    // Two that may be the gateway are none.
    let found = read(&FRENCH.replace("   NetBIOS", "   Autre . . . . : 10.0.0.9\n   NetBIOS"));
    assert_eq!(cells(&found, ["default_gateways", "parse_status"]), json!([[null, "partial"]]));
    assert_eq!(issues(&found), [("partial_row", Some(7))]);
}

#[test]
fn a_neighbour_whose_address_is_damaged_is_a_row_in_part() {
    let text = "\nInterface: 10.0.0.1 --- 0x4\n  Internet Address      Physical Address      Type\n  10.0.0.l2             00-50-56-fe-d6-6b     dynamic\n";
    let found = table("Network Connections/Arp.txt", text, "arp");
    let row = cells(&found, ["address", "physical_address", "parse_status"]);
    assert_eq!(row, json!([["10.0.0.l2", "00-50-56-fe-d6-6b", "partial"]]));
    assert_eq!(issues(&found), [("partial_row", Some(4))]);
}

const DNS: &str = "Network Connections/DnsCache.txt";

fn record(name: &str, kind: u16, length: u32) -> String {
    format!(
        "    Record Name . . . . . : {name}\n    Record Type . . . . . : {kind}\n    Time To Live  . . . . : 60\n    Data Length . . . . . : {length}\n    Section . . . . . . . : Answer\n"
    )
}

#[test]
fn data_that_looks_like_a_record_is_data() {
    let further = " ".repeat(24);
    let forged: String = record("login.example", 1, 4)
        .lines()
        .map(|line| format!("{further}{line}\n"))
        .chain([format!("{further}{}\n", "-".repeat(40))])
        .collect();
    let text = format!(
        "\nWindows IP Configuration\n\n    txt.example\n    {}\n{}    Text Record . . . . . : one\n{forged}\n\n{}    A (Host) Record . . . : 1.2.3.4\n\n",
        "-".repeat(40),
        record("txt.example", 16, 8),
        record("b.example", 1, 4)
    );
    let found = table(DNS, &text, "dns_cache");
    assert_eq!(
        cells(&found, ["entry", "record_name", "record_type", "parse_status"]),
        json!([
            ["txt.example", "txt.example", 16, "clean"],
            ["txt.example", "b.example", 1, "clean"]
        ])
    );
    assert_eq!(found.issues, []);
    let report = package([(DNS, text.as_bytes())]).report().unwrap();
    let differs = report.issues.iter().any(|issue| issue.kind.code() == "count_mismatch");
    assert!(!differs, "{:#?}", report.issues);
}

#[test]
fn no_line_of_the_dns_cache_is_lost() {
    let text = format!(
        "\nWindows IP Configuration\n\n    a.example\n    {rule}\n{}    CNAME Record: c2.example\n\n    c2.example 6.6.6.6\n\n    wpad\n    {rule}\n{}    none.example\n    {rule}\n    Name does not exist.\n\n    odd",
        record("a.example", 5, 8),
        record("wpad", 255, 0),
        rule = "-".repeat(40)
    );
    let found = table(DNS, &text, "dns_cache");
    assert_eq!(
        cells(&found, ["record_name", "data", "raw", "parse_status"])
            .as_array()
            .unwrap()
            .iter()
            .map(|row| json!([row[0], row[1], row[2].as_str().unwrap().lines().next(), row[3]]))
            .collect::<Vec<_>>(),
        [
            json!([null, null, "    CNAME Record: c2.example", "partial"]),
            json!([null, null, "    c2.example 6.6.6.6", "partial"]),
            json!(["a.example", null, "    Record Name . . . . . : a.example", "partial"]),
            json!(["wpad", null, "    Record Name . . . . . : wpad", "clean"]),
            json!([null, "Name does not exist.", "    Name does not exist.", "clean"]),
            json!([null, null, "    odd", "partial"]),
        ]
    );
    assert_eq!(issues(&found).len(), 4);
}

#[test]
fn what_looks_like_a_rule_takes_nothing_of_the_record_above_it() {
    let rule = format!("    {}", "-".repeat(40));
    let text = format!(
        "\nWindows IP Configuration\n\n    txt.example\n{rule}\n{}    Text Record . . . . . : cmd=evil\n{}\n",
        record("txt.example", 16, 8),
        "-".repeat(16)
    );
    let found = table(DNS, &text, "dns_cache");
    assert_eq!(
        cells(&found, ["entry", "data", "parse_status"]),
        json!([[null, null, "partial"], ["txt.example", "cmd=evil", "clean"]])
    );
    assert_eq!(issues(&found).len(), 1);
}

#[test]
fn a_name_with_nothing_below_it_is_kept() {
    let rule = format!("    {}", "-".repeat(40));
    let head = "\nWindows IP Configuration\n\n";
    let whole = record("b.example", 255, 0);
    for (text, expected) in [
        (format!("    a.example\n{rule}\n"), json!([["a.example", null, "partial"]])),
        (
            format!("    a.example\n{rule}\n\n    b.example\n{rule}\n{whole}"),
            json!([["a.example", null, "partial"], ["b.example", "b.example", "clean"]]),
        ),
        (
            format!("    a.example\n{rule}\n{rule}\n{whole}"),
            json!([["a.example", null, "partial"], [null, "b.example", "clean"]]),
        ),
    ] {
        let found = table(DNS, format!("{head}{text}"), "dns_cache");
        assert_eq!(cells(&found, ["entry", "record_name", "parse_status"]), expected, "{text}");
        assert_eq!(issues(&found).len(), 1, "{text}");
    }
}

#[test]
fn a_name_or_a_label_that_is_odd_costs_no_other_record() {
    let rule = format!("    {}", "-".repeat(40));
    let entry = |name: &str, rule: &str| {
        format!(
            "    {name}\n{rule}\n{}    A (Host) Record . . . : 1.2.3.4\n\n\n",
            record(name, 1, 4)
        )
    };
    let read = |text: String| {
        let found = table(DNS, format!("\nWindows IP Configuration\n\n{text}"), "dns_cache");
        let rows = cells(&found, ["entry", "record_name", "data", "parse_status"]);
        (rows, found.issues.len())
    };
    let row = |name: &str| json!([name, name, "1.2.3.4", "clean"]);
    let (a, b) = (entry("a.example", &rule), entry("b.example", &rule));
    for odd in ["a.:b", "x . :y", "Record Name . . . . . : evil", "-. :"] {
        let own = entry(odd, &rule);
        let (own_row, a_row, b_row) = (row(odd), row("a.example"), row("b.example"));
        assert_eq!(read(format!("{own}{a}{b}")), (json!([own_row, a_row, b_row]), 0), "{odd}");
        assert_eq!(read(format!("{a}{own}{b}")), (json!([a_row, own_row, b_row]), 0), "{odd}");
    }
    // A label or a rule with a stray character in it.
    let labelled = a.replace("Record Name", "Record\rName");
    let both = json!([row("a.example"), row("b.example")]);
    assert_eq!(read(format!("{labelled}{b}")), (both.clone(), 0));
    assert_eq!(read(format!("{b}{labelled}")).1, 0);
    let (rows, told) = read(b.clone() + &entry("a.example", &rule.replacen("--", "-\r-", 1)));
    assert_eq!(rows[3], json!([null, "a.example", "1.2.3.4", "clean"]));
    assert_eq!((rows.as_array().unwrap().len(), told), (4, 2));
    let (rows, told) = read(entry("a.example", &rule.replacen("--", "-\r-", 1)));
    assert_eq!((rows.as_array().unwrap().len(), told), (8, 8));
}

#[test]
fn no_line_of_neighbours_and_adapters_is_lost() {
    let text = "\nInterface: 10.0.0.1 --- 0x4\n  Internet Address      Physical Address      Type\n  10.0.0.2              00-50-56-fe-d6-6b     dynamic\n  nonsense\n";
    let found = table("Network Connections/Arp.txt", text, "arp");
    assert_eq!(
        cells(&found, ["address", "raw", "parse_status"])[1],
        json!([null, "  nonsense", "partial"])
    );
    assert_eq!(issues(&found), [("partial_row", Some(5))]);
    let found = table("Network Connections/Arp.txt", "No ARP Entries Found.\n", "arp");
    assert_eq!((found.rows(), found.issues.len()), (0, 0));
    let text = FRENCH.replace("   Description", "   nonsense\n   Description");
    let found = table("Network Connections/IpConfig.txt", text, "net_settings");
    assert_eq!(issues(&found), [("partial_row", Some(10))]);
    assert!(cells(&found, ["raw"]).as_array().unwrap().contains(&json!(["   nonsense"])));
}

#[test]
fn an_adapter_with_too_many_settings_loses_none_of_them() {
    let many: Vec<_> = (0..2_500).map(|n| format!("   Setting {n} . . . . : {n}\n")).collect();
    let many = many.concat();
    let text = format!("\nWindows IP Configuration\n\nEthernet adapter A:\n\n{many}");
    let found = table("Network Connections/IpConfig.txt", &text, "net_settings");
    assert_eq!(found.rows(), 2_500);
    assert_eq!(issues(&found), [("partial_row", Some(4))]);
    let found = table("Network Connections/IpConfig.txt", &text, "net_adapters");
    assert_eq!(
        cells(&found, ["adapter", "description", "parse_status"]),
        json!([["Ethernet adapter A", null, "partial"]])
    );
}

#[test]
fn a_line_that_may_be_an_owner_s_name_is_no_certain_socket() {
    let socket = |port: u16, pid: u16| {
        format!("  TCP    0.0.0.0:{port:<14} 0.0.0.0:0              LISTENING       {pid}\n")
    };
    let read = |text: String| {
        let header = "\nActive Connections\n\n  Proto  Local Address          Foreign Address        State           PID\n";
        let found = table(
            "Network Connections/ActiveNetConnections.txt",
            header.to_owned() + &text,
            "net_sockets",
        );
        let rows = cells(&found, ["local_port", "process_name", "parse_status"]);
        (rows, issues(&found).iter().filter_map(|issue| issue.1).collect::<Vec<_>>())
    };
    let sound = socket(135, 868) + "  RpcSs\n [svchost.exe]\n";
    let clean = json!([135, "svchost.exe", "clean"]);
    let forged = socket(4444, 6666) + &socket(4445, 4) + " [evil.exe]\n";
    assert_eq!(
        read(format!("{sound}{forged}{sound}")),
        (json!([clean, [4444, null, "partial"], [4445, "evil.exe", "partial"], clean]), vec![8, 9])
    );
    // What waits for its end belongs to no process any longer.
    let (rows, told) = read(socket(50_292, 0) + &sound);
    assert_eq!((rows, told), (json!([[50_292, null, "clean"], clean]), vec![]));
    // A listing that is cut behind a socket, or before its first, says so.
    let (rows, told) = read(sound.clone() + &socket(4444, 777));
    assert_eq!((rows, told), (json!([clean, [4444, null, "partial"]]), vec![8]));
    assert_eq!(read(" [evil.exe]\n".to_owned() + &sound), (json!([clean]), vec![5]));
    // Nothing follows the process but the next socket.
    let (rows, told) = read(sound.clone() + "  UDP\n    0.0.0.0:3389  *:*   7\n" + &sound);
    assert_eq!((rows, told), (json!([[135, "svchost.exe", "partial"], clean]), vec![5]));
    // A character too many costs no row, and not in silence where nothing stands before it.
    let (rows, told) = read(sound.replace("TCP", "\u{fffd}TCP") + &sound);
    assert_eq!((rows, told), (json!([[135, "svchost.exe", "partial"], clean]), vec![5]));
    assert_eq!(read(socket(135, 868).replace("TCP ", "TCP x ")), (json!([]), vec![5]));
}
