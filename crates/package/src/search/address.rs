//! Addresses, however they are written: an address is what it says, not its letters.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    ops::Range,
};

use super::escape::ends_in_escape;

/// An address of any writing: zeros before the digits of IPv4, any form of IPv6, one of IPv4 within IPv6.
pub(super) fn parse(text: &str) -> Option<IpAddr> {
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    if let Some(address) = v4(text) {
        return Some(address.into());
    }
    // Zeros before the digits of an IPv4 address within are no reason to miss it.
    let whole = match text.rsplit_once(':').filter(|(_, last)| last.contains('.')) {
        Some((front, last)) => format!("{front}:{}", v4(last)?),
        None => text.to_owned(),
    };
    whole.parse::<Ipv6Addr>().ok().map(|address| IpAddr::V6(address).to_canonical())
}

fn v4(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0_u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        let is_number = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        *octet = part.parse().ok().filter(|_| is_number)?;
    }
    parts.next().is_none().then(|| octets.into())
}

/// The addresses in a text and where they stand.
pub(super) fn each(text: &str, found: &mut dyn FnMut(IpAddr, Range<usize>)) {
    let bytes = text.as_bytes();
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let is_begin = (byte.is_ascii_hexdigit() || byte == b':') && begins(text, at);
        if !is_begin {
            at += 1;
            continue;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let length = rest.iter().position(|byte| !is_part(*byte)).unwrap_or(rest.len());
        let end = at + length;
        let run = text.get(at..end).unwrap_or_default();
        let goes_on = text.get(end..).and_then(|rest| rest.chars().next());
        if length <= LONGEST
            && !goes_on.is_some_and(|c| c.is_alphanumeric() || c == '_')
            && let Some((address, length)) = longest(run)
        {
            found(address, at..at + length);
        }
        at = next(text, at, end);
    }
}

/// Where to look on: behind the run, but for what begins behind an escape within it.
fn next(text: &str, at: usize, end: usize) -> usize {
    let within = (at + 1..end).find(|at| ends_in_escape(text.get(..*at).unwrap_or_default()));
    within.unwrap_or(end.max(at + 1))
}

fn begins(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let is_word = before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | ':' | '_'));
    // What stands behind a name and a colon is an address too: `address:10.0.0.1`.
    let is_label = before
        .strip_suffix(':')
        .is_some_and(|name| name.ends_with(|c: char| c.is_alphabetic() && !c.is_ascii_hexdigit()));
    let is_of_escape =
        before.ends_with('\\') && text.get(at..).is_some_and(|rest| rest.starts_with('0'));
    !is_of_escape && (!is_word || is_label || ends_in_escape(before))
}

/// The address that a run of its characters begins with, which a port or a full stop may follow.
fn longest(run: &str) -> Option<(IpAddr, usize)> {
    if run.len() < 3 || !run.contains(['.', ':']) {
        return None;
    }
    let trimmed = run.trim_end_matches('.');
    let plain = |text: &str| parse(text).map(|address| (address, text.len()));
    plain(trimmed)
        .or_else(|| plain(trimmed.strip_suffix(':').filter(|rest| !rest.ends_with(':'))?))
        .or_else(|| {
            // Of IPv4 with a port; one of IPv6 stands in brackets.
            let (address, port) = trimmed.split_once(':')?;
            let is_port = port.bytes().all(|byte| byte.is_ascii_digit() || byte == b':');
            v4(address).filter(|_| is_port).map(|own| (own.into(), address.len()))
        })
}

/// Characters of the longest address of IPv6, which ends in one of IPv4, and a port.
const LONGEST: usize = 64;

#[cfg(test)]
mod tests {
    use super::{each, parse};

    fn all(text: &str) -> Vec<String> {
        let mut found = Vec::new();
        each(text, &mut |address, place| {
            found.push(format!("{address} {}", text.get(place).unwrap()));
        });
        found
    }

    #[test]
    fn one_address_has_many_writings() {
        for text in
            ["2001:db8::66", "2001:0db8:0:0::66", "2001:DB8:0000:0:0:0:0:66", "2001:db8::66%4"]
        {
            assert_eq!(parse(text), "2001:db8::66".parse().ok(), "{text}");
        }
        for text in ["185.220.101.4", "185.220.101.004", "::ffff:185.220.101.4", "::FFFF:b9dc:6504"]
        {
            assert_eq!(parse(text), "185.220.101.4".parse().ok(), "{text}");
        }
        for text in ["1.2.3", "1.2.3.4.5", "1.2.3.256", "1.2.3.0004", "a.b.c.d", "::g", ""] {
            assert_eq!(parse(text), None, "{text}");
        }
    }

    #[test]
    fn addresses_are_found_where_they_stand_and_not_in_parts_of_others() {
        for (text, expected) in [
            ("TCP [::ffff:185.220.101.4]:4444", &["185.220.101.4 ::ffff:185.220.101.4"][..]),
            ("to 10.0.0.1:80, 10.0.0.2.", &["10.0.0.1 10.0.0.1", "10.0.0.2 10.0.0.2"]),
            ("http://[2001:db8::66]:443/x", &["2001:db8::66 2001:db8::66"]),
            (
                r"a\010.0.0.1\0185.220.101.4\0x",
                &["10.0.0.1 10.0.0.1", "185.220.101.4 185.220.101.4"],
            ),
            ("http%3A%2F%2F10.0.0.1%2Fx", &["10.0.0.1 10.0.0.1"]),
            ("10.0.0.1-10.0.0.2", &["10.0.0.1 10.0.0.1", "10.0.0.2 10.0.0.2"]),
            ("fe80::1%12 server:10.0.0.9", &["fe80::1 fe80::1", "10.0.0.9 10.0.0.9"]),
            ("110.0.0.1x v10.0.0.1 10.0.0.1.2 12:30:45 1.2.3", &[]),
            ("10.0.0.1.nip.io", &[]),
            ("00-50-56-fe-d6-6b 00:50:56:fe:d6:6b", &[]),
        ] {
            assert_eq!(all(text), expected, "{text}");
        }
    }
}
