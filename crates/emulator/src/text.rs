//! Times and percent-encoding in their wire formats.

use std::fmt::Write as _;

use percent_encoding::percent_decode_str;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// A time as the service writes it: UTC with 7 fractional digits.
pub(crate) fn odata_time(time: OffsetDateTime) -> String {
    time.to_offset(time::UtcOffset::UTC).format(ODATA).unwrap_or_default()
}

/// A time in the format of HTTP headers (RFC 9110, IMF-fixdate).
pub(crate) fn http_date(time: OffsetDateTime) -> String {
    time.to_offset(time::UtcOffset::UTC).format(IMF_FIXDATE).unwrap_or_default()
}

/// A time in the format of Entra's errors.
pub(crate) fn entra_time(time: OffsetDateTime) -> String {
    time.to_offset(time::UtcOffset::UTC).format(ENTRA).unwrap_or_default()
}

/// Parses a caller's time: RFC 3339, with or without a fraction.
pub(crate) fn parse_time(text: &str) -> Option<OffsetDateTime> {
    OffsetDateTime::parse(text, &Rfc3339).ok()
}

/// A duration in seconds, which may be negative. One that is out of range becomes the longest
/// possible.
pub(crate) fn seconds(count: f64) -> time::Duration {
    time::Duration::saturating_seconds_f64(if count.is_nan() { 0.0 } else { count })
}

/// Lower-case hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Decodes percent-encoding. `None` if the escapes are wrong or the result is not UTF-8.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let whole = bytes.iter().enumerate().filter(|&(_, &byte)| byte == b'%').all(|(at, _)| {
        bytes.get(at + 1..at + 3).is_some_and(|pair| pair.iter().all(u8::is_ascii_hexdigit))
    });
    whole.then(|| percent_decode_str(text).decode_utf8().ok().map(Into::into)).flatten()
}

/// The decoded pairs of a query or a form. `None` if one of them cannot be decoded.
pub(crate) fn pairs(text: &str) -> Option<Vec<(String, String)>> {
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            let decode = |text: &str| percent_decode(&text.replace('+', " "));
            Some((decode(name)?, decode(value)?))
        })
        .collect()
}

const ODATA: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:7]Z");
const IMF_FIXDATE: &[BorrowedFormatItem<'_>] = format_description!(
    "[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT"
);
const ENTRA: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day] [hour]:[minute]:[second]Z");

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::{http_date, odata_time, pairs, percent_decode};

    #[test]
    fn times_have_the_service_s_form() {
        let time = datetime!(2026-01-05 10:00:00.1234567 UTC);
        assert_eq!(odata_time(time), "2026-01-05T10:00:00.1234567Z");
        assert_eq!(http_date(time), "Mon, 05 Jan 2026 10:00:00 GMT");
    }

    #[test]
    fn broken_escapes_are_not_decoded() {
        assert_eq!(percent_decode("a%20b"), Some("a b".to_owned()));
        for broken in ["%", "%2", "%zz", "%ff"] {
            assert_eq!(percent_decode(broken), None, "{broken}");
        }
        assert_eq!(pairs("a=%zz"), None);
        assert_eq!(
            pairs("a=1+2&b"),
            Some(vec![("a".into(), "1 2".into()), ("b".into(), String::new())])
        );
    }
}
