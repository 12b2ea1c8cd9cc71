use time::{Date, Month, OffsetDateTime, PrimitiveDateTime, Time, format_description::well_known};

/// Microseconds since 1970 of a civil time taken as UTC; `None` where no calendar has it.
pub(crate) fn civil_micros(
    (year, month, day): (i32, u8, u8),
    (hour, minute, second): (u8, u8, u8),
) -> Option<i64> {
    let date = Date::from_calendar_date(year, Month::try_from(month).ok()?, day).ok()?;
    let time = Time::from_hms(hour, minute, second).ok()?;
    PrimitiveDateTime::new(date, time).assume_utc().unix_timestamp().checked_mul(1_000_000)
}

/// Microseconds since 1970 of an RFC 3339 time.
pub(crate) fn iso_utc(text: &str) -> Option<i64> {
    let time = OffsetDateTime::parse(text, &well_known::Rfc3339).ok()?;
    i64::try_from(time.unix_timestamp_nanos() / 1_000).ok()
}

/// A time as RFC 3339 has it, in UTC; fractions only where there are any.
pub(crate) fn iso(micros: i64) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(micros) * 1_000).ok()?;
    time.format(&well_known::Rfc3339).ok()
}

/// Whether clocks may have been changed between two times (microseconds, UTC), in a host that was
/// `offset` seconds ahead of UTC at the second.
///
/// Nothing in a package says what rules a zone had in the past. What is certain: no zone at these
/// offsets changes its clocks since 2023, and the others do so in spring and autumn only (northern
/// and southern alike), Morocco excepted.
pub(crate) fn may_have_changed(
    utc: i64,
    collected: i64,
    offset: i32,
    zone_name: Option<&str>,
) -> bool {
    const HOUR: i32 = 3_600;
    let (first, last) = (utc.min(collected), utc.max(collected));
    let day = |micros: i64| {
        OffsetDateTime::from_unix_timestamp(micros / 1_000_000 + i64::from(offset))
            .map(OffsetDateTime::date)
    };
    let (Ok(first), Ok(last)) = (day(first), day(last)) else { return true };
    if (4 * HOUR..=9 * HOUR).contains(&offset) && first.year() >= 2023 {
        return false;
    }
    let is_morocco = zone_name.is_none_or(|name| name.contains("Casablanca"));
    if is_morocco && (offset == 0 || offset == HOUR) {
        return first != last;
    }
    let season = |date: Date| match (u8::from(date.month()), date.day()) {
        (1..=2, _) => Some((date.year(), 0)),
        (5..=8, _) => Some((date.year(), 1)),
        (12, _) | (11, 16..) => Some((date.year() + 1, 0)),
        _ => None,
    };
    first != last && (season(first).is_none() || season(first) != season(last))
}

#[cfg(test)]
mod tests {
    use super::{iso_utc, may_have_changed};

    fn uncertain(first: &str, last: &str, hours: i32) -> bool {
        let micros = |text: &str| iso_utc(&format!("{text}T12:00:00Z")).unwrap();
        may_have_changed(micros(first), micros(last), hours * 3_600, Some("(UTC) Zone"))
    }

    #[test]
    fn a_summer_is_certain_and_a_year_is_not() {
        assert!(!uncertain("2025-05-02", "2025-08-07", 2));
        assert!(!uncertain("2024-12-20", "2025-02-10", 1));
        assert!(!uncertain("2025-11-20", "2026-01-10", -5));
        assert!(uncertain("2025-03-20", "2025-08-07", 2));
        assert!(uncertain("2024-08-07", "2025-08-07", 2));
        assert!(uncertain("2025-01-10", "2025-06-10", 1));
    }

    #[test]
    fn india_is_certain_of_late_and_not_of_old() {
        assert!(!uncertain("2024-01-10", "2025-08-07", 5));
        assert!(uncertain("2012-01-10", "2025-08-07", 5));
    }
}
