//! What is known by its shape: SIDs and addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

/// What at the beginning of a text has the shape that is looked for: how many bytes are passed over as
/// they are, and how many after these are replaced; `None` where it begins otherwise.
type Shape = fn(&str) -> Option<(usize, usize)>;

/// Replaces what has a shape, at the beginnings of words.
pub(super) fn replace(text: &str, shape: Shape, name: &mut dyn FnMut(&str) -> String) -> String {
    let mut replaced = String::with_capacity(text.len());
    let mut rest = text;
    let mut is_begin = true;
    while let Some(c) = rest.chars().next() {
        let found = if is_begin { shape(rest) } else { None };
        let (kept, length) = found.unwrap_or((c.len_utf8(), 0));
        let (before, after) = rest.split_at_checked(kept).unwrap_or((rest, ""));
        let (own, after) = after.split_at_checked(length).unwrap_or((after, ""));
        replaced.push_str(before);
        if !own.is_empty() {
            replaced.push_str(&name(own));
        }
        let last = if own.is_empty() { before } else { own }.chars().next_back();
        is_begin = !last.is_some_and(char::is_alphanumeric);
        rest = after;
    }
    replaced
}

/// The SID of an account of a host, of a domain, or of Entra.
pub(super) fn sid(text: &str) -> Option<(usize, usize)> {
    let is_of = |prefix: &str| {
        text.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
    };
    if !(is_of("S-1-5-21-") || is_of("S-1-12-1-")) {
        return None;
    }
    let rest = text.get(1..)?;
    let length = rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len());
    let trimmed = text.get(..length + 1)?.trim_end_matches('-');
    Some((0, trimmed.len()))
}

/// An address of IPv4, of IPv6 or of a network adapter, but those that every host has.
pub(super) fn address(text: &str) -> Option<(usize, usize)> {
    let is_part = |c: char| c.is_ascii_hexdigit() || matches!(c, '.' | ':' | '-');
    if !text.starts_with(|c: char| c.is_ascii_hexdigit() || c == ':') {
        return None;
    }
    let is_end = |byte: &u8| !is_part(char::from(*byte));
    let is_paired = matches!(text.as_bytes().get(2), Some(b'-' | b':'));
    let longest = if is_paired { LONGEST } else { LONGEST_IP };
    let length = text.bytes().take(longest).position(|byte| is_end(&byte));
    let length = length.unwrap_or(text.len().min(longest));
    let word = text.get(..length)?;
    if length == longest {
        // Longer than any address: what is before a mark may be one, and the rest is looked at from there on.
        let end = word.rfind(['-', ':']).unwrap_or_default();
        return shaped(word.get(..end)?).map(|length| (0, length));
    }
    if text.get(length..).and_then(|rest| rest.chars().next()).is_some_and(char::is_alphanumeric) {
        // Letters beyond `f` follow: of these only what is before the last mark can be an address.
        let end = word.rfind(['-', ':']).unwrap_or_default();
        return shaped(word.get(..end)?).map(|length| (0, length));
    }
    // No more than this word, so that it is not looked at again from each of its marks.
    Some((0, shaped(word)?))
}

/// How many bytes at the beginning of a word are an address.
fn shaped(word: &str) -> Option<usize> {
    if is_hardware(word) {
        return Some(word.len());
    }
    let word = word.split('-').next()?;
    let word = word.trim_end_matches('.');
    let v6 = word.strip_suffix(':').filter(|word| !word.ends_with(':')).unwrap_or(word);
    if let Ok(address) = v6.parse::<Ipv6Addr>() {
        return (!address.is_loopback() && !address.is_unspecified()).then_some(v6.len());
    }
    let v4 = word.split(':').next()?;
    let address = v4.parse::<Ipv4Addr>().ok()?;
    (!address.is_loopback() && !address.is_unspecified()).then_some(v4.len())
}

/// Six or more pairs of hexadecimal digits, as adapters and DHCP identifiers have them.
fn is_hardware(word: &str) -> bool {
    [b'-', b':'].into_iter().any(|byte| {
        let mark = char::from(byte);
        let mut pairs = word.split(mark);
        if word.as_bytes().get(2) != Some(&byte) {
            return false;
        }
        let is_pair = |pair: &str| pair.len() == 2 && pair.bytes().all(|b| b.is_ascii_hexdigit());
        word.matches(mark).count() >= 5 && pairs.all(is_pair)
    })
}

/// Bytes of the longest address of IPv6, which ends in one of IPv4, with a mark and some letter behind it.
const LONGEST_IP: usize = 64;
/// Bytes of the longest address of an adapter: the 130 pairs of a DHCP identifier, RFC 8415 11.1, and their marks.
const LONGEST: usize = 390;
