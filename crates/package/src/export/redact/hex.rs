//! Texts that are written as the hexadecimal digits of their bytes, as the registry's `REG_BINARY` is.

use std::ops::Range;

use crate::escape::ends_in_escape;

/// Replaces what `change` replaces in the texts, of UTF-16LE and of bytes, that digits in a text stand for; what
/// replaces it is written as digits too.
pub(super) fn replace(text: &str, change: &mut dyn FnMut(&str) -> String) -> String {
    let mut replaced = String::new();
    let mut rest = text;
    while let Some(begin) = rest.find(|c: char| c.is_ascii_hexdigit()) {
        let (before, own) = rest.split_at_checked(begin).unwrap_or((rest, ""));
        let length = own.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(own.len());
        let (digits, after) = own.split_at_checked(length).unwrap_or((own, ""));
        replaced.push_str(before);
        match (digits.len() >= SHORTEST).then(|| changed(digits, change)).flatten() {
            Some(changed) => replaced.push_str(&changed),
            None => replaced.push_str(digits),
        }
        rest = after;
    }
    replaced.push_str(rest);
    replaced
}

/// Gives what may be the address of an adapter among the digits that stand together in a text, in lower case, and where.
///
/// Whoever is on the network chooses which adapters are known, and must not choose what is taken out of the evidence: a
/// hash stays whole, and so does what is nearly all zeros, or would begin with half a byte. Where an adapter begins with
/// a byte, as in a DHCP identifier in `REG_BINARY`, it tells the host as well as by itself, and has to be given, though
/// other bytes that are the same cannot be told from it.
pub(super) fn adapters(text: &str, give: &mut dyn FnMut(&str, Range<usize>)) {
    let mut at = 0;
    for run in text.as_bytes().chunk_by(|one, other| is_digit(*one) == is_digit(*other)) {
        let begin = at;
        at += run.len();
        if run.len() < ADAPTER || !run.iter().all(|byte| is_digit(*byte)) {
            continue;
        }
        let digits = String::from_utf8_lossy(run).to_ascii_lowercase();
        let escape = escape_in(text, begin);
        if is_hash(&digits) || digits.get(escape..).is_some_and(is_hash) {
            continue;
        }
        for first in 0..=run.len() - ADAPTER {
            // What looks like an escape may be the first byte.
            let is_byte = first % 2 == 0 || first % 2 == escape % 2;
            let own = digits.get(first..first + ADAPTER).unwrap_or_default();
            if is_byte && !is_number(own) {
                give(own, begin + first..begin + first + ADAPTER);
            }
        }
    }
}

/// How many of the digits that begin here are the end of an escape.
fn escape_in(text: &str, begin: usize) -> usize {
    let ends = |length: &usize| text.get(..begin + length).is_some_and(ends_in_escape);
    (1..=LONGEST_ESCAPE).find(ends).unwrap_or_default()
}

/// Whether digits are as many as a hash has, and as mixed. What else has such a length is filled up with zeros: a quarter
/// of its bytes one MD5 in two millions has, and no SHA-256.
fn is_hash(digits: &str) -> bool {
    if !HASHES.contains(&digits.len()) {
        return false;
    }
    let (bytes, _) = decode(digits);
    let count = bytes.len();
    bytes.into_iter().filter(|byte| *byte == 0).count() * 4 < count
}

/// Whether nearly all digits are zeros, as in numbers and in `{00000000-0000-0000-0000-000000000001}`. Adapters of
/// virtual machines that were counted by hand, `00-50-56-00-00-01`, have some more that are none.
fn is_number(digits: &str) -> bool {
    digits.bytes().filter(|digit| *digit != b'0').count() < FEWEST
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_hexdigit()
}

/// Digits with names in them replaced; none where there are no names.
fn changed(digits: &str, change: &mut dyn FnMut(&str) -> String) -> Option<String> {
    let (bytes, odd) = decode(digits);
    let mut own = bytes.clone();
    for begin in [0, 1] {
        own = wide(&own, begin, change);
    }
    own = narrow(&own, change);
    if own == bytes {
        return None;
    }
    let is_upper = digits.bytes().any(|byte| byte.is_ascii_uppercase());
    let write = |byte: &u8| if is_upper { format!("{byte:02X}") } else { format!("{byte:02x}") };
    Some(own.iter().map(write).chain([odd.to_owned()]).collect())
}

/// The bytes, and the digit that is left.
fn decode(digits: &str) -> (Vec<u8>, &str) {
    let value =
        |byte: &u8| char::from(*byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, _) = digits.as_bytes().as_chunks::<2>();
    let bytes = pairs
        .iter()
        .map(|[high, low]| value(high).unwrap_or_default() << 4 | value(low).unwrap_or_default());
    (bytes.collect(), digits.get(digits.len() & !1..).unwrap_or_default())
}

/// Replaces in what may be UTF-16LE from this byte on.
fn wide(bytes: &[u8], begin: usize, change: &mut dyn FnMut(&str) -> String) -> Vec<u8> {
    let (before, rest) = bytes.split_at_checked(begin).unwrap_or((bytes, &[]));
    let mut out = before.to_vec();
    let (units, odd) = rest.as_chunks::<2>();
    let units = units.iter().map(|unit| u16::from_le_bytes(*unit));
    let mut text = String::new();
    let mut flush = |text: &mut String, out: &mut Vec<u8>| {
        out.extend(change(text).encode_utf16().flat_map(u16::to_le_bytes));
        text.clear();
    };
    for unit in char::decode_utf16(units) {
        match unit {
            Ok(c) => text.push(c),
            Err(alone) => {
                flush(&mut text, &mut out);
                out.extend(alone.unpaired_surrogate().to_le_bytes());
            }
        }
    }
    flush(&mut text, &mut out);
    out.extend(odd);
    out
}

/// Replaces in runs of ASCII.
fn narrow(bytes: &[u8], change: &mut dyn FnMut(&str) -> String) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    for run in bytes.chunk_by(|one, other| is_text(*one) == is_text(*other)) {
        match std::str::from_utf8(run) {
            // Of two letters a hash may be made by chance.
            Ok(text) if run.len() >= SHORTEST_RUN && run.iter().all(|byte| is_text(*byte)) => {
                out.extend(change(text).bytes());
            }
            _ => out.extend(run),
        }
    }
    out
}

fn is_text(byte: u8) -> bool {
    (0x20..0x7f).contains(&byte)
}

/// Digits of the address of an adapter.
const ADAPTER: usize = 12;
/// Digits of it, without marks, that are no zeros.
const FEWEST: usize = 4;
/// Digits of a hash: MD5, SHA-1, SHA-256, SHA-384 and SHA-512.
const HASHES: &[usize] = &[32, 40, 64, 96, 128];
/// Digits at the end of an escape, as of `\u000a`.
const LONGEST_ESCAPE: usize = 4;
/// Digits that are looked into.
const SHORTEST: usize = 8;
/// Bytes of ASCII that may be a text.
const SHORTEST_RUN: usize = 5;

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(bytes: impl IntoIterator<Item = u8>) -> String {
        bytes.into_iter().map(|byte| format!("{byte:02X}")).collect::<Vec<_>>().concat()
    }

    #[test]
    fn names_in_digits_are_replaced_and_all_else_stays() {
        let wide = |text: &str| hex(text.encode_utf16().flat_map(u16::to_le_bytes));
        let change = &mut |text: &str| text.replace("Haruto", "user-1");
        for before in ["", "01", "0100", "00D8"] {
            let text = format!("x {before}{} {before}{}F", wide("Haruto Ä"), hex(*b"\x02Haruto"));
            let expected =
                format!("x {before}{} {before}{}F", wide("user-1 Ä"), hex(*b"\x02user-1"));
            assert_eq!(replace(&text, change), expected);
        }
        for text in ["", "Haruto", "48617275746", "deadbeefDEADBEEF01", "ä 0123456789"] {
            assert_eq!(replace(text, change), text);
        }
    }
}
