//! The `Range` header (RFC 9110, 14.2).

use std::ops::Range;

/// The part of a body that is requested.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Asked {
    /// A range that contains none of the body.
    Nothing,
    Part(Range<u64>),
    Whole,
}

/// Parses a `Range` header. One that is malformed or has several ranges is ignored, as the RFC
/// allows.
pub(super) fn asked(header: &str, length: u64) -> Asked {
    let Some((first, last)) =
        header.trim().strip_prefix("bytes=").and_then(|it| it.split_once('-'))
    else {
        return Asked::Whole;
    };
    let number = |text: &str| match text.trim() {
        "" => Some(None),
        digits if digits.bytes().all(|byte| byte.is_ascii_digit()) => digits.parse().ok().map(Some),
        _ => None,
    };
    let range = match (number(first), number(last)) {
        (Some(None), Some(Some(suffix))) => length.saturating_sub(suffix)..length,
        (Some(Some(first)), Some(None)) => first..length,
        (Some(Some(first)), Some(Some(last))) if first <= last => {
            first..last.saturating_add(1).min(length)
        }
        _ => return Asked::Whole,
    };
    if range.start < range.end { Asked::Part(range) } else { Asked::Nothing }
}

#[cfg(test)]
mod tests {
    use super::Asked::{Nothing, Part, Whole};
    use super::asked;

    #[test]
    fn ranges_are_read_as_the_rfc_has_them() {
        for (header, expected) in [
            ("bytes=0-9", Part(0..10)),
            ("bytes=90-", Part(90..100)),
            ("bytes=-10", Part(90..100)),
            ("bytes=-1000", Part(0..100)),
            ("bytes=90-1000", Part(90..100)),
            ("bytes=100-", Nothing),
            ("bytes=-0", Nothing),
            ("bytes=9-0", Whole),
            ("bytes=0-1,5-6", Whole),
            ("bytes=-", Whole),
            ("bytes=x-", Whole),
            ("items=0-9", Whole),
            ("bytes=18446744073709551616-", Whole),
        ] {
            assert_eq!(asked(header, 100), expected, "{header}");
        }
    }
}
