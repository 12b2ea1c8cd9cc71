//! Addresses, however they are written: an address is what it says, not its letters.

use std::{
    net::{IpAddr, Ipv6Addr},
    ops::Range,
};

use crate::{
    address::{dashed, of_dns, one_number, v4},
    edge::are_apart,
    escape::ends_in_escape,
};

/// An address of any writing: zeros before the digits of IPv4, any form of IPv6, one of IPv4 within IPv6.
pub(super) fn parse(text: &str) -> Option<IpAddr> {
    if let Some(address) = v4(text) {
        return Some(address.into());
    }
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    // Zeros before the digits of an IPv4 address within are no reason to miss it.
    let whole = match text.rsplit_once(':').filter(|(_, last)| last.contains('.')) {
        Some((front, last)) => format!("{front}:{}", v4(last)?),
        None => text.to_owned(),
    };
    whole.parse::<Ipv6Addr>().ok().map(|address| IpAddr::V6(address).to_canonical())
}

/// The addresses in a text and where they stand.
pub(super) fn each(text: &str, found: &mut dyn FnMut(IpAddr, Range<usize>)) {
    let bytes = text.as_bytes();
    let is_part = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.');
    let mut at = 0;
    while let Some(byte) = bytes.get(at).copied() {
        let is_begin = (byte.is_ascii_hexdigit() || byte == b':') && begins(text, at);
        // Behind the colon of a word that may itself be of IPv6 only four numbers are clear.
        let is_behind_colon = byte.is_ascii_digit() && at > 0 && bytes.get(at - 1) == Some(&b':');
        if !is_begin && !is_behind_colon {
            at += 1;
            continue;
        }
        if let Some((address, length)) = otherwise(text, at) {
            found(address, at..at + length);
            at += length;
            continue;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let length = rest.iter().position(|byte| !is_part(*byte)).unwrap_or(rest.len());
        let end = at + length;
        let run = text.get(at..end).unwrap_or_default();
        if is_version(text, at, end) {
            at = end;
            continue;
        }
        let goes_on = text.get(end..).and_then(|rest| rest.chars().next());
        let is_whole = !goes_on.is_some_and(is_of_word);
        let is_clear = is_begin && is_whole && length <= LONGEST;
        match is_clear.then(|| longest(run)).flatten() {
            Some((address, length)) => found(address, at..at + length),
            None => each_v4(run, is_whole, &mut |address, place| {
                found(address, at + place.start..at + place.end);
            }),
        }
        at = next(text, at, end);
    }
}

/// The addresses of IPv4 in a run that is none of IPv6, between its colons.
fn each_v4(run: &str, is_whole: bool, found: &mut dyn FnMut(IpAddr, Range<usize>)) {
    let mut at = 0;
    for part in run.split(':') {
        let end = at + part.len();
        let number = part.trim_end_matches('.');
        let is_ended = is_whole || end < run.len();
        if let Some(address) = v4(number).filter(|_| is_ended) {
            found(address.into(), at..at + number.len());
        } else if let Some((address, length)) = labelled(part) {
            found(address, at..at + length);
        }
        at = end + 1;
    }
}

/// What is written in another way than as an address.
fn otherwise(text: &str, at: usize) -> Option<(IpAddr, usize)> {
    let (before, rest) = text.split_at_checked(at)?;
    if before.ends_with("//")
        && let Some(found) = one_number(rest)
    {
        return Some(found);
    }
    let goes_on = |length: usize| {
        rest.get(length..).and_then(|rest| rest.chars().next()).is_some_and(is_of_word)
    };
    let is_of_longer = before.strip_suffix('-').is_some_and(|before| {
        let front = before.trim_end_matches(|c: char| c.is_ascii_digit());
        front.len() < before.len() && !front.ends_with(char::is_alphabetic)
    });
    if let Some(found) = dashed(rest).filter(|(_, length)| !is_of_longer && !goes_on(*length)) {
        return Some(found);
    }
    let is_part = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':' | '-');
    let mut marks = rest.char_indices().take(LONGEST + 1);
    let end = marks.find(|(_, c)| !is_part(*c)).map(|(end, _)| end)?;
    of_dns(rest, rest.get(..end)?)
}

/// The address of IPv4 before more labels of a host's name: `10.0.0.1.nip.io`.
fn labelled(run: &str) -> Option<(IpAddr, usize)> {
    let (fourth, _) = run.match_indices('.').nth(3)?;
    let (address, rest) = run.split_at_checked(fourth)?;
    // More numbers are none of an address.
    let is_number = rest.get(1..)?.starts_with(|c: char| c.is_ascii_digit());
    v4(address).filter(|_| !is_number).map(|own| (own.into(), fourth))
}

/// Where to look on: behind the run, but for what begins behind an escape within it.
fn next(text: &str, at: usize, end: usize) -> usize {
    let within = (at + 1..end).find(|at| ends_in_escape(text.get(..*at).unwrap_or_default()));
    within.unwrap_or(end.max(at + 1))
}

/// Whether a character beside a number is of the same word.
fn is_of_word(c: char) -> bool {
    !are_apart('0', c)
}

/// Whether four numbers are the version in a full name of a package, of the side-by-side store or of .NET, which ends in
/// who made it: `a_1.2.3.4_x64__8wekyb3d8bbwe`.
fn is_version(text: &str, at: usize, end: usize) -> bool {
    let is_behind = text.get(..at).is_some_and(|before| before.ends_with('_'));
    let rest = text.get(end..).filter(|_| is_behind).and_then(|rest| rest.strip_prefix('_'));
    rest.is_some_and(|rest| rest.split('_').take(3).any(is_maker))
}

/// Whether a text begins with 13 or 16 letters and digits.
fn is_maker(text: &str) -> bool {
    let length = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
    let has = |of: fn(&u8) -> bool| text.bytes().take(length).any(|byte| of(&byte));
    matches!(length, 13 | 16) && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
}

fn begins(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let is_number =
        || text.get(at..).is_some_and(|own| own.starts_with(|c: char| c.is_ascii_digit()));
    let is_word = before.ends_with(|c| is_of_word(c) || matches!(c, '.' | ':'))
        || (before.ends_with('_') && !is_number());
    // What stands behind a name and a colon is an address too: `address:10.0.0.1`.
    let is_label = before.strip_suffix(':').is_some_and(|before| {
        let letters = before.chars().rev().take_while(|c| c.is_alphabetic());
        let mut letters = letters.zip(1..=LONGEST_GROUP + 1);
        letters.any(|(c, count)| !c.is_ascii_hexdigit() || count > LONGEST_GROUP)
    });
    let is_of_escape =
        before.ends_with('\\') && text.get(at..).is_some_and(|rest| rest.starts_with('0'));
    !is_of_escape && (!is_word || is_label || ends_in_escape(before))
}

/// The address that a run of its characters is, which a colon or a full stop may follow.
fn longest(run: &str) -> Option<(IpAddr, usize)> {
    if run.len() < 3 || !run.contains(['.', ':']) {
        return None;
    }
    let trimmed = run.trim_end_matches('.');
    let plain = |text: &str| parse(text).map(|address| (address, text.len()));
    plain(trimmed).or_else(|| plain(trimmed.strip_suffix(':').filter(|rest| !rest.ends_with(':'))?))
}

/// Digits of the longest group of an address of IPv6: a longer word is none.
const LONGEST_GROUP: usize = 4;
/// Characters of the longest address of IPv6, which ends in one of IPv4, and some more.
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

    /// From each of its numbers the rest of a line would be looked at again: hours for one of a MiB.
    #[test]
    fn a_long_line_is_looked_at_in_time_that_grows_with_it() {
        for part in [
            "1-",
            "1:",
            "11-1-",
            "1.1.",
            "//1",
            "f-",
            "\\x1",
            "%311",
            "1s1-",
            ":a:",
            "_1",
            "_1.1.1.1_",
        ] {
            let line = part.repeat((1 << 20) / part.len());
            assert!(
                all(&format!("{line} 10.0.0.1")).ends_with(&["10.0.0.1 10.0.0.1".to_owned()]),
                "{part}"
            );
        }
    }

    #[test]
    fn names_of_the_dns_have_an_address_of_ipv6_from_its_end_on() {
        let digits = "6.6.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2";
        assert_eq!(all(&format!("PTR {digits}.ip6.arpa")), [format!("2001:db8::66 {digits}")]);
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
            ("110.0.0.1x v10.0.0.1 10.0.0.1.2 12:30:45 1.2.3 10.0.0.1.2.nip.io", &[]),
            (
                "remote:10.0.0.1 node:10.0.0.2, fe:10.0.0.3.",
                &["10.0.0.1 10.0.0.1", "10.0.0.2 10.0.0.2", "10.0.0.3 10.0.0.3"],
            ),
            (
                "10.0.0.1:443:tcp 10.0.0.2:https 10.0.0.3:ftp",
                &["10.0.0.1 10.0.0.1", "10.0.0.2 10.0.0.2", "10.0.0.3 10.0.0.3"],
            ),
            (
                "INTERFACE:10.0.0.1 {\"a\":10.0.0.2,\"x1\":\"h1:10.0.0.3:80\"}",
                &["10.0.0.1 10.0.0.1", "10.0.0.2 10.0.0.2", "10.0.0.3 10.0.0.3"],
            ),
            ("10.0.0.1:10.0.0.2:80", &["10.0.0.1 10.0.0.1", "10.0.0.2 10.0.0.2"]),
            (
                "source:2001:db8::66 h1:2001:db8::66 face:2001:db8::66",
                &["2001:db8::66 2001:db8::66", "face:2001:db8::66 face:2001:db8::66"],
            ),
            ("x:1.2.3.4.5 x:110.0.0.1x ::1.2.3.4.5 1:2 x1:1.2.3 x1:00-50-56-fe-d6-6b", &[]),
            (
                "64:ff9b::10.0.0.1 fe80::1:10.0.0.2",
                &["64:ff9b::a00:1 64:ff9b::10.0.0.1", "fe80::1:a00:2 fe80::1:10.0.0.2"],
            ),
            ("x.10.0.0.1.nip.io 10.0.0.9.deep.nip.io", &["10.0.0.9 10.0.0.9"]),
            ("10.0.0.1.nip.io", &["10.0.0.1 10.0.0.1"]),
            ("67.100.51.198.in-addr.arpa", &["198.51.100.67 67.100.51.198"]),
            ("2001-db8--1.ipv6-literal.net", &["2001:db8::1 2001-db8--1"]),
            (
                "ip-10-0-0-1.ec2.internal ec2-10-0-0-2.x",
                &["10.0.0.1 10-0-0-1", "10.0.0.2 10-0-0-2"],
            ),
            ("1-10-0-0-1 10-0-0-1-2 10-0-0-1x 2026-11-26-10", &[]),
            (
                "http://167772161/a http://0x0A000002:80",
                &["10.0.0.1 167772161", "10.0.0.2 0x0A000002"],
            ),
            ("x 167772161 0x0A000002 //2026/11", &[]),
            ("00-50-56-fe-d6-6b 00:50:56:fe:d6:6b", &[]),
        ] {
            assert_eq!(all(text), expected, "{text}");
        }
    }
}
