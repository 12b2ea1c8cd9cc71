//! `DnsCache.txt`: what `ipconfig /displaydns` printed.

use std::fmt::Write as _;

use crate::package::host::Host;
use crate::package::text;

/// The member's bytes.
pub(in crate::package) fn cache(host: &Host) -> Vec<u8> {
    let mut rng = host.passing("dns cache");
    let mut out = "\nWindows IP Configuration\n\n".to_owned();
    for (name, alias) in NAMES {
        if rng.chance(15) {
            continue;
        }
        let life = rng.range(5, 80_000);
        heading(&mut out, name);
        let address = format!("203.0.113.{}", rng.range(1, 250));
        if !alias.is_empty() {
            record(&mut out, name, 5, life, 8, &format!("CNAME Record  . . . . : {alias}"));
        }
        let last = if alias.is_empty() { name } else { alias };
        record(&mut out, last, 1, life, 4, &format!("A (Host) Record . . . : {address}"));
    }
    heading(&mut out, "wpad");
    for _ in 0..2 {
        empty_record(&mut out, "wpad", rng.range(10, 20_000));
    }
    if let Some(domain) = &host.domain {
        let life = rng.range(10, 60);
        heading(&mut out, domain);
        authority(&mut out, domain, life, rng.range(100, 9_000));
    }
    let (a, b, c) = host.nic.network;
    let reverse = format!("2.{c}.{b}.{a}.in-addr.arpa.");
    heading(&mut out, &reverse);
    let owner = host.domain.as_deref().unwrap_or("localdomain");
    record(&mut out, &reverse, 12, 604_800, 8, &format!("PTR Record  . . . . . : dc01.{owner}"));
    if host.is_unkind {
        let name = "xn--\u{1b}[2J.=cmd|'calc'!A0.example.com";
        heading(&mut out, name);
        record(&mut out, name, 1, 60, 4, "A (Host) Record . . . : 203.0.113.66");
    }
    text::crlf(&out)
}

fn heading(out: &mut String, name: &str) {
    let _ = writeln!(out, "    {name}\n    ----------------------------------------");
}

fn record(out: &mut String, name: &str, kind: u16, life: u64, len: u16, last: &str) {
    common(out, name, kind, life, len, "Answer");
    let _ = writeln!(out, "    {last}\n\n");
}

/// A record without data has no line of its own and no blank lines after it.
fn empty_record(out: &mut String, name: &str, life: u64) {
    common(out, name, 255, life, 0, "Answer");
}

fn authority(out: &mut String, domain: &str, life: u64, serial: u64) {
    common(out, domain, 6, life, 40, "Authority");
    let _ = writeln!(out, "    SOA Record  . . . . . : dc01.{domain}");
    let rest = [format!("hostmaster.{domain}"), serial.to_string()];
    for line in rest.iter().map(String::as_str).chain(["900", "600", "86400", "3600"]) {
        let _ = writeln!(out, "                            {line}");
    }
    out.push_str("\n\n");
}

fn common(out: &mut String, name: &str, kind: u16, life: u64, len: u16, section: &str) {
    let _ = writeln!(
        out,
        "    Record Name . . . . . : {name}
    Record Type . . . . . : {kind}
    Time To Live  . . . . : {life}
    Data Length . . . . . : {len}
    Section . . . . . . . : {section}"
    );
}

/// Names and what they are an alias of.
const NAMES: [(&str, &str); 9] = [
    ("winatp-gw-weu.microsoft.com", "winatp-gw-weu.trafficmanager.net"),
    ("eu-v20.events.endpoint.security.microsoft.com", "eu-v20.events.data.trafficmanager.net"),
    ("www.msftconnecttest.com", "ncsi-geo.trafficmanager.net"),
    ("settings-win.data.microsoft.com", "settings-prod.trafficmanager.net"),
    ("login.microsoftonline.com", ""),
    ("outlook.office365.com", "outlook.ha.office365.com"),
    ("intranet.example.com", ""),
    ("updates.example.net", "edge.cdn.example.net"),
    ("c2.bad.example.org", ""),
];
