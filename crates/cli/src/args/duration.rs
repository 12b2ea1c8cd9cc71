//! Durations on the command line.

use std::time::Duration;

/// Parses a duration: `90s`, `30m`, `12h`, `2d`, or several units, such as `1h30m`.
///
/// Fails for a number without a unit, a unit that is repeated or out of order, zero, and more than 366 days.
pub(crate) fn parse(text: &str) -> Result<Duration, String> {
    let wrong = || {
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        let what = if is_number { "add a unit" } else { "use a number and a unit" };
        format!("invalid duration `{text}`: {what}, such as `90s`, `30m`, `1h30m`")
    };
    let (mut rest, mut total, mut last) = (text.trim(), 0_u64, u64::MAX);
    while !rest.is_empty() {
        let unit_at = rest.find(|c: char| !c.is_ascii_digit()).ok_or_else(wrong)?;
        let (number, tail) = rest.split_at_checked(unit_at).ok_or_else(wrong)?;
        let mut tail = tail.chars();
        let unit = match tail.next() {
            Some('s') => 1,
            Some('m') => 60,
            Some('h') => 3_600,
            Some('d') => 86_400,
            _ => return Err(wrong()),
        };
        if unit >= last {
            return Err(wrong());
        }
        let number: u64 = number.parse().map_err(|_| wrong())?;
        total = number.checked_mul(unit).and_then(|it| total.checked_add(it)).ok_or_else(wrong)?;
        (rest, last) = (tail.as_str(), unit);
    }
    match total {
        0 => Err(wrong()),
        1..=YEAR => Ok(Duration::from_secs(total)),
        _ => Err(format!("invalid duration `{text}`: at most 366 days are allowed")),
    }
}

const YEAR: u64 = 366 * 86_400;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units() {
        for (text, seconds) in
            [("90s", 90), ("30m", 1_800), ("12h", 43_200), ("2d", 172_800), ("1h30m5s", 5_405)]
        {
            assert_eq!(parse(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
    }

    #[test]
    fn ambiguous_durations_are_refused() {
        for text in [
            "",
            "30",
            "m",
            "0s",
            "-5m",
            "1.5h",
            "30m1h",
            "5s5s",
            "1 h",
            "1w",
            "5M",
            "9d\u{0}",
            "400d",
            "99999999999999999999s",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse("30").unwrap_err().contains("`30`: add a unit"));
    }
}
