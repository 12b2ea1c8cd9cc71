//! The firewall's log, and adapters in other languages.

use serde_json::json;

use super::{cells, issues, table};

#[test]
fn a_line_before_the_fields_costs_the_firewall_log_one_row() {
    let fields = "#Version: 1.5\n#Software: Microsoft Windows Firewall\n#Time Format: Local\n#Fields: date time action protocol src-ip dst-ip src-port dst-port size tcpflags tcpsyn tcpack tcpwin icmptype icmpcode info path pid\n\n";
    let early = "2025-08-07 12:00:00 DROP TCP 10.0.0.1 203.0.113.7 1 2 0 - 0 0 0 - - - SEND 4\n";
    let odd =
        "2025-08-07 12:00:01 ALLOW TCP 10.0.0.1 203.0.113.7 abc 443 0 - 0 0 0 - - - SEND 1234\n";
    let read = |text: String| table("Network Connections/pfirewall.log", text, "firewall_events");
    let found = read(format!("{early}{fields}{early}{odd}"));
    assert_eq!(
        cells(&found, ["time_raw", "source_port", "process_id", "parse_status"]),
        json!([
            [null, null, null, "partial"],
            ["2025-08-07 12:00:00", 1, 4, "clean"],
            ["2025-08-07 12:00:01", null, 1234, "partial"]
        ])
    );
    assert_eq!(issues(&found), [("partial_row", Some(1)), ("partial_row", Some(8))]);
    let found = read(early.to_owned());
    assert_eq!(issues(&found), [("partial_row", Some(1)), ("bad_format", None)]);
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
