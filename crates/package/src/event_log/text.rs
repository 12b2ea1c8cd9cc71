//! Text as it goes into columns and JSON.

/// Appends UTF-16LE as UTF-8, without NULs at its end; a broken unit becomes U+FFFD.
pub(super) fn push_utf16(out: &mut Vec<u8>, units: &[u8]) {
    push(out, units, |_| false, |_, _| ());
}

/// Appends UTF-16LE as the inside of a JSON string, without NULs at its end.
pub(super) fn push_utf16_json(out: &mut Vec<u8>, units: &[u8]) {
    push(out, units, needs_escape, escape);
}

/// Appends UTF-8 as the inside of a JSON string.
pub(super) fn push_json(out: &mut Vec<u8>, text: &str) {
    for byte in text.bytes() {
        if needs_escape(byte) { escape(out, byte) } else { out.push(byte) }
    }
}

/// Appends bytes of an unknown ANSI code page: ASCII as it is, the rest as Latin-1.
pub(super) fn push_ansi(out: &mut Vec<u8>, bytes: &[u8]) {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    for byte in bytes.get(..end).unwrap_or_default() {
        let mut utf8 = [0; 2];
        out.extend_from_slice(char::from(*byte).encode_utf8(&mut utf8).as_bytes());
    }
}

#[inline]
fn push(
    out: &mut Vec<u8>,
    units: &[u8],
    is_special: impl Fn(u8) -> bool,
    special: impl Fn(&mut Vec<u8>, u8),
) {
    let (units, _) = units.as_chunks::<2>();
    let end = units.iter().rposition(|unit| *unit != [0, 0]).map_or(0, |last| last + 1);
    let mut rest = units.get(..end).unwrap_or_default();
    out.reserve(rest.len());
    loop {
        // Most text is ASCII with nothing special in it; eight units at a time.
        while let Some((eight, after)) = rest.split_first_chunk::<8>() {
            let bytes = eight.map(|[low, _]| low);
            let is_plain = eight.iter().all(|[low, high]| *high == 0 && *low < 0x80)
                && !bytes.iter().any(|byte| is_special(*byte));
            if !is_plain {
                break;
            }
            out.extend_from_slice(&bytes);
            rest = after;
        }
        // A pair of surrogates is not torn apart.
        let is_high = |unit: &[u8; 2]| (0xd8..0xdc).contains(&unit[1]);
        let is_torn = rest.len() > 8 && rest.get(7).is_some_and(is_high);
        let few = if is_torn { 7 } else { rest.len().min(8) };
        let Some((some, after)) = rest.split_at_checked(few) else { break };
        if some.is_empty() {
            break;
        }
        for character in char::decode_utf16(some.iter().copied().map(u16::from_le_bytes)) {
            let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
            match u8::try_from(character) {
                Ok(byte) if is_special(byte) => special(out, byte),
                Ok(byte) if byte < 0x80 => out.push(byte),
                _ => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
        rest = after;
    }
}

#[inline]
fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

#[cold]
fn escape(out: &mut Vec<u8>, byte: u8) {
    let short = match byte {
        b'"' | b'\\' => byte,
        b'\n' => b'n',
        b'\r' => b'r',
        b'\t' => b't',
        _ => {
            let digit = |half: u8| if half < 10 { b'0' + half } else { b'a' + half - 10 };
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
            return;
        }
    };
    out.extend_from_slice(&[b'\\', short]);
}

/// Appends a number in decimal digits.
pub(super) fn push_number(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut used = 0;
    for place in digits.iter_mut().rev() {
        *place = b'0' + (number % 10).to_le_bytes()[0];
        number /= 10;
        used += 1;
        if number == 0 {
            break;
        }
    }
    out.extend_from_slice(digits.get(20 - used..).unwrap_or_default());
}

/// Appends `0x` and a number in hexadecimal digits without leading zeros, as Windows shows it.
pub(super) fn push_hex(out: &mut Vec<u8>, number: u64) {
    out.extend_from_slice(b"0x");
    let places = (64 - number.leading_zeros()).div_ceil(4).max(1);
    for place in (0..places).rev() {
        out.push(digit(number >> (4 * place), LOWER));
    }
}

/// Appends bytes in pairs of hexadecimal digits.
pub(super) fn push_bytes(
    out: &mut Vec<u8>,
    bytes: impl IntoIterator<Item = u8>,
    digits: &[u8; 16],
) {
    for byte in bytes {
        out.extend_from_slice(&[digit((byte >> 4).into(), digits), digit(byte.into(), digits)]);
    }
}

fn digit(number: u64, digits: &[u8; 16]) -> u8 {
    digits.get((number & 15) as usize).copied().unwrap_or_default()
}

pub(super) const LOWER: &[u8; 16] = b"0123456789abcdef";

pub(super) const UPPER: &[u8; 16] = b"0123456789ABCDEF";

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn text_is_what_the_standard_library_says(units in any::<Vec<u16>>(), text in ".*\0?") {
            for units in [units, text.encode_utf16().collect()] {
                let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
                let expected = String::from_utf16_lossy(&units);
                let expected = expected.trim_end_matches('\0');
                let (mut plain, mut json) = (Vec::new(), b"\"".to_vec());
                push_utf16(&mut plain, &bytes);
                prop_assert_eq!(str::from_utf8(&plain).unwrap(), expected);
                push_utf16_json(&mut json, &bytes);
                json.push(b'"');
                prop_assert_eq!(serde_json::from_slice::<String>(&json).unwrap(), expected);
            }
        }

        /// Texts of surrogates alone come seldom by chance.
        #[test]
        fn pairs_of_surrogates_stay_together(units in prop::collection::vec(prop::sample::select(&[0xd800_u16, 0xdc00, 0x61][..]), 0..40)) {
            let bytes: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let mut plain = Vec::new();
            push_utf16(&mut plain, &bytes);
            prop_assert_eq!(str::from_utf8(&plain).unwrap(), String::from_utf16_lossy(&units));
        }

        #[test]
        fn numbers_are_what_the_standard_library_says(number: u64, shift in 0..64_u32) {
            for number in [number >> shift, 0, u64::MAX] {
                let mut out = Vec::new();
                push_number(&mut out, number);
                push_hex(&mut out, number);
                prop_assert_eq!(String::from_utf8(out).unwrap(), format!("{number}{number:#x}"));
            }
        }
    }
}
