//! Addresses that are written in another way than as an address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// An address of IPv4 whose numbers may begin with zeros.
pub(crate) fn v4(text: &str) -> Option<Ipv4Addr> {
    let mut octets = [0_u8; 4];
    let mut parts = text.split('.');
    for octet in &mut octets {
        let part = parts.next()?;
        let is_number = (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        *octet = part.parse().ok().filter(|_| is_number)?;
    }
    parts.next().is_none().then(|| octets.into())
}

/// The address of four numbers with dashes between that a text begins with, as names of hosts in a cloud have it
/// (`ip-192-168-1-42`), and how many bytes it has.
pub(crate) fn dashed(text: &str) -> Option<(IpAddr, usize)> {
    // No more is looked at than an address may have, or a long line would be read again at each of its numbers.
    let window = text.as_bytes().get(..LONGEST_DASHED + 1).unwrap_or(text.as_bytes());
    let is_part = |byte: &u8| byte.is_ascii_digit() || *byte == b'-';
    let length = window.iter().take_while(|byte| is_part(byte)).count();
    let word = text.get(..length).filter(|word| word.len() <= LONGEST_DASHED)?;
    Some((v4(&word.replace('-', "."))?.into(), length))
}

/// The address that a name of the DNS begins with, which has it from its end on (RFC 1035 3.5, RFC 3596 2.5), or as
/// Windows writes one of IPv6: `2001-db8--1.ipv6-literal.net`; and how many bytes it has.
///
/// The word is what of the text may be of an address.
pub(crate) fn of_dns(text: &str, word: &str) -> Option<(IpAddr, usize)> {
    let rest = text.get(word.len()..)?;
    let continues =
        |end: &str| rest.get(..end.len()).is_some_and(|own| own.eq_ignore_ascii_case(end));
    if word.ends_with('.') && continues("in-addr.arpa") {
        let word = word.trim_end_matches('.');
        let [a, b, c, d] = v4(word)?.octets();
        return Some((Ipv4Addr::new(d, c, b, a).into(), word.len()));
    }
    if word.len() == 64 && continues("ip6.arpa") {
        let digits: String = word.split('.').rev().collect();
        return Some((Ipv6Addr::from(u128::from_str_radix(&digits, 16).ok()?).into(), 63));
    }
    let zone = rest
        .strip_prefix(['s', 'S'])
        .map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    let is_literal = match zone {
        Some(rest) => rest.starts_with(".ipv6-literal.net"),
        None => word.ends_with('.') && continues("ipv6-literal.net"),
    };
    let word = word.trim_end_matches('.');
    let address = is_literal.then(|| word.replace('-', ":").parse::<Ipv6Addr>().ok())??;
    Some((address.into(), word.len()))
}

/// The address of IPv4 that a URL has as one number, decimal or hexadecimal, and how many bytes it has.
pub(crate) fn one_number(host: &str) -> Option<(IpAddr, usize)> {
    let length = host.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(host.len());
    let word = host.get(..length)?;
    let number = match word.get(..2) {
        Some("0x" | "0X") => u32::from_str_radix(word.get(2..)?, 16).ok()?,
        // Smaller numbers are of nobody's network, and stand for much else.
        _ => word.parse().ok().filter(|number| *number >= 1 << 24)?,
    };
    ends_host(host.get(length..)?).then(|| (Ipv4Addr::from(number).into(), length))
}

/// Whether the host of a URL ends before this: else a number is its first label (`1437953666.rsc.cdn77.org`), a part of
/// that, or the name of a user.
fn ends_host(rest: &str) -> bool {
    // The dot of the root, or of a sentence.
    let next = rest.trim_start_matches('.').chars().next();
    next.is_none_or(|c| !c.is_alphanumeric() && !"-_@+=~$*".contains(c))
}

/// Bytes of the longest address with dashes.
const LONGEST_DASHED: usize = "255-255-255-255".len();

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_an_address_where_the_host_of_a_url_ends_with_it() {
        for rest in [
            "", "/x", ":80", "?q", "#x", " x", "\tx", "\"", "'", "\\0x", "%2Fx", ".", ". Next",
            "./x", ")", ", x", ";", ">", "]", "}", "|", "&x=1", "`", "\u{201d}", "\0",
        ] {
            let found = one_number(&format!("1437963266{rest}")).map(|(own, _)| own.to_string());
            assert_eq!(found.as_deref(), Some("85.181.148.2"), "{rest:?}");
            let found = one_number(&format!("0x55B59402{rest}"));
            assert_eq!(found, Some(([85, 181, 148, 2].into(), 10)), "{rest:?}");
        }
        for rest in
            [".rsc.cdn77.org/x", "-bucket", "_x", "x", "\u{e4}", "@x.example", "+1", "=1", ".1.2.3"]
        {
            assert_eq!(one_number(&format!("1437963266{rest}")), None, "{rest:?}");
        }
    }
}
