//! What is known by its shape: SIDs and addresses.

use std::net::{IpAddr, Ipv6Addr};

use super::place::{Own, Place};
use crate::{
    address::{self, dashed, of_dns, one_number},
    edge::{begins, escape_at},
};

/// What has a shape, at the beginning of a text.
struct Shaped {
    /// How many bytes are passed over as they are.
    kept: usize,
    /// How many bytes after these are replaced.
    length: usize,
    /// What they are, the same in every way of writing it.
    own: String,
}

/// What has a shape, at the beginnings of words: SIDs, and addresses where they are looked for.
pub(super) fn each(text: &str, has_addresses: bool) -> Vec<Place> {
    let shape = |at: usize| {
        let (before, rest) = text.split_at_checked(at)?;
        if let Some(found) = sid(rest) {
            return Some((found, Own::Sid as fn(String) -> Own));
        }
        let found = if !has_addresses {
            None
        } else if before.ends_with("//") {
            of_url(rest).or_else(|| address(rest))
        } else {
            address(rest)
        };
        Some((found?, Own::Address as fn(String) -> Own))
    };
    let mut places = Vec::new();
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let found = if begins(text, at) {
            // What an escape ends with belongs to no word, unless the whole is one.
            let escape = escape_at(text, at);
            let behind = |kept: usize| {
                let (found, own) = shape(at + kept)?;
                Some((Shaped { kept: found.kept + kept, ..found }, own))
            };
            Some(escape).filter(|escape| *escape > 0).and_then(behind).or_else(|| behind(0))
        } else {
            None
        };
        at = match found {
            Some((found, own)) => {
                let begin = at + found.kept;
                let end = begin + found.length;
                places.push(Place { at: begin..end, own: own(found.own) });
                end.max(at + c.len_utf8())
            }
            None => at + c.len_utf8(),
        };
    }
    places
}

/// The SID of an account of a host, of a domain, or of Entra.
fn sid(text: &str) -> Option<Shaped> {
    let is_of = |prefix: &str| {
        text.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix))
    };
    if !(is_of("S-1-5-21-") || is_of("S-1-12-1-")) {
        return None;
    }
    let rest = text.get(1..)?;
    let length = rest.find(|c: char| !c.is_ascii_digit() && c != '-').unwrap_or(rest.len());
    let trimmed = text.get(..length + 1)?.trim_end_matches('-');
    Some(Shaped { kept: 0, length: trimmed.len(), own: trimmed.to_lowercase() })
}

/// An address of IPv4, of IPv6 or of a network adapter, but those that every host has.
fn address(text: &str) -> Option<Shaped> {
    if let Some(found) = of_host(text) {
        return Some(found);
    }
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
    let next = text.get(length..).and_then(|rest| rest.chars().next());
    let is_cut = length == longest || next.is_some_and(char::is_alphanumeric);
    if !is_cut {
        // No more than this word, so that it is not looked at again from each of its marks.
        return shaped(word);
    }
    if let Some((address, length)) = of_dns(text, word) {
        return Some(Shaped { kept: 0, length, own: own(address)? });
    }
    // It is longer than any address, or letters beyond `f` follow: only what is before the last mark can be an
    // address, or before the last dot of a host's name. The rest is looked at from there on.
    let before = |mark: &[char]| word.get(..word.rfind(mark)?);
    before(&['-', ':']).and_then(shaped).or_else(|| shaped(before(&['.'])?))
}

/// The digits of an adapter's address, with which it is known in every way of writing.
pub(super) fn adapter(text: &str) -> Option<String> {
    let digits = digits(text);
    let is_own = digits.chars().any(|digit| !digits.starts_with(digit));
    (text.len() == "00-50-56-fe-d6-6b".len() && is_hardware(text) && is_own).then_some(digits)
}

/// The address at the beginning of a word.
fn shaped(word: &str) -> Option<Shaped> {
    let whole = |own: String, length| Some(Shaped { kept: 0, length, own });
    if is_hardware(word) {
        return whole(digits(word), word.len());
    }
    if let Some(word) =
        word.get(.."0050.56fe.d66b".len()).filter(|own| is_dotted_hardware(own, word))
    {
        return whole(digits(word), word.len());
    }
    let word = word.split('-').next()?;
    let word = word.trim_end_matches('.');
    let v6 = word.strip_suffix(':').filter(|word| !word.ends_with(':')).unwrap_or(word);
    // Without a digit it is of a program: `[Face]::Add`.
    if let Ok(address) = v6.parse::<Ipv6Addr>()
        && v6.contains(|c: char| c.is_ascii_digit())
    {
        return whole(own(address.into())?, v6.len());
    }
    let v4 = word.split(':').next()?;
    // Labels of a host's name may follow; more numbers are none of an address.
    let labels = v4.match_indices('.').nth(3).map(|(dot, _)| dot);
    let is_host =
        |dot: &usize| v4.get(dot + 1..).is_some_and(|rest| rest.starts_with(char::is_alphabetic));
    let v4 = labels.filter(is_host).and_then(|dot| v4.get(..dot)).unwrap_or(v4);
    whole(own(address::v4(v4)?.into())?, v4.len())
}

/// What an address is called, unless every host has it.
fn own(address: IpAddr) -> Option<String> {
    let address = address.to_canonical();
    (!address.is_loopback() && !address.is_unspecified()).then(|| address.to_string())
}

/// An address as names of hosts have it: `ip-192-168-1-42`, and before more labels `192-168-1-42.compute`.
fn of_host(text: &str) -> Option<Shaped> {
    let marked = text.strip_prefix("ip-").or_else(|| text.strip_prefix("IP-"));
    let rest = marked.unwrap_or(text);
    let (address, length) = dashed(rest)?;
    let has_labels = || {
        let labels = rest.get(length..).and_then(|rest| rest.strip_prefix('.'));
        labels.is_some_and(|labels| labels.starts_with(char::is_alphabetic))
    };
    let is_host = marked.is_some() || has_labels();
    let kept = text.len() - rest.len();
    is_host.then_some(Shaped { kept, length, own: own(address)? })
}

/// An address as one number, which is one in a URL alone.
fn of_url(text: &str) -> Option<Shaped> {
    let (address, length) = one_number(text)?;
    Some(Shaped { kept: 0, length, own: own(address)? })
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

/// Three groups of four digits, as Cisco writes an adapter's address; numbers alone are a version.
fn is_dotted_hardware(own: &str, word: &str) -> bool {
    let is_group = |group: &str| group.len() == 4 && group.bytes().all(|b| b.is_ascii_hexdigit());
    own.split('.').all(is_group)
        && own.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !word.get(own.len()..).is_some_and(|rest| {
            rest.trim_end_matches('.').starts_with(|c: char| c.is_alphanumeric() || c == '.')
        })
}

fn digits(word: &str) -> String {
    word.chars().filter(char::is_ascii_hexdigit).map(|c| c.to_ascii_lowercase()).collect()
}

/// Bytes of the longest address of IPv6, which ends in one of IPv4, with a mark and some letter behind it.
const LONGEST_IP: usize = 64;
/// Bytes of the longest address of an adapter: the 130 pairs of a DHCP identifier, RFC 8415 11.1, and their marks.
const LONGEST: usize = 390;
